"""Axes made one, and one axis made several: Flatten, Unflatten and their functions.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.flatten.html and
https://docs.pytorch.org/docs/stable/generated/torch.unflatten.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.formulas import Formula
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Shape
from service.core.tensors import Tensor, Value, declared, is_contiguous
from service.core.views import reshaped
from service.layers.arguments import Dim, Int, Ints
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation
from service.layers.reshape import resolved

MERGED: Final = Formula("sizes…")

StartDim = Annotated[Int, Field(description="The first of the axes that become one.")]
EndDim = Annotated[Int, Field(description="The last of them.")]


class Flattening(Layer):
    """What the layer and the operation share."""

    keeps_entries = True
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

    keeps_entries = True
    function = "torch.ravel"
    examples = (example((2, 3, 4)),)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        size = call.size(0, MERGED, sizes=input.shape)
        return reshaped(input if is_contiguous(input) else input.reshaped(*input.shape), (size,))


class Unflattening(Layer):
    """What the layer and the operation share."""

    keeps_entries = True
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

    def declared(self, sizes: Shape, *inputs: Value) -> Value:
        """What is returned going by the sizes alone."""
        given = inputs[0] if inputs else UNKNOWN
        if not isinstance(given, Tensor) or not -given.rank <= self.dim < given.rank:
            return UNKNOWN
        axis = self.dim % given.rank
        into = [UNKNOWN_SIZE if size < 0 else size for size in sizes]
        return Tensor((*given.shape[:axis], *into, *given.shape[axis + 1 :]), given.dtype)


class Unflatten(Unflattening):
    """Splits one axis into several."""

    dim: Dim
    unflattened_size: Annotated[Ints, Field(description="Sizes of the new axes; -1 stands for what is left.")]

    examples = (
        example((2, 50, 5), dim=1, unflattened_size=[2, 5, 5]),
        example((2, 12, 3), dim=-2, unflattened_size=[3, -1]),
    )

    def declares(self, *inputs: Value) -> Value:
        return self.declared(self.unflattened_size, *inputs)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.split(call, "unflattened_size", self.unflattened_size, input)


class TorchUnflatten(Unflattening, Operation, type="unflatten"):
    """Splits one axis into several."""

    function = "torch.unflatten"

    dim: Dim
    sizes: Annotated[Ints, Field(description="Sizes of the new axes; -1 stands for what is left.")]

    examples = (example((3, 4, 1), dim=1, sizes=[2, 2]), example((5, 12, 3), dim=-2, sizes=[2, -1, 3, 1]))

    def declares(self, *inputs: Value) -> Value:
        return self.declared(self.sizes, *inputs)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.split(call, "sizes", self.sizes, input)
