"""Operators that somebody's library adds to PyTorch, of which no document can say what they do."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.library import Library

from service.export import ExportError, export
from service.export.problems import is_users


@pytest.fixture(autouse=True)
def _library() -> Iterator[None]:
    """An operator that returns as many rows as the numbers say, and so refuses to run on ``meta``."""

    def kept(_: Tensor) -> Tensor:
        raise RuntimeError("It returns a tensor whose shape depends on data, which meta tensors have not.")

    defining: Any = Library
    library = defining("plumbline_samples", "FRAGMENT")
    library.define("kept(Tensor boxes) -> Tensor")
    library.impl("kept", lambda boxes: torch.arange(len(boxes)), "CPU")
    library.impl("kept", kept, "Meta")
    yield
    library._destroy()  # noqa: SLF001


class Detecting(nn.Module):
    def forward(self, boxes: Tensor) -> Tensor:
        kept = boxes[torch.ops.plumbline_samples.kept(boxes)]
        return torch.special.airy_ai(kept)  # type: ignore[no-any-return]


@pytest.mark.parametrize("boxes", [(5, 4), torch.ones(5, 4)])
def test_an_operator_that_meta_lacks_is_told_with_what_comes_behind_it(boxes: Tensor | tuple[int, int]) -> None:
    with pytest.raises(ExportError) as caught:
        export(Detecting(), [boxes])
    assert [problem.operation for problem in caught.value.problems] == [
        "plumbline_samples.kept",
        "torch.special.airy_ai",
    ]


def test_what_is_installed_beside_pytorch_is_not_pytorchs() -> None:
    assert not is_users(torch.nn.functional.__file__)
    assert is_users(torch.nn.__file__.replace("/torch/", "/torchvision/"))
