"""Pooling by norms: LPPool1d–3d.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html, which PyTorch computes
as an average of powers, or with an infinite p as a maximum of magnitudes, so both are applied here.
"""

import math
from typing import Annotated, ClassVar

from pydantic import Field

from service.core.dtypes import COMPLEX, NUMERIC, inexact, real_part
from service.core.layouts import NUMBER, elementwise_layout
from service.core.tensors import Tensor, Value
from service.layers.arguments import Float, Infinite, Number, number
from service.layers.base import example, type_name
from service.layers.call import Call
from service.layers.elementwise import common_type, expect_exponent, expect_exponent_fits
from service.layers.max_pooling import MaxPool1d, MaxPool2d, MaxPool3d
from service.layers.pooling import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    CeilMode,
    KernelSize,
    Stride,
    WindowPooling,
)
from service.layers.spatial import SpatialLayer


class PowerPooling(SpatialLayer):
    """Pooling by the p-norm of each window."""

    family = "pool"
    maximum: ClassVar[type[WindowPooling]]
    """The pooling with an infinite p."""
    average: ClassVar[type[WindowPooling]]

    norm_type: Annotated[
        Float | Infinite,
        Field(
            description="The p of the norm: 1 sums, 2 is Euclidean, `inf` keeps the largest magnitude.",
            examples=[1.0, 2.0, 2.5, "inf", "-inf"],
        ),
    ]
    kernel_size: KernelSize
    stride: Stride = None
    ceil_mode: CeilMode = False

    @property
    def power(self) -> float:
        """What magnitudes are raised to: the layer hands a float on, however it was given."""
        return float(number(self.norm_type))

    @property
    def is_maximum(self) -> bool:
        """Whether the norm is the largest or smallest magnitude."""
        return math.isinf(number(self.norm_type))

    @property
    def pooling(self) -> WindowPooling:
        """What PyTorch calls on the powers or magnitudes."""
        kind = self.maximum if self.is_maximum else self.average
        return kind.model_validate(
            {"type": type_name(kind), "kernel_size": self.kernel_size, "stride": self.stride,
             "ceil_mode": self.ceil_mode}
        )  # fmt: skip

    def check_arguments(self, call: Call) -> None:
        if call.expect_count("kernel_size", self.kernel_size, *self.kernel_counts()):
            self.pooling.check_arguments(call)
        if self.norm_type == 0:
            call.refuse(
                "norm-type",
                f"{{layer}} is a {self.type} with norm_type = 0, of which there is no root",
                argument="norm_type",
                expected="another number than 0",
                received=0,
            )

    def kernel_counts(self) -> tuple[int, ...]:
        """How many numbers a list for ``kernel_size`` may have."""
        return (self.axes,)

    def forward(self, call: Call, input: Tensor) -> Value:
        if self.is_maximum:
            call.expect_dtype(input, NUMERIC)
            # Magnitudes of complex numbers are put where those of an empty tensor like the input would be.
            beside = (NUMBER,) * (input.dtype in COMPLEX)
            powers = elementwise_layout(input.shape, real_part(input.dtype), input, *beside)
        else:
            powers = elementwise_layout(input.shape, common_type(input, self.power), input)
            expect_exponent(call, "norm_type", self.power, powers.dtype)
            expect_exponent_fits(call, "norm_type", 1 / (self.power or 1), inexact(powers.dtype))
        output: Value = self.pooling.forward(call, powers)
        if self.norm_type == "inf" or not isinstance(output, Tensor):
            return output
        dtype = output.dtype if self.is_maximum else inexact(output.dtype)
        return elementwise_layout(output.shape, dtype, output)  # The root is taken, or the sign changed back.


class PowerPoolingFunction(PowerPooling):
    """A function, which takes the number as it is given: integers to an integer power stay integers."""

    norm_type: Annotated[Number | Infinite, PowerPooling.model_fields["norm_type"]]

    @property
    def power(self) -> float:
        given: float = number(self.norm_type)
        return given


class LPPool1d(PowerPooling):
    """Takes the p-norm of each window of a sequence."""

    axes = 1
    maximum = MaxPool1d
    average = AvgPool1d
    examples = (
        example((20, 16, 50), norm_type=2, kernel_size=3, stride=2),
        example((4, 9), norm_type="inf", kernel_size=2, ceil_mode=True),
    )

    def kernel_counts(self) -> tuple[int, ...]:
        # The sum is an average times kernel_size, which multiplies as a number only.
        return (1,) if self.is_maximum else ()


class LPPool2d(PowerPooling):
    """Takes the p-norm of each window of an image."""

    axes = 2
    maximum = MaxPool2d
    average = AvgPool2d
    examples = (
        example((20, 16, 50, 32), norm_type=1.2, kernel_size=[3, 2], stride=[2, 1]),
        example((4, 9, 9), norm_type="-inf", kernel_size=2, ceil_mode=True),
    )


class LPPool3d(PowerPooling):
    """Takes the p-norm of each window of a volume or a clip."""

    axes = 3
    maximum = MaxPool3d
    average = AvgPool3d
    examples = (
        example((2, 4, 20, 10, 9), norm_type=2, kernel_size=3, stride=2),
        example((4, 9, 9, 8), norm_type="inf", kernel_size=[2, 3, 2], ceil_mode=True),
    )
