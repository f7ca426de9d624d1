"""Dropout in its forms, and ``torch.nn.functional.dropout``.

The layers are those of https://docs.pytorch.org/docs/stable/nn.html#dropout-layers; which ranks and element types are
refused follows ``aten/src/ATen/native/Dropout.cpp``. The forms for SELU are from Klambauer et al., *Self-Normalizing
Neural Networks*, https://arxiv.org/abs/1706.02515.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.layouts import elementwise_layout, preserved
from service.core.sizes import UNKNOWN
from service.core.tensors import Tensor, Value
from service.core.views import selected, unsqueezed
from service.layers.arguments import Bool, Inplace, Probability
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.elementwise import expect_writable
from service.layers.notebook import PRESERVED
from service.layers.operation import Operation


class AnyDropout(Layer):
    """What all forms share."""

    p: Probability = 0.5
    inplace: Inplace = False

    overwrites: ClassVar[bool] = True
    """Whether ``inplace`` has an effect; PyTorch's modules for SELU ignore it."""

    def check_arguments(self, call: Call) -> None:
        call.expect_between("p", self.p, 0, 1)

    def declares(self, *inputs: Value) -> Value:
        return inputs[0] if inputs else UNKNOWN

    def active(self, call: Call) -> bool:
        """Whether elements are zeroed, not only in principle."""
        return call.training

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        if not self.active(call) or self.p == 0 or 0 in input.shape:
            return input
        if self.p == 1:
            noise = Tensor((), input.dtype)
        else:
            call.expect_dtype(input, FLOATING)
            noise = self.noise(call, input)
        if self.inplace and self.overwrites:
            expect_writable(call, input)
            return input
        return elementwise_layout(input.shape, input.dtype, input, noise)

    def noise(self, call: Call, input: Tensor) -> Tensor:  # noqa: ARG002
        """The factors that the input is multiplied by, one for each element."""
        return preserved(input)


class FeatureDropout(AnyDropout):
    """What the forms share that zero whole channels."""

    batched: ClassVar[int | None] = None
    """The only rank in which the first axis counts samples; none if it does so in every rank."""

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if self.batched in (None, input.rank):
            return super().forward(call, input)
        return selected(super().forward(call, unsqueezed(input, 0)), 0)

    def noise(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 2, "[N, C, …]")
        return Tensor((*input.shape[:2], *(1,) * (input.rank - 2)), input.dtype)


class Dropout(AnyDropout):
    """Zeroes elements at random during training."""

    examples = (example((8, 128)), example((2, 3, 8, 8), p=0.2, inplace=True))


class Dropout1d(FeatureDropout):
    """Zeroes whole channels of a sequence at random during training."""

    batched = 3
    examples = (example((4, 16, 32)), example((16, 32), p=0.2))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 2, 3, layout="[N, C, L] or without N")
        return super().forward(call, input)


class Dropout2d(FeatureDropout):
    """Zeroes whole channels of an image at random during training."""

    examples = (example((4, 16, 8, 8)), example((4, 16, 8, 8), p=0.2, inplace=True))


class Dropout3d(FeatureDropout):
    """Zeroes whole channels of a volume at random during training."""

    batched = 5
    examples = (example((2, 16, 4, 8, 8)), example((16, 4, 8, 8), p=0.2))


class AlphaDropout(AnyDropout):
    """Sets elements to SELU's negative limit at random during training, keeping mean and variance."""

    overwrites = False
    examples = (example((8, 128)), example((8, 20, 30), p=0.1))


class FeatureAlphaDropout(FeatureDropout):
    """Sets whole channels to SELU's negative limit at random during training, keeping mean and variance."""

    overwrites = False
    examples = (example((4, 16, 8, 8)), example((4, 16), p=0.1))


Training = Annotated[Bool, Field(description="Whether it is active, whatever mode the model is in.")]


class DropoutFunction(Operation):
    """What the functions share: an argument decides whether they are active, not the model's mode."""

    if TYPE_CHECKING:  # Its default is not everywhere the same.
        training: Bool

    def active(self, call: Call) -> bool:  # noqa: ARG002
        """Whether elements are zeroed, not only in principle."""
        return self.training


class FunctionalDropout(DropoutFunction, Dropout, type="dropout"):
    """Zeroes elements at random, by default outside training as well."""

    function = "torch.nn.functional.dropout"
    training: Training = True
    examples = (example((8, 128)), example((8, 128), p=0.2, training=False))


class FunctionalDropout1d(DropoutFunction, Dropout1d, type="dropout1d"):
    """Zeroes whole channels of a sequence at random, by default outside training as well."""

    function = "torch.nn.functional.dropout1d"
    training: Training = True
    examples = (example((4, 16, 32)), example((16, 32), p=0.2, training=False))


class FunctionalDropout2d(DropoutFunction, Dropout2d, type="dropout2d"):
    """Zeroes whole channels of an image at random, by default outside training as well."""

    function = "torch.nn.functional.dropout2d"
    training: Training = True
    examples = (example((4, 16, 8, 8)), example((4, 16, 8, 8), p=0.2, training=False))


class FunctionalDropout3d(DropoutFunction, Dropout3d, type="dropout3d"):
    """Zeroes whole channels of a volume at random, by default outside training as well."""

    function = "torch.nn.functional.dropout3d"
    training: Training = True
    examples = (example((2, 16, 4, 8, 8)), example((16, 4, 8, 8), p=0.2, training=False))


class FunctionalAlphaDropout(DropoutFunction, AlphaDropout, type="alpha_dropout"):
    """Sets elements to SELU's negative limit at random if training, keeping mean and variance."""

    function = "torch.nn.functional.alpha_dropout"
    overwrites = True
    training: Training = False
    examples = (example((8, 128)), example((8, 20, 30), p=0.1, training=True))


class FunctionalFeatureAlphaDropout(DropoutFunction, FeatureAlphaDropout, type="feature_alpha_dropout"):
    """Sets whole channels to SELU's negative limit at random if training, keeping mean and variance."""

    function = "torch.nn.functional.feature_alpha_dropout"
    overwrites = True
    training: Training = False
    examples = (example((4, 16, 8, 8)), example((4, 16), p=0.1, training=True))
