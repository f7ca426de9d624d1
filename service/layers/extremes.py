"""The largest and the smallest, as values or as where they stand: amax, amin, max, min, argmax and argmin.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.amax.html and of
https://docs.pytorch.org/docs/stable/generated/torch.max.html, which is three functions under one name.
"""

from typing import Final

from service.core.broadcasting import result_type
from service.core.dtypes import BOOLEAN, INTEGRAL, REAL, DType
from service.core.layouts import converted, elementwise_layout
from service.core.sizes import UNKNOWN_SIZE
from service.core.tensors import Tensor, Value
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.reduction import ReducedDim, ReducedDims, Reduction, refuse_null_dim

EXTREME_EXAMPLES: Final = (
    example((2, 3, 4)),
    example((2, 3, 4), dim=[0, 2]),
    example((2, 3, 4), dim=-1, keepdim=True),
    example((2, 3, 4), dim=[]),
)
ARG_EXAMPLES: Final = (
    example((2, 10), dim=1),
    example((2, 3, 4)),
    example((2, 3, 4), dim=0, keepdim=True),
)
MAX_EXAMPLES: Final = (
    example((2, 3, 4)),
    example((2, 3, 4), dim=1),
    example((2, 3, 4), dim=-1, keepdim=True),
    example((2, 3, 4), Tensor((3, 1), "int64")),
)


class Extreme(Reduction):
    """What amax and amin share."""

    takes = REAL
    empty_takes_any = True
    has_identity = False

    dim: ReducedDims = None


class AMax(Extreme, type="amax"):
    """Takes the largest value along axes."""

    function = "torch.amax"
    examples = EXTREME_EXAMPLES


class AMin(Extreme, type="amin"):
    """Takes the smallest value along axes."""

    function = "torch.amin"
    examples = EXTREME_EXAMPLES


class ArgExtreme(Reduction):
    """What argmax and argmin share."""

    takes = REAL - BOOLEAN
    has_identity = False

    dim: ReducedDim = None

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        return "int64"


class ArgMax(ArgExtreme, type="argmax"):
    """Says where the largest value stands."""

    function = "torch.argmax"
    examples = ARG_EXAMPLES


class ArgMin(ArgExtreme, type="argmin"):
    """Says where the smallest value stands."""

    function = "torch.argmin"
    examples = ARG_EXAMPLES


class ExtremeOf(Reduction):
    """What max and min share: one value, or a value and its index along an axis, or the values of two tensors."""

    takes = REAL
    has_identity = False
    keepdim_needs_dim = True
    none_is_absent = False

    dim: ReducedDim = None

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        refuse_null_dim(self, call)

    def forward(self, call: Call, input: Tensor, other: Tensor | None = None) -> Value:  # type: ignore[override]
        if other is not None and not other.rank and other.dtype in INTEGRAL and self.gives("keepdim"):
            return self.along_one(input)
        if other is not None:
            return self.of_two(call, input, other)
        values = super().forward(call, input)
        return values if self.dim is None else (values, values._replace(dtype="int64"))

    def along_one(self, input: Tensor) -> Value:
        """What is returned where PyTorch takes an integer that arrives for the axis, which its value tells."""
        values = Tensor((UNKNOWN_SIZE,) * max(input.rank - (not self.keepdim), 0), input.dtype)
        return values, values._replace(dtype="int64")

    def of_two(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        """The larger, or smaller, of two tensors' entries."""
        for argument in ("dim", "keepdim"):
            if self.gives(argument):
                call.refuse(
                    "two-inputs",
                    f"{{layer}} is a {self.type} of two tensors with {argument}; "
                    f"PyTorch takes {argument} only along with a single tensor",
                    argument=argument,
                    expected="a single input",
                    received=2,
                )
        for position, tensor in enumerate((input, other)):
            call.expect_dtype(tensor, self.takes, input=position)
        shape = call.require_broadcast(input, other)
        call.sees(PRESERVED)
        common = result_type(input, other)
        return elementwise_layout(shape, common, converted(input, common), converted(other, common))


class Max(ExtremeOf, type="max"):
    """Takes the largest value: of all, along an axis together with where it stands, or of two tensors."""

    function = "torch.max"
    examples = MAX_EXAMPLES


class Min(ExtremeOf, type="min"):
    """Takes the smallest value: of all, along an axis together with where it stands, or of two tensors."""

    function = "torch.min"
    examples = MAX_EXAMPLES
