"""Activations that keep what is positive and bend, scale or cut off the rest.

Sources: https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity; which numbers
overflow which element type follows ``aten/src/ATen/native/cpu/Activation.cpp``.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import FLOATING, INTEGRAL
from service.core.layouts import preserved
from service.core.tensors import Tensor
from service.layers.activation import Activation
from service.layers.arguments import Device, Float, Inplace, Int, Number, WeightDType
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import computing, expect_filling_fits, expect_number_fits
from service.layers.weights import Weight, Weights

MinVal = Annotated[Number, Field(description="The smallest value that is returned.")]
MaxVal = Annotated[Number, Field(description="The largest value that is returned.")]
Alpha = Annotated[Float, Field(description="What the values for very negative inputs are scaled by.")]


class CELU(Activation):
    """Keeps what is positive and bends what is negative smoothly towards -alpha."""

    alpha: Alpha = 1.0
    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), alpha=0.5, inplace=True))

    def check_arguments(self, call: Call) -> None:
        if self.alpha == 0:
            call.refuse(
                "alpha",
                f"{{layer}} is a {self.type} with alpha = 0, by which it would divide",
                argument="alpha",
                expected="any number but 0",
                received=self.alpha,
            )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "alpha", self.alpha, computing(input.dtype))
        return super().forward(call, input)


class ELU(Activation):
    """Keeps what is positive and bends what is negative towards -alpha."""

    alpha: Alpha = 1.0
    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), alpha=0.5, inplace=True))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "alpha", self.alpha, computing(input.dtype))
        return super().forward(call, input)


class LeakyReLU(Activation):
    """Keeps what is positive and scales what is negative."""

    negative_slope: Annotated[Float, Field(description="What negative elements are multiplied by.")] = 0.01
    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), negative_slope=0.2, inplace=True))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "negative_slope", self.negative_slope, computing(input.dtype))
        return super().forward(call, input)


class PReLU(Activation):
    """Keeps what is positive and scales what is negative by a learned slope."""

    num_parameters: Annotated[Int, Field(description="How many slopes: 1, or one for every channel.")] = 1
    init: Annotated[Float, Field(description="The slopes' initial value.")] = 0.25
    device: Device = None
    dtype: WeightDType = None

    examples = (example((8, 128)), example((2, 3, 8, 8), num_parameters=3))

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("num_parameters", self.num_parameters, 0)
        call.expect_one_of("dtype", self.dtype, (None, *sorted(FLOATING)))
        expect_filling_fits(call, "init", self.init, self.weight_dtype, self.num_parameters)

    def weights(self) -> Weights:
        yield Weight("weight", (self.num_parameters,), ("slopes",), self.weight_dtype)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, FLOATING & {self.weight_dtype})
        if self.num_parameters != 1:
            call.require_axes(input, 2, "[N, C, …]")
            call.expect_size("num_parameters", self.num_parameters, input, 1, "channels")
        return super().forward(call, input)

    def computed(self, input: Tensor) -> Tensor:
        return preserved(input)


class ReLU(Activation):
    """Keeps what is positive and zeroes the rest."""

    takes = FLOATING | INTEGRAL
    inplace: Inplace = False

    examples = (
        example((8, 128)),
        example((2, 3, 8, 8), inplace=True),
        example(Tensor((4, 5), "int32")),
    )


class RReLU(Activation):
    """Keeps what is positive and scales what is negative, by random slopes during training."""

    lower: Annotated[Float, Field(description="The smallest slope.")] = 1.0 / 8
    upper: Annotated[Float, Field(description="The largest slope.")] = 1.0 / 3
    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), lower=0.1, upper=0.3, inplace=True))

    def check_arguments(self, call: Call) -> None:
        if self.lower > self.upper:
            call.refuse(
                "limits",
                f"{{layer}} is a {self.type} with lower = {self.lower}, which must not exceed upper = {self.upper}",
                argument="lower",
                expected=f"at most {self.upper}",
                received=self.lower,
            )

    def is_random(self, call: Call) -> bool:
        """Whether the slopes are drawn, rather than their mean taken."""
        return call.training

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if self.is_random(call):
            call.expect_dtype(input, FLOATING - {"float16"})
            expect_number_fits(call, "lower", self.lower, input.dtype)
            expect_number_fits(call, "upper", self.upper, input.dtype)
        else:
            expect_number_fits(call, "upper", (self.lower + self.upper) / 2, computing(input.dtype))
        return super().forward(call, input)

    def computed(self, input: Tensor) -> Tensor:
        return input.reshaped(*input.shape)


class SELU(Activation):
    """Bends and scales elements so that activations normalise themselves from layer to layer."""

    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), inplace=True))


class Clipping(Activation):
    """Cuts off what lies beyond two limits."""

    takes = FLOATING | INTEGRAL

    def clip(self, call: Call, input: Tensor, low: float, high: float) -> Tensor:
        """The input cut off at ``low`` and ``high``."""
        if input.dtype == "uint8" and low < 0:
            call.expect_dtype(input, self.takes - {"uint8"})
        expect_number_fits(call, "min_val", low, input.dtype)
        expect_number_fits(call, "max_val", high, input.dtype)
        return super().forward(call, input)


class Hardtanh(Clipping):
    """Cuts elements off below min_val and above max_val."""

    min_val: MinVal = -1.0
    max_val: MaxVal = 1.0
    inplace: Inplace = False
    min_value: Annotated[Number | None, Field(description="The former name of min_val.")] = None
    max_value: Annotated[Number | None, Field(description="The former name of max_val.")] = None

    examples = (
        example((8, 128)),
        example(Tensor((2, 3, 4), "uint8"), min_val=0.0, max_val=6.0, inplace=True),
        example((3, 8), min_value=-2.0, max_value=2.0),
    )

    @property
    def limits(self) -> tuple[float, float]:
        """The limits in force, the deprecated arguments before the others."""
        return (
            self.min_val if self.min_value is None else self.min_value,
            self.max_val if self.max_value is None else self.max_value,
        )

    def check_arguments(self, call: Call) -> None:
        low, high = self.limits
        if high <= low:
            call.refuse(
                "limits",
                f"{{layer}} is a Hardtanh with max_val = {high}, which has to be greater than min_val = {low}",
                argument="max_val" if self.max_value is None else "max_value",
                expected=f"more than {low}",
                received=high,
            )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.clip(call, input, *self.limits)


class ReLU6(Clipping):
    """Cuts elements off below 0 and above 6."""

    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 8, 8), inplace=True))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.clip(call, input, 0, 6)

    def computed(self, input: Tensor) -> Tensor:
        return preserved(input)


class Threshold(Activation):
    """Replaces what does not exceed a threshold."""

    takes = FLOATING | INTEGRAL
    guards_overlap = False
    threshold: Annotated[Number, Field(description="What an element has to exceed to be kept.")]
    value: Annotated[Number, Field(description="What the others are replaced by.")]
    inplace: Inplace = False

    examples = (
        example((8, 128), threshold=0.1, value=20.0),
        example(Tensor((2, 3), "int32"), threshold=0.0, value=1.0, inplace=True),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_number_fits(call, "threshold", self.threshold, computing(input.dtype))
        expect_number_fits(call, "value", self.value, input.dtype)
        return super().forward(call, input)
