"""What is written to a view arrives where PyTorch puts it, in numbers."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from service.export import export
from tests.export.numbers import returned

Write = Callable[[Tensor, Tensor], Any]


class Writing(nn.Module):
    def __init__(self, write: Write) -> None:
        super().__init__()
        self.write = write

    def forward(self, x: Tensor) -> Tensor:
        y = x * 2
        self.write(y, x)
        return y


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda y, x: y.as_strided((4, 3), (7, 1)).copy_(x[:, :3]), id="other steps"),
        pytest.param(lambda y, x: y.as_strided((3, 3), (6, 1), 5).add_(x[:3, :3]), id="over the edge"),
        pytest.param(lambda y, x: y.as_strided((3,), (7,)).add_(x[0, :3]), id="askew"),
        pytest.param(lambda y, x: y.as_strided((6, 4), (1, 6)).add_(x.T), id="other order"),
        pytest.param(lambda y, x: y.unfold(0, 2, 2).mul_(x.view(2, 6, 2)), id="windows"),
        pytest.param(lambda y, x: y[1::2, ::3].add_(x[:2, :2]), id="every other"),
        pytest.param(lambda y, x: y.select(1, -2).copy_(x[:, 0]), id="one of an axis"),
        pytest.param(lambda y, x: y.unflatten(1, (2, 3)).movedim(1, 0)[1].mul_(x[:, :3]), id="along a chain"),
        pytest.param(lambda y, _: y[4:].zero_(), id="nothing"),
        pytest.param(lambda y, x: y[:, x[0] > 0].zero_(), id="a copy"),
    ],
)
def test_numbers_arrive_where_they_are_written(write: Write) -> None:
    model, x = Writing(write), torch.randn(4, 6)
    (said,) = returned(export(model, [x]), {}, [x])
    assert torch.equal(said, model(x))
