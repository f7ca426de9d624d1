"""Activations: each element is computed from itself. Here the smooth ones, the shrinking ones, and what all share.

Sources: https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity, and for the
element types that the CPU kernels take, their dispatch in ``aten/src/ATen/native/cpu/Activation.cpp``.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from service.core.dtypes import ANY, FLOATING, INEXACT, NUMERIC, DType, inexact
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN
from service.core.tensors import Tensor, Value
from service.layers.arguments import Float, Inplace, Str
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.elementwise import computing, expect_number_fits, expect_writable
from service.layers.notebook import PRESERVED

Shrinkage = Annotated[Float, Field(description="Half the width of the interval around zero that becomes zero.")]


class Activation(Layer):
    """A function of each element alone."""

    family = "activation"
    takes: ClassVar[frozenset[str]] = FLOATING
    """The element types that its CPU kernel takes."""
    guards_overlap: ClassVar[bool] = True
    """Whether it refuses to overwrite elements that share memory."""

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.expect_dtype(input, self.takes)
        if not getattr(self, "inplace", False):
            return self.computed(input)
        if self.guards_overlap:
            expect_writable(call, input)
        return input

    def computed(self, input: Tensor) -> Tensor:
        """A new tensor for the result."""
        return elementwise_layout(input.shape, self.returns(input.dtype), input)

    def returns(self, dtype: DType) -> DType:
        """The element type that ``dtype`` becomes."""
        return dtype

    def declares(self, *inputs: Value) -> Value:
        return self.computed(inputs[0]) if inputs and isinstance(inputs[0], Tensor) else UNKNOWN


class GELU(Activation):
    """Scales each element by the probability that a normal variable stays below it."""

    approximate: Annotated[
        Str, Field(description="`none`, or `tanh` for an approximation.", examples=["none", "tanh"])
    ] = "none"

    examples = (example((8, 128)), example((2, 16, 64), approximate="tanh"))

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("approximate", self.approximate, ("none", "tanh"))


class Hardshrink(Activation):
    """Zeroes what lies near zero and keeps the rest."""

    lambd: Shrinkage = 0.5

    examples = (example((8, 128)), example((3, 8, 8), lambd=1.0))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "lambd", self.lambd, input.dtype)
        return super().forward(call, input)


class Hardsigmoid(Activation):
    """Squashes elements into 0 to 1 along straight lines."""

    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), inplace=True))


class Hardswish(Activation):
    """Scales each element by a piecewise linear sigmoid of it."""

    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), inplace=True))


class LogSigmoid(Activation):
    """Takes the logarithm of each element's sigmoid."""

    examples = (example((8, 128)),)

    def computed(self, input: Tensor) -> Tensor:
        return input.reshaped(*input.shape)


class Mish(Activation):
    """Scales each element by the tanh of its softplus."""

    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), inplace=True))


class SiLU(Activation):
    """Scales each element by its sigmoid."""

    takes = INEXACT
    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), inplace=True), example(Tensor((4,), "complex64")))


class Sigmoid(Activation):
    """Squashes elements into 0 to 1."""

    takes = ANY

    examples = (example((8, 128)), example(Tensor((4, 5), "int64")))

    def returns(self, dtype: DType) -> DType:
        return inexact(dtype)


class Softplus(Activation):
    """Smooths the kink of a ReLU."""

    beta: Annotated[Float, Field(description="How sharp the bend is.")] = 1.0
    threshold: Annotated[Float, Field(description="Elements above threshold / beta are kept as they are.")] = 20.0

    examples = (example((8, 128)), example((2, 3, 8), beta=2.0, threshold=10.0))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "beta", self.beta, computing(input.dtype))
        expect_number_fits(call, "threshold", self.threshold, computing(input.dtype))
        return super().forward(call, input)


class Softshrink(Activation):
    """Moves elements towards zero by lambd and stops there."""

    lambd: Shrinkage = 0.5

    examples = (example((8, 128)), example((3, 8, 8), lambd=1.0))

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("lambd", self.lambd, 0)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "lambd", self.lambd, input.dtype)
        return super().forward(call, input)


class Softsign(Activation):
    """Divides each element by one more than its magnitude."""

    takes = NUMERIC

    examples = (example((8, 128)), example(Tensor((4, 5), "int64")))

    def returns(self, dtype: DType) -> DType:
        return inexact(dtype)


class Tanh(Activation):
    """Squashes elements into -1 to 1."""

    takes = ANY

    examples = (example((8, 128)), example(Tensor((4, 5), "int64")))

    def returns(self, dtype: DType) -> DType:
        return inexact(dtype)


class Tanhshrink(Activation):
    """Takes its tanh away from each element."""

    takes = NUMERIC

    examples = (example((8, 128)), example(Tensor((4, 5), "int64")))

    def returns(self, dtype: DType) -> DType:
        return inexact(dtype)
