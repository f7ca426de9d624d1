"""The same elements in another shape: Flatten, Unflatten, view, reshape and their like.

Whether a view exists is told by a tensor's strides:
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.faults import NotViewable, WrongElementCount
from service.core.formulas import Formula
from service.core.sizes import (
    UNKNOWN,
    UNKNOWN_SIZE,
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
from service.layers.arguments import Dim, Int, Ints
from service.layers.base import Layer, example
from service.layers.call import PRESERVED, Call, Rejection
from service.layers.operation import Operation

MERGED: Final = Formula("sizes…")
INFERRED: Final = Formula("elements / (others…)")

TargetShape = Annotated[Int | Ints, Field(description="Sizes of the result; -1 stands for what is left.")]
StartDim = Annotated[Int, Field(description="The first of the axes that become one.")]
EndDim = Annotated[Int, Field(description="The last of them.")]


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


class Flattening(Layer):
    """What the layer and the operation share."""

    family = "flatten"

    start_dim: Int
    end_dim: Int

    def forward(self, call: Call, input: Tensor) -> Tensor:
        start = call.require_dim("start_dim", self.start_dim, input.rank)
        end = call.require_dim("end_dim", self.end_dim, input.rank)
        if start > end:
            call.refuse(
                "order",
                f"{{layer}} is a {self.type} with start_dim = {self.start_dim}, which on {input} comes after "
                f"end_dim = {self.end_dim}",
                argument="start_dim",
                expected=f"at most {end}",
                received=self.start_dim,
            )
            raise Rejection
        if start == end:
            return input if input.rank else input.reshaped(1)
        merged = call.size(start, MERGED, sizes=input.shape[start : end + 1])
        return reshaped(input, (*input.shape[:start], merged, *input.shape[end + 1 :]))


class Flatten(Flattening):
    """Turns all axes of each sample into one."""

    start_dim: StartDim = 1
    end_dim: EndDim = -1

    examples = (
        example((1, 32, 7, 7)),
        example((2, 3, 4, 5), start_dim=0, end_dim=2),
        example((2, 3, 4, 5), start_dim=-2),
    )

    def declares(self, *inputs: Value) -> Value:
        per_sample = self.start_dim == 1 and self.end_dim == -1
        return declared((UNKNOWN_SIZE, UNKNOWN_SIZE), inputs) if per_sample else UNKNOWN


class TorchFlatten(Flattening, Operation, type="flatten"):
    """Turns several neighbouring axes into one."""

    function = "torch.flatten"

    start_dim: StartDim = 0
    end_dim: EndDim = -1

    examples = (example((2, 3, 4)), example((2, 3, 4, 5), start_dim=1, end_dim=2), example(()))


class Ravel(Operation, type="ravel"):
    """Turns a tensor into one contiguous axis."""

    function = "torch.ravel"
    examples = (example((2, 3, 4)),)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        size = call.size(0, MERGED, sizes=input.shape)
        return reshaped(input if is_contiguous(input) else input.reshaped(*input.shape), (size,))


class Unflattening(Layer):
    """What the layer and the operation share."""

    family = "unflatten"

    dim: Int

    def split(self, call: Call, argument: str, sizes: Shape, input: Tensor) -> Tensor:
        """``input`` with axis ``dim`` turned into several."""
        axis = call.require_dim("dim", self.dim, input.rank)
        call.require_axes(input, 1, "one of which is split")
        if not sizes:
            call.refuse("sizes", f"{{layer}} is a {self.type} without any {argument}", argument=argument, received=[])
            raise Rejection
        target = resolved(call, argument, sizes, Tensor((input.shape[axis],)), axis)
        return reshaped(input, (*input.shape[:axis], *target, *input.shape[axis + 1 :]))


class Unflatten(Unflattening):
    """Splits one axis into several."""

    dim: Dim
    unflattened_size: Annotated[Ints, Field(description="Sizes of the new axes; -1 stands for what is left.")]

    examples = (
        example((2, 50, 5), dim=1, unflattened_size=[2, 5, 5]),
        example((2, 12, 3), dim=-2, unflattened_size=[3, -1]),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.split(call, "unflattened_size", self.unflattened_size, input)


class TorchUnflatten(Unflattening, Operation, type="unflatten"):
    """Splits one axis into several."""

    function = "torch.unflatten"

    dim: Dim
    sizes: Annotated[Ints, Field(description="Sizes of the new axes; -1 stands for what is left.")]

    examples = (example((3, 4, 1), dim=1, sizes=[2, 2]), example((5, 12, 3), dim=-2, sizes=[2, -1, 3, 1]))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.split(call, "sizes", self.sizes, input)


class Reshaping(Operation):
    """What ``view`` and ``reshape`` share."""

    family = "reshape"
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
        shape = self.target(call, input)
        view = viewed(input, shape)
        if view is not None:
            return view
        call.note(
            NotViewable(
                code="not-viewable",
                message=f"{{layer}}: view of {input} to {written(shape)} is impossible without a copy, since its "
                f"strides are {written(strides_of(input))}; reshape copies, and so does contiguous before the view",
                argument="shape",
                input=0,
                received=list(strides_of(input)),
            )
        )
        return input.reshaped(*shape)


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


class Contiguous(Operation, type="contiguous"):
    """Copies a tensor whose elements do not lie in memory in the order of its axes."""

    function = "torch.Tensor.contiguous"
    examples = (example((2, 3)), example(Tensor((2, 3), strides=(1, 2))))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return input if is_contiguous(input) else input.reshaped(*input.shape)
