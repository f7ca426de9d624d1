"""Classes that descend from a layer of PyTorch's, with forward passes of their own."""

from torch import Tensor, nn
from torch.nn import functional

from tests.export.comparing import Sample


class PlainNorm(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)


class CarefulNorm(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self.normalized_shape, self.weight, self.bias, 2 * self.eps)


class UncountedNorm(nn.BatchNorm1d):
    def forward(self, x: Tensor) -> Tensor:
        taken = self.running_mean, self.running_var, self.weight, self.bias
        return functional.batch_norm(x, *taken, self.training, self.momentum or 0.0, self.eps)


class Rectifier(nn.ReLU):
    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x, inplace=self.inplace)


class CausalConv(nn.Conv1d):
    causal = True

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x, (2, 0)) if self.causal else x
        return functional.conv1d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Descending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.plain, self.careful, self.uncounted = PlainNorm(8), CarefulNorm(8), UncountedNorm(4)
        self.rectifier, self.conv = Rectifier(inplace=True), CausalConv(4, 4, 3)
        self.first_causal, self.last_causal = CausalConv(4, 4, 1), CausalConv(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.plain(self.careful(self.plain(x)))
        y = x + 1
        z = y.view(-1, 4, 8)
        self.rectifier(y)
        x = self.conv(self.uncounted(z) + y)
        for causal in (True, False):
            self.first_causal.causal, self.last_causal.causal = causal, not causal
            x = self.last_causal(self.first_causal(x))
        return x


SAMPLES = (
    Sample("classes that descend from layers", Descending, [(2, 4, 8)]),
    Sample("the same in training", Descending, [(2, 4, 8)], training=True),
)
