"""One model for each of the ways in which PyTorch lets people write what a model does."""

import torch
from torch import Tensor, nn

from tests.export.comparing import Sample


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)


class Asserting(Small):
    def forward(self, x: Tensor) -> Tensor:
        torch._assert(x.shape[1] == 8, "8 features were expected")  # noqa: SLF001
        return self.fc(x)


SAMPLES = (Sample("torch._assert", Asserting, [(2, 8)]),)
