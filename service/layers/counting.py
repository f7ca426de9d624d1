"""What holds of entries along axes, and how often they occur: any, all, count_nonzero and bincount.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#reduction-ops.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import INTEGRAL, DType
from service.core.sizes import UNKNOWN_SIZE, differ
from service.core.tensors import Tensor
from service.layers.arguments import Dims, Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.operation import Operation
from service.layers.reduction import ReducedDims, Reduction


class Quantifier(Reduction):
    """What any and all share."""

    dim: Annotated[
        Dims | None, Field(description="The axes to reduce: one, or a list; all if left out, none for an empty list.")
    ] = None

    def axes(self, call: Call, input: Tensor) -> tuple[int, ...]:
        return () if self.dim == () else super().axes(call, input)

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        return "uint8" if input.dtype == "uint8" else "bool"


QUANTIFIER_EXAMPLES: Final = (
    example(Tensor((2, 3, 4), "bool")),
    example(Tensor((2, 3, 4), "uint8"), dim=1, keepdim=True),
    example((2, 3, 4), dim=[0, -1]),
    example((2, 3, 4), dim=[]),
)


class AnyTrue(Quantifier, type="any"):
    """Says whether any entry is true, or other than zero."""

    function = "torch.any"
    examples = QUANTIFIER_EXAMPLES


class AllTrue(Quantifier, type="all"):
    """Says whether all entries are true, or other than zero."""

    function = "torch.all"
    examples = QUANTIFIER_EXAMPLES


class CountNonzero(Operation, type="count_nonzero"):
    """Counts the entries other than zero."""

    function = "torch.count_nonzero"
    family = "reduction"
    examples = (example((2, 3, 4)), example((2, 3, 4), dim=1), example(Tensor((2, 3, 4), "bool"), dim=[0, -1]))

    dim: ReducedDims = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        named = () if self.dim is None else call.require_dims("dim", self.dim, input.rank)
        return Tensor(tuple(size for axis, size in enumerate(input.shape) if named and axis not in named), "int64")


class BinCount(Operation, type="bincount"):
    """Counts how often each number occurs, from 0 to the largest, or adds up weights instead."""

    function = "torch.bincount"
    family = "search"
    examples = (
        example(Tensor((6,), "int64")),
        example(Tensor((6,), "int32"), (6,), minlength=4),
        example(Tensor((6,), "uint8"), Tensor((6,), "int64")),
    )

    minlength: Annotated[Int, Field(description="How many numbers are counted at least.")] = 0

    def forward(self, call: Call, input: Tensor, weights: Tensor | None = None) -> Tensor:
        call.expect_dtype(input, INTEGRAL)
        call.require_rank(input, 1, layout="a list")
        call.expect_at_least("minlength", self.minlength, 0)
        if input.elements == 0:
            return Tensor((self.minlength,), "int64")
        if weights is None:
            return Tensor((UNKNOWN_SIZE,), "int64")
        if weights.rank != 1 or differ(weights.shape[0], input.shape[0]):
            call.disagree(f"{{layer}} is a bincount of {input}, of which each has a weight; {weights} arrives", weights)
        return Tensor((UNKNOWN_SIZE,), "float32" if weights.dtype == "float32" else "float64")
