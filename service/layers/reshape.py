"""The same elements in another shape: view, reshape and their like.

Whether a view exists is told by a tensor's strides:
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.faults import NotViewable, WrongElementCount
from service.core.formulas import Formula
from service.core.sizes import (
    Shape,
    below,
    differ,
    indivisible,
    is_known,
    product,
    written,
)
from service.core.tensors import Tensor, Value, declared, is_contiguous, strides_of
from service.core.views import reshaped, viewed
from service.layers.arguments import Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation

INFERRED: Final = Formula("elements / (others…)")

TargetShape = Annotated[Int | Ints, Field(description="Sizes of the result; -1 stands for what is left.")]


def resolved(call: Call, argument: str, wanted: Shape, tensor: Tensor, first_axis: int = 0) -> Shape:
    """The sizes ``wanted`` for the elements of ``tensor``, with -1 worked out."""
    elements = tensor.elements
    if sum(size == -1 for size in wanted) > 1 or any(below(size, -1) for size in wanted):
        call.refuse(
            "sizes",
            f"{{layer}} is a {call.type} with {argument} = {written(wanted)}; "
            "sizes are at least 0, and only one of them may be -1",
            argument=argument,
            received=list(wanted),
        )
        raise Rejection
    others = tuple(size for size in wanted if size != -1)
    known = product(others)
    open_axis = wanted.index(-1) if -1 in wanted else None
    if differ(elements, known) if open_axis is None else indivisible(elements, known):
        call.reject(
            WrongElementCount(
                code="wrong-element-count",
                message=f"{{layer}}: {_stated(call, tensor, wanted)}",
                argument=argument,
                input=0,
                expected=elements,
                received=list(wanted),
                tensor=tensor,
                shape=wanted,
            )
        )
    if open_axis is None:
        return wanted
    size = call.size(first_axis + open_axis, INFERRED, elements=elements, others=others)
    return (*wanted[:open_axis], size, *wanted[open_axis + 1 :])


def _stated(call: Call, tensor: Tensor, wanted: Shape) -> str:
    elements = tensor.elements
    holds = f"{elements:,} elements" if is_known(elements) else "an unknown number of elements"
    stated = f"{call.type} of {tensor} ({holds}) to {written(wanted)}"
    if -1 not in wanted:
        return f"{stated} ({product(wanted):,} elements)"
    known = product(size for size in wanted if size != -1)
    return (
        f"{stated}; {known:,} does not divide {elements:,}" if known else f"{stated}; -1 could be anything beside a 0"
    )


def as_sizes(value: int | Shape) -> Shape:
    """Sizes that may be given as one number."""
    return value if isinstance(value, tuple) else (value,)


class Reshaper(Operation):
    """What the names for another shape share."""

    keeps_entries = True
    family = "reshape"

    def viewed(self, call: Call, input: Tensor, shape: Shape) -> Tensor:
        """A view to ``shape``, of as many elements."""
        view = viewed(input, shape)
        if view is not None:
            return view
        call.note(
            NotViewable(
                code="not-viewable",
                message=f"{{layer}}: {self.type} of {input} to {written(shape)} is impossible without a copy, since "
                f"its strides are {written(strides_of(input))}; reshape copies, and so does contiguous before the view",
                argument="shape" if "shape" in type(self).model_fields else None,
                input=0,
                received=list(strides_of(input)),
            )
        )
        return input.reshaped(*shape)


class Reshaping(Reshaper):
    """What ``view`` and ``reshape`` share."""

    behind_first = ("shape",)

    shape: TargetShape

    def declares(self, *inputs: Value) -> Value:
        return declared(as_sizes(self.shape), inputs)

    def target(self, call: Call, input: Tensor) -> Shape:
        """The shape asked for, with -1 worked out."""
        return resolved(call, "shape", as_sizes(self.shape), input)


class View(Reshaping, type="view"):
    """Looks at the same memory in another shape."""

    function = "torch.Tensor.view"
    examples = (
        example((1, 32, 7, 7), shape=[1, 1568]),
        example((4, 6), shape=[2, -1, 3]),
        example((2, 3, 4), shape=-1),
        example(Tensor((4, 3, 2), strides=(2, 8, 1)), shape=[4, 3, 2, 1]),
        example(Tensor((2, 6, 5), strides=(5, 10, 1)), shape=[2, 3, 2, 5]),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.viewed(call, input, self.target(call, input))


class Reshape(Reshaping, type="reshape"):
    """Gives a tensor another shape, copying it where a view does not do."""

    function = "torch.Tensor.reshape"
    examples = (
        example((1, 32, 7, 7), shape=[1, -1]),
        example((4, 6), shape=[2, 2, 6]),
        example(Tensor((2, 6, 5), strides=(5, 10, 1)), shape=[12, 5]),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return reshaped(input, self.target(call, input))


class ReshapingAs(Reshaper):
    """What the names for a change to the shape of another tensor share."""

    def target(self, call: Call, input: Tensor, other: Tensor) -> Shape:
        """The shape of the other tensor, which has as many elements."""
        if differ(input.elements, other.elements):
            call.disagree(
                f"{{layer}} is a {self.type} of {input} ({input.elements:,} elements) to the shape of {other} "
                f"({other.elements:,} elements)",
                input,
                other,
            )
            raise Rejection
        return other.shape


class ViewAs(ReshapingAs, type="view_as"):
    """Looks at the same memory in the shape of another tensor."""

    function = "torch.Tensor.view_as"
    examples = (example((4, 6), (2, 12)), example(Tensor((4, 3, 2), strides=(2, 8, 1)), (4, 3, 2, 1)))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        return self.viewed(call, input, self.target(call, input, other))


class ReshapeAs(ReshapingAs, type="reshape_as"):
    """Gives a tensor the shape of another, copying it where a view does not do."""

    function = "torch.Tensor.reshape_as"
    examples = (example((4, 6), (2, 12)), example(Tensor((2, 6, 5), strides=(5, 10, 1)), (12, 5)))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        return reshaped(input, self.target(call, input, other))


class Contiguous(Operation, type="contiguous"):
    """Copies a tensor whose elements do not lie in memory in the order of its axes."""

    keeps_entries = True
    function = "torch.Tensor.contiguous"
    examples = (example((2, 3)), example(Tensor((2, 3), strides=(1, 2))))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return input if is_contiguous(input) else input.reshaped(*input.shape)
