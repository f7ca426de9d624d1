"""How far values are spread along axes: var and std, also together with their mean.

Source: https://docs.pytorch.org/docs/stable/generated/torch.var.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import INEXACT, DType, inexact, real_part
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bool, Number
from service.layers.base import example
from service.layers.call import Call
from service.layers.reduction import ReducedDims, Reduction

SPREAD_EXAMPLES: Final = (
    example((2, 3, 4)),
    example((2, 3, 4), dim=1),
    example((2, 3, 4), dim=[0, 2], correction=0, keepdim=True),
    example((2, 3, 4), unbiased=False),
    example(Tensor((2, 3, 4), "complex64"), dim=-1, unbiased=True, keepdim=True),
)


class Spread(Reduction):
    """What var and std share."""

    takes = INEXACT

    dim: ReducedDims = None
    unbiased: Annotated[Bool, Field(description="Whether to divide by one less than the count; see correction.")] = True
    correction: Annotated[
        Number | None, Field(description="What is subtracted from the count before dividing by it; 1 if null.")
    ] = 1

    def check_arguments(self, call: Call) -> None:
        if self.gives("unbiased") and self.gives("correction"):
            call.refuse(
                "correction",
                f"{{layer}} is a {self.type} with both unbiased and correction; PyTorch takes one of them",
                argument="unbiased",
                expected="one of them",
                received="both",
            )
        if self.gives("unbiased") and self.gives("keepdim") and not self.gives("dim"):
            call.refuse(
                "keepdim",
                f"{{layer}} is a {self.type} with unbiased and keepdim but without dim; "
                "PyTorch takes these two only along with dim",
                argument="keepdim",
                expected="dim as well",
                received=self.keepdim,
            )

    def result_dtype(self, call: Call, input: Tensor) -> DType:  # noqa: ARG002
        return real_part(inexact(input.dtype))


class Var(Spread, type="var"):
    """Computes the variance along axes."""

    function = "torch.var"
    examples = SPREAD_EXAMPLES


class Std(Spread, type="std"):
    """Computes the standard deviation along axes."""

    function = "torch.std"
    examples = SPREAD_EXAMPLES


class WithMean(Spread):
    """A measure of spread that comes together with the mean."""

    def forward(self, call: Call, input: Tensor) -> Value:  # type: ignore[override]
        spread = super().forward(call, input)
        return spread, spread._replace(dtype=input.dtype)


class VarMean(WithMean, type="var_mean"):
    """Computes variance and mean along axes: a tuple."""

    function = "torch.var_mean"
    examples = SPREAD_EXAMPLES


class StdMean(WithMean, type="std_mean"):
    """Computes standard deviation and mean along axes: a tuple."""

    function = "torch.std_mean"
    examples = SPREAD_EXAMPLES
