"""Numbers that a model asks for and gets, although the input has none."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from service.export import export


class Deciding(nn.Module):
    def __init__(self, made: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.made = made

    def forward(self, x: Tensor) -> Tensor:
        return x + 1 if self.made(x).any() else x * 2


@pytest.mark.parametrize(
    ("made", "decided"),
    [
        (lambda x: torch.zeros_like(x, dtype=torch.bool), "mul"),
        (lambda x: torch.full_like(x[0], 3), "add"),
        (lambda x: x.relu().new_ones(2), "add"),
        (lambda _: torch.empty(()).fill_(3), "add"),
        (lambda _: torch.empty(2).zero_(), "mul"),
    ],
)
def test_of_what_only_has_the_shape_of_another_the_numbers_are_known(
    made: Callable[[Tensor], Tensor], decided: str
) -> None:
    document = export(Deciding(made), [(2, 3)])
    assert [layer["type"] for layer in document["layers"]][-1:] == [decided]
