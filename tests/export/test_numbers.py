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


class Cutting(nn.Module):
    def __init__(self, length: Callable[[Tensor], int]) -> None:
        super().__init__()
        self.lazy, self.length, self.three = nn.LazyLinear(4), length, nn.Buffer(torch.tensor(3))

    def forward(self, x: Tensor, n: Tensor) -> Tensor:
        taken = x[:, : self.length(self.three if n.dim() else n)]
        return self.lazy(taken)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("length", "n", "features"),
    [
        (int, torch.tensor(5), 5),
        (int, torch.ones(1), 3),
        (lambda _: int(torch.arange(3)[1].item()), torch.tensor(5), 1),
    ],
)
def test_a_lazy_model_gets_the_numbers_that_any_model_gets(
    length: Callable[[Tensor], int], n: Tensor, features: int
) -> None:
    model = Cutting(length)
    document = export(model, [(2, 8), n])
    assert document["layers"][-1]["in_features"] == features
    assert torch.nn.parameter.is_lazy(model.lazy.weight)
