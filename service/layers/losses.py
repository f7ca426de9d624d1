"""Losses that compare two tensors element by element: MSELoss, L1Loss, SmoothL1Loss and HuberLoss, also as functions.

Source: https://docs.pytorch.org/docs/stable/nn.html#loss-functions and ``aten/src/ATen/native/Loss.cpp``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import FLOATING, INEXACT, NUMERIC, category, real_part
from service.core.layouts import converted, elementwise_layout, preserved
from service.core.tensors import Tensor
from service.core.views import expanded
from service.layers.arguments import Bool, Float, Str
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.operation import as_operation
from service.layers.reduction import summed

REDUCTIONS: Final = ("none", "mean", "sum")

SizeAverage = Annotated[Bool | None, Field(description="Deprecated: whether losses are averaged; see `reduction`.")]
Reduce = Annotated[Bool | None, Field(description="Deprecated: whether losses are reduced at all; see `reduction`.")]
HowReduced = Annotated[
    Str,
    Field(
        description="`mean` or `sum` for one number, `none` for the loss of every element.", examples=list(REDUCTIONS)
    ),
]


class ElementwiseLoss(Layer):
    """The loss of every element of what arrives beside a target, or their mean or sum."""

    family = "loss"

    def reduced_by(self) -> str:
        """How losses are reduced."""
        raise NotImplementedError

    def subtracts(self) -> bool:
        """Whether the tensors are subtracted as any others, which takes all but booleans."""
        return False

    def losses(self, call: Call, input: Tensor, target: Tensor) -> Tensor:  # noqa: ARG002
        """The loss of every element of two tensors of one shape."""
        common = result_type(input, target)
        dtype = real_part(common) if self.subtracts() else common
        return elementwise_layout(input.shape, dtype, converted(input, common), converted(target, common))

    def forward(self, call: Call, input: Tensor, target: Tensor) -> Tensor:
        how = self.reduced_by()
        call.expect_one_of("reduction", how, REDUCTIONS)
        takes = NUMERIC if self.subtracts() else FLOATING
        if self.subtracts() or result_type(input, target) not in takes:
            for position, tensor in enumerate((input, target)):
                call.expect_dtype(tensor, takes, input=position)
        shape = call.require_broadcast(input, target)
        losses = self.losses(call, expanded(input, shape), expanded(target, shape))
        if how == "none":
            return losses
        if how == "mean" and losses.dtype not in INEXACT:
            call.expect_dtype(input, INEXACT)
        return Tensor((), summed(losses.dtype) if how == "sum" else losses.dtype)


class AveragedLoss(ElementwiseLoss):
    """A loss that still has the arguments by which it was once said how losses are reduced."""

    size_average: SizeAverage = None
    reduce: Reduce = None
    reduction: HowReduced = "mean"

    def reduced_by(self) -> str:
        """The deprecated arguments win where they are given."""
        if self.size_average is None and self.reduce is None:
            return self.reduction
        if self.reduce is False:
            return "none"
        return "sum" if self.size_average is False else "mean"


class MSELoss(AveragedLoss):
    """Takes the squared difference from a target."""

    examples = (
        example((3, 5), (3, 5)),
        example((3, 5), (3, 5), reduction="none"),
        example((4, 1, 5), (3, 1), size_average=False),
    )


class L1Loss(AveragedLoss):
    """Takes the absolute difference from a target."""

    examples = (
        example((3, 5), (3, 5)),
        example((3, 5), (3, 5), reduction="none"),
        example(Tensor((3, 5), "int64"), Tensor((3, 5), "int64"), reduction="sum"),
    )

    def subtracts(self) -> bool:
        return True


class SmoothL1Loss(AveragedLoss):
    """Takes half the square of a small difference from a target, and the absolute difference where it is larger."""

    beta: Annotated[Float, Field(description="Up to which difference it is the square.")] = 1.0

    examples = (
        example((3, 5), (3, 5)),
        example((3, 5), (3, 5), reduction="none", beta=0.5),
        example((3, 5), (3, 5), beta=0.0),
    )

    def subtracts(self) -> bool:
        return self.beta == 0

    def forward(self, call: Call, input: Tensor, target: Tensor) -> Tensor:
        call.expect_at_least("beta", self.beta, 0)
        return super().forward(call, input, target)


class HuberLoss(ElementwiseLoss):
    """Takes half the square of a small difference from a target, and a multiple of it where it is larger."""

    reduction: HowReduced = "mean"
    delta: Annotated[Float, Field(description="Up to which difference it is the square.")] = 1.0

    examples = (
        example((3, 5), (3, 5)),
        example((3, 5), (3, 1), reduction="none", delta=0.5),
        example(Tensor((3, 5), "float64"), Tensor((3, 5), "float32"), reduction="sum"),
    )

    def reduced_by(self) -> str:
        return self.reduction

    def forward(self, call: Call, input: Tensor, target: Tensor) -> Tensor:
        if self.delta <= 0:
            call.refuse(
                "delta",
                f"{{layer}} is a {self.type} with delta = {self.delta}, which has to be larger than 0",
                argument="delta",
                expected="more than 0",
                received=self.delta,
            )
        return super().forward(call, input, target)

    def losses(self, call: Call, input: Tensor, target: Tensor) -> Tensor:
        # They are written into a tensor like the input, to whose type they have to be convertible.
        if category(result_type(input, target)) > category(input.dtype):
            call.expect_dtype(input, frozenset({target.dtype}))
        return preserved(input)


FUNCTIONS: Final = (
    as_operation(MSELoss, "torch.nn.functional.mse_loss"),
    as_operation(L1Loss, "torch.nn.functional.l1_loss"),
    as_operation(SmoothL1Loss, "torch.nn.functional.smooth_l1_loss"),
    as_operation(HuberLoss, "torch.nn.functional.huber_loss"),
)
"""The operations; a class that nobody refers to would be forgotten."""
