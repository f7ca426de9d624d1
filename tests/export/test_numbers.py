"""Numbers that a model asks for and gets, although the input has none."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from service.export import ExportError, export


class Calling(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


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


def refusing(x: Tensor) -> Tensor:
    if (x < 0).any() or not torch.isfinite(x).all().item():
        raise ValueError(f"{x} is negative")
    return x + 1


def comparing(x: Tensor) -> Tensor:
    with torch.no_grad():
        if torch.allclose(x, x + 1):
            raise ValueError("they are close")
    return x + 1


def catching(x: Tensor) -> Tensor:
    try:
        if x.min() < 0:
            raise ValueError  # noqa: TRY301  it is what is tried
    except ValueError:
        return -x
    return x + 1


def turning(x: Tensor) -> Tensor:
    if x.min() < 0:
        return -x
    return x + 1


@pytest.mark.parametrize(
    "checking",
    [
        refusing,
        comparing,
        lambda x: torch._assert(x.min() > 0, "it is negative") or x + 1,  # type: ignore[no-untyped-call]  # noqa: SLF001
        lambda x: nn.functional.gaussian_nll_loss(x, x, x) + 1,
    ],
)
def test_a_question_of_which_one_answer_only_raises_gets_the_other(checking: Callable[[Tensor], Tensor]) -> None:
    layers = export(Calling(checking), [(2, 3)])["layers"]
    assert layers[-1]["type"] == "add"


def test_what_is_drawn_at_random_is_not_known() -> None:
    with pytest.raises(ExportError, match="drawn at random"):
        export(Deciding(lambda _: torch.normal(0.0, 1.0, (2,)) > 0), [(2, 3)])


@pytest.mark.parametrize("deciding", [catching, turning])
def test_a_question_of_which_both_answers_lead_on_is_told(deciding: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(ExportError, match="it depends on what the input consists of"):
        export(Calling(deciding), [(2, 3)])
