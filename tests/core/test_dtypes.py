"""Promotion of element types is PyTorch's."""

import itertools

import pytest
import torch

from service.core.dtypes import ANY, BYTES, promote, with_number


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations_with_replacement(sorted(ANY), 2)))
def test_promotion_is_pytorchs(a: str, b: str) -> None:
    expected = str(torch.promote_types(getattr(torch, a), getattr(torch, b))).removeprefix("torch.")
    assert promote(a, b) == promote(b, a) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", sorted(ANY))
@pytest.mark.parametrize("number", [True, 1, 1.0])
def test_promotion_beside_a_number_is_pytorchs(dtype: str, number: float) -> None:
    expected = str(torch.result_type(torch.zeros(2, dtype=getattr(torch, dtype)), number)).removeprefix("torch.")
    assert with_number(dtype, number) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", sorted(ANY))
def test_widths_are_pytorchs(dtype: str) -> None:
    assert BYTES[dtype] == torch.zeros(1, dtype=getattr(torch, dtype)).element_size()
