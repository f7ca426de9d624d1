"""Values by their rank along an axis: median, mode, kthvalue, quantile and aminmax.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.median.html and its neighbours; they look at what is empty
as ``zero_numel_check_dims`` in ``aten/src/ATen/native/ReduceOpsUtils.h`` does.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import BOOLEAN, REAL
from service.core.sizes import above, below
from service.core.tensors import Tensor, Value
from service.layers.arguments import Dim, Float, Int, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.reduction import KeepDim, ReducedDim, Reduction, refuse_null_dim

MIDDLE = (example((2, 3, 4)), example((2, 3, 4), dim=1), example(Tensor((2, 3), "int64"), dim=-1, keepdim=True))


class AlongAxis(Reduction):
    """What returns values along an axis together with where they stand: a tuple."""

    takes = REAL - BOOLEAN
    has_identity = False

    def forward(self, call: Call, input: Tensor) -> Value:  # type: ignore[override]
        values = super().forward(call, input)
        return values, values._replace(dtype="int64")


class Middle(AlongAxis):
    """What median and nanmedian share: without an axis, there is one value and no place."""

    keepdim_needs_dim = True

    dim: ReducedDim = None

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        refuse_null_dim(self, call)

    def forward(self, call: Call, input: Tensor) -> Value:  # type: ignore[override]
        if self.dim is not None:
            return super().forward(call, input)
        if input.elements != 0:
            call.expect_dtype(input, self.takes)
        return Tensor((), input.dtype)


class Median(Middle, type="median"):
    """Takes the middle value: of all, or along an axis together with where it stands."""

    function = "torch.median"
    examples = MIDDLE


class NanMedian(Middle, type="nanmedian"):
    """Takes the middle value, passing over what is not a number: of all, or along an axis with where it stands."""

    function = "torch.nanmedian"
    examples = MIDDLE


class Mode(AlongAxis, type="mode"):
    """Takes the most frequent value along an axis and says where it stands: a tuple."""

    function = "torch.mode"
    takes = REAL
    empty_takes_any = True
    examples = (example((2, 3, 4)), example((2, 3, 4), dim=1, keepdim=True), example(Tensor((2, 3), "bool")))

    dim: Dim = -1

    def forward(self, call: Call, input: Tensor) -> Value:  # type: ignore[override]
        if input.rank:
            return super().forward(call, input)
        # A single value of any type is the most frequent.
        call.require_dim("dim", self.dim, input.rank)
        return Tensor((), input.dtype), Tensor((), "int64")


class KthValue(AlongAxis, type="kthvalue"):
    """Takes the k-th smallest value along an axis and says where it stands: a tuple."""

    function = "torch.kthvalue"
    family = "kthvalue"
    examples = (example((2, 3, 4), k=2), example((2, 3, 4), k=1, dim=1, keepdim=True))

    k: Annotated[Int, Field(description="Which: 1 for the smallest.")]
    dim: Dim = -1
    keepdim: KeepDim = False

    def forward(self, call: Call, input: Tensor) -> Value:  # type: ignore[override]
        axis = call.require_dim("dim", self.dim, input.rank)
        available = input.shape[axis] if input.rank else 1
        if below(self.k, 1) or above(self.k, available):
            call.refuse(
                "k",
                f"{{layer}} takes the k = {self.k} smallest along axis {axis} of {input}, which has {available}",
                argument="k",
                expected=f"from 1 to {available}",
                received=self.k,
                bounds=(1, available),
            )
        return super().forward(call, input)


class AMinMax(Reduction, type="aminmax"):
    """Takes the smallest and the largest value: of all, or along an axis; a tuple."""

    function = "torch.aminmax"
    takes = REAL
    has_identity = False
    examples = (example((2, 3, 4)), example((2, 3, 4), dim=1, keepdim=True), example(Tensor((2, 3), "bool"), dim=-1))

    dim: ReducedDim = None

    def forward(self, call: Call, input: Tensor) -> Value:  # type: ignore[override]
        values = super().forward(call, input)
        return values, values


class Quantile(Reduction, type="quantile"):
    """Takes the value below which a given part of all values lies."""

    function = "torch.quantile"
    family = "quantile"
    takes = frozenset({"float32", "float64"})
    examples = (
        example((2, 3), q=0.5),
        example((2, 3, 4), q=0.9, dim=1, keepdim=True),
        example((2, 3, 4), q=0.25, dim=-1, interpolation="nearest"),
    )

    q: Annotated[Float, Field(description="The part, from 0 to 1.", examples=[0.0, 0.5, 0.99])]
    dim: ReducedDim = None
    keepdim: KeepDim = False
    interpolation: Annotated[
        Str,
        Field(
            description="How to choose between two values: `linear`, `lower`, `higher`, `midpoint` or `nearest`.",
            examples=["linear", "lower", "higher", "midpoint", "nearest"],
        ),
    ] = "linear"

    def check_arguments(self, call: Call) -> None:
        call.expect_between("q", self.q, 0, 1)
        call.expect_one_of("interpolation", self.interpolation, ("linear", "lower", "higher", "midpoint", "nearest"))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.expect_entries(call, input, tuple(range(input.rank)))
        return super().forward(call, input)


class NanQuantile(Quantile, type="nanquantile"):
    """Takes the value below which a given part of all values lies, passing over what is not a number."""

    function = "torch.nanquantile"
    examples = Quantile.examples
