"""What works its way along one axis: sort, argsort, topk, cumsum, cummax, diff and their like.

Source: https://docs.pytorch.org/docs/stable/generated/torch.sort.html,
https://docs.pytorch.org/docs/stable/generated/torch.topk.html and
https://docs.pytorch.org/docs/stable/generated/torch.cumsum.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, INEXACT, REAL, DType
from service.core.entries import WIDE, Entries
from service.core.layouts import elementwise_layout, preserved
from service.core.sizes import UNKNOWN_SIZE, above, below, is_known, largest
from service.core.tensors import Tensor, Value
from service.core.views import sliced
from service.layers.arguments import Bool, Dim, Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.operation import Operation
from service.layers.reduction import ResultDType, summed

INDEX: Final[DType] = "int64"

Descending = Annotated[Bool, Field(description="Whether the largest come first.")]


class Sort(Operation, type="sort"):
    """Sorts along an axis and says where each entry came from: a tuple of values and indices."""

    function = "torch.sort"
    examples = (
        example((2, 3, 4)),
        example((2, 3, 4), dim=1, descending=True),
        example(Tensor((2, 3), "bool"), dim=0, stable=True),
    )

    dim: Dim = -1
    descending: Descending = False
    stable: Annotated[Bool | None, Field(description="Whether equal entries keep their order.")] = False

    def forward(self, call: Call, input: Tensor) -> Value:
        call.expect_dtype(input, REAL)
        call.require_dim("dim", self.dim, input.rank)
        return preserved(input), preserved(input, INDEX)


class ArgSort(Operation, type="argsort"):
    """Says in which order entries along an axis would be sorted."""

    function = "torch.argsort"
    examples = (
        example((2, 3, 4)),
        example((2, 3, 4), dim=1, descending=True),
        example(Tensor((2, 3), "int32"), dim=0, stable=True),
    )

    dim: Dim = -1
    descending: Descending = False
    stable: Annotated[Bool, Field(description="Whether equal entries keep their order.")] = False

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, REAL)
        call.require_dim("dim", self.dim, input.rank)
        return preserved(input, INDEX)


class TopK(Operation, type="topk"):
    """Takes the k largest entries along an axis and says where they stand: a tuple of values and indices."""

    function = "torch.topk"
    family = "topk"
    examples = (
        example((2, 10), k=3),
        example((2, 10, 4), k=2, dim=1, largest=False, sorted=False),
    )

    k: Annotated[Int, Field(description="How many entries to take.")]
    dim: Dim = -1
    largest: Annotated[Bool, Field(description="Whether to take the largest rather than the smallest.")] = True
    sorted: Annotated[Bool, Field(description="Whether what is taken comes sorted.")] = True

    def forward(self, call: Call, input: Tensor) -> Value:
        call.expect_dtype(input, REAL - BOOLEAN)
        axis = call.require_dim("dim", self.dim, input.rank)
        available = input.shape[axis] if input.rank else 1
        if below(self.k, 0) or above(self.k, available):
            call.refuse(
                "k",
                f"{{layer}} takes the k = {self.k} largest along axis {axis} of {input}, which has {available}",
                argument="k",
                expected=f"from 0 to {available}",
                received=self.k,
                bounds=(0, available),
            )
        taken = self.k if self.k >= 0 else UNKNOWN_SIZE
        shape = (*input.shape[:axis], taken, *input.shape[axis + 1 :]) if input.rank else ()
        return Tensor(shape, input.dtype), Tensor(shape, INDEX)


class Cumulative(Operation):
    """What cumsum and cumprod share."""

    dim: Dim
    dtype: ResultDType = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_dim("dim", self.dim, input.rank)
        if input.rank and above(input.elements, 0):
            call.expect_one_of("dtype", self.dtype, (None, *sorted(ANY - BOOLEAN)))
        return Tensor(input.shape, self.dtype or summed(input.dtype))


CUMULATIVE_EXAMPLES: Final = (
    example((2, 3, 4), dim=1),
    example(Tensor((2, 3), "bool"), dim=-1),
    example((2, 3), dim=0, dtype="float64"),
)


class CumSum(Cumulative, type="cumsum"):
    """Adds up along an axis and keeps every intermediate sum."""

    function = "torch.cumsum"
    examples = CUMULATIVE_EXAMPLES

    def entries(self, inputs: tuple[Value, ...], first: Entries | None) -> Entries | None:
        summed_up = inputs[0]
        if first is None or self.dtype not in (None, *WIDE) or not isinstance(summed_up, Tensor) or not summed_up.rank:
            return None
        count = summed_up.shape[self.dim]
        return first.summed_up(count) if is_known(count) else None


class CumProd(Cumulative, type="cumprod"):
    """Multiplies along an axis and keeps every intermediate product."""

    function = "torch.cumprod"
    examples = CUMULATIVE_EXAMPLES


class CumulativeExtreme(Operation):
    """What cummax and cummin share."""

    dim: Dim

    def forward(self, call: Call, input: Tensor) -> Value:
        if input.elements != 0:
            call.require_dim("dim", self.dim, input.rank)
        if input.rank and above(input.elements, 0):
            call.expect_dtype(input, REAL)
        return Tensor(input.shape, input.dtype), Tensor(input.shape, INDEX)


class CumMax(CumulativeExtreme, type="cummax"):
    """Keeps the largest value met along an axis and where it stood: a tuple."""

    function = "torch.cummax"
    examples = CUMULATIVE_EXAMPLES[:2]


class CumMin(CumulativeExtreme, type="cummin"):
    """Keeps the smallest value met along an axis and where it stood: a tuple."""

    function = "torch.cummin"
    examples = CUMULATIVE_EXAMPLES[:2]


class LogCumSumExp(Operation, type="logcumsumexp"):
    """Takes the logarithm of exponentials summed up along an axis, keeping every intermediate one."""

    function = "torch.logcumsumexp"
    examples = (example((2, 3, 4), dim=1), example(Tensor((2, 3), "complex64"), dim=-1))

    dim: Dim

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_dim("dim", self.dim, input.rank)
        call.expect_dtype(input, INEXACT)
        return input.reshaped(*input.shape)


class Diff(Operation, type="diff"):
    """Takes the difference of neighbours along an axis, once or several times."""

    function = "torch.diff"
    examples = (example((2, 5)), example((2, 5), n=2), example(Tensor((4, 3), "bool"), dim=0))

    n: Annotated[Int, Field(description="How many times.")] = 1
    dim: Dim = -1

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 1, "along one of which neighbours are")
        call.expect_at_least("n", self.n, 0)
        if self.n == 0:
            return preserved(input)
        axis = call.require_dim("dim", self.dim, input.rank)
        shorter = sliced(input, axis, largest(input.shape[axis] - self.n, 0))
        return elementwise_layout(shorter.shape, input.dtype, shorter, shorter)
