"""Random arguments and inputs, sound and unsound: we and a real CPU forward pass both accept, with equal shapes,
element types, strides and weights, or both refuse."""

import os

import pytest
import torch

from service.layers.catalogue import CATALOGUE
from service.layers.structure import Structure
from tests.oracle.random_cases import cases
from tests.oracle.run import disagreement

CASES = int(os.environ.get("PLUMBLINE_TEST_CASES", "20"))


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if not issubclass(entry, Structure)])
def test_pytorch_agrees(name: str, seed: int) -> None:
    found = []
    for case in cases(CATALOGUE[name], seed, CASES):
        difference = disagreement(*case)
        if difference:
            found.append(f"{case}\n    {difference}")
    assert not found, f"seed {seed}:\n" + "\n".join(found)
