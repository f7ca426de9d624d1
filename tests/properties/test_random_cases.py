"""Random arguments and inputs, sound and unsound: we and a real CPU forward pass both accept, with equal shapes,
element types, strides, weights and multiply-accumulates, or both refuse."""

import os

import pytest

from tests.oracle.judging import APPLIED, disagreements

CASES = int(os.environ.get("PLUMBLINE_TEST_CASES", "20"))


@pytest.mark.parametrize("name", APPLIED)
def test_pytorch_agrees(name: str, seed: int) -> None:
    found = disagreements(name, seed, CASES)
    assert not found, f"seed {seed}:\n" + "\n".join(found)
