"""Axes in another order, dropped or added: permute, transpose, movedim, squeeze, unsqueeze.

All of them are views: https://docs.pytorch.org/docs/stable/tensor_view.html
"""

from typing import Annotated, Any

from pydantic import Field

from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, is_known
from service.core.tensors import Tensor, Value, declared, strided, strides_of
from service.core.views import permuted, unsqueezed
from service.layers.arguments import Dim, Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation

Swapped = Annotated[Int, Field(description="One of the two axes; negative ones count from the last.")]


class Permute(Operation, type="permute"):
    """Puts the axes in another order."""

    keeps_entries = True
    function = "torch.Tensor.permute"
    behind_first = ("dims",)

    dims: Annotated[Int | Ints, Field(description="Every axis once, in the order wanted.")]

    examples = (
        example((2, 3, 4), dims=[2, 0, 1]),
        example((2, 3, 4, 5), dims=[0, -1, 1, 2]),
        example(Tensor((2, 3, 4), "int64", (1, 2, 6)), dims=[2, 1, 0]),
    )

    @property
    def order(self) -> tuple[int, ...]:
        """The axes wanted, which may be given as one number."""
        return self.dims if isinstance(self.dims, tuple) else (self.dims,)

    def declares(self, *inputs: Value) -> Value:
        return declared((UNKNOWN_SIZE,) * len(self.order), inputs)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, len(self.order), layout=f"as many as dims = {list(self.order)} names")
        return permuted(input, call.require_dims("dims", self.order, input.rank))


class Swapping(Operation):
    """What the names for an exchange of two axes share."""

    keeps_entries = True

    def swapped(self, call: Call, input: Tensor, **dims: int) -> Tensor:
        """``input`` with the two axes exchanged."""
        a, b = (call.require_dim(argument, dim, input.rank) for argument, dim in dims.items())
        if not input.rank:
            return input
        order = list(range(input.rank))
        order[a], order[b] = b, a
        return permuted(input, tuple(order))


class SwappingDims(Swapping):
    """An exchange under PyTorch's own names for the axes."""

    dim0: Swapped
    dim1: Swapped

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.swapped(call, input, dim0=self.dim0, dim1=self.dim1)


class Transpose(SwappingDims, type="transpose"):
    """Exchanges two axes."""

    function = "torch.transpose"
    examples = (
        example((2, 3, 4), dim0=0, dim1=2),
        example((2, 3, 4), dim0=-1, dim1=-2),
        example(Tensor((2, 3), strides=(1, 2)), dim0=0, dim1=1),
    )


class SwapDims(SwappingDims, type="swapdims"):
    """Exchanges two axes; transpose by another name."""

    function = "torch.swapdims"
    examples = (example((2, 3, 4), dim0=0, dim1=1),)


class SwapAxes(Swapping, type="swapaxes"):
    """Exchanges two axes; transpose under NumPy's name."""

    function = "torch.swapaxes"

    axis0: Swapped
    axis1: Swapped

    examples = (example((2, 3, 4), axis0=0, axis1=1),)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.swapped(call, input, axis0=self.axis0, axis1=self.axis1)


class T(Swapping, type="t"):
    """Transposes a matrix; a vector stays as it is."""

    function = "torch.t"
    examples = (example((3, 4)), example((3,)))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 0, 1, 2)
        return self.swapped(call, input, dim0=0, dim1=-1)


class MatrixTranspose(Swapping, type="mT"):
    """Exchanges the last two axes."""

    function = "torch.Tensor.mT"
    page = "tensors.html#torch.Tensor.mT"
    examples = (example((3, 4)), example((2, 3, 4)))

    @property
    def callee(self) -> str:
        return "torch.ops.aten.mT"  # What is written as an attribute is a function below.

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if not input.rank:
            return input
        call.require_axes(input, 2, "[…, rows, columns]")
        return self.swapped(call, input, dim0=-2, dim1=-1)


class Reversed(Operation, type="T"):
    """Reverses the order of the axes, which transposes a matrix."""

    keeps_entries = True
    function = "torch.Tensor.T"
    page = "tensors.html#torch.Tensor.T"
    examples = (example((3, 4)), example((3,)))

    @property
    def callee(self) -> str:
        return "torch.ops.aten.numpy_T"

    def forward(self, call: Call, input: Tensor) -> Tensor:  # noqa: ARG002
        return permuted(input, tuple(reversed(range(input.rank)))) if input.rank else input


class Moving(Operation):
    """What the names for a move of axes share."""

    keeps_entries = True
    family = "movedim"

    source: Annotated[Int | Ints, Field(description="One axis or a list of them: where they are.")]
    destination: Annotated[Int | Ints, Field(description="Where they go; a number or a list, as the source is.")]

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if _count(self.source) != _count(self.destination):
            call.refuse(
                "counts",
                f"{{layer}} is a {self.type} with source = {self.source} and destination = {self.destination}; "
                "both have to be numbers, or lists of one length",
                argument="destination",
                received=self.destination,
            )
            raise Rejection
        source = call.require_dims("source", self.source, input.rank)
        destination = call.require_dims("destination", self.destination, input.rank)
        if not input.rank:
            return input
        staying = iter(axis for axis in range(input.rank) if axis not in source)
        moved = dict(zip(destination, source, strict=True))
        return permuted(input, tuple(moved[place] if place in moved else next(staying) for place in range(input.rank)))


def _count(axes: Any) -> int | None:
    """How many axes a list names; none for a number, which PyTorch does not take for a list of one."""
    return len(axes) if isinstance(axes, tuple) else None


class MoveDim(Moving, type="movedim"):
    """Moves axes to other places; the rest keep their order."""

    function = "torch.movedim"
    examples = (
        example((2, 3, 4), source=1, destination=0),
        example((2, 3, 4, 5), source=[0, 1], destination=[-1, 0]),
        example(Tensor((2, 3, 4), strides=(1, 2, 6)), source=[2], destination=[0]),
    )


class MoveAxis(Moving, type="moveaxis"):
    """Moves axes to other places; movedim under NumPy's name."""

    function = "torch.moveaxis"
    examples = (example((2, 3, 4), source=-1, destination=1),)


class Squeeze(Operation, type="squeeze"):
    """Drops axes that hold a single entry."""

    keeps_entries = True
    function = "torch.squeeze"
    null_is_absent = True

    dim: Annotated[
        Int | Ints | None, Field(description="The axes that are dropped if they hold one entry; all if left out.")
    ] = None

    examples = (
        example((2, 1, 3, 1)),
        example((2, 1, 3), dim=1),
        example((2, 1, 1, 3), dim=[1, -1]),
        example(Tensor((3, 1, 2), "int64", (1, 1, 3)), dim=1),
    )

    def forward(self, call: Call, input: Tensor) -> Value:
        axes = tuple(range(input.rank)) if self.dim is None else call.require_dims("dim", self.dim, input.rank)
        if not input.rank:
            return input
        if not all(is_known(input.shape[axis]) for axis in axes):
            return UNKNOWN
        kept = [axis for axis in range(input.rank) if axis not in axes or input.shape[axis] != 1]
        strides = strides_of(input)
        return strided(tuple(input.shape[axis] for axis in kept), input.dtype, tuple(strides[axis] for axis in kept))


class Unsqueeze(Operation, type="unsqueeze"):
    """Adds an axis of one entry."""

    keeps_entries = True
    function = "torch.unsqueeze"

    dim: Dim

    examples = (example((2, 3), dim=0), example((2, 3), dim=-1), example(Tensor((2, 3), strides=(1, 2)), dim=1))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return unsqueezed(input, call.require_dim("dim", self.dim, input.rank + 1))
