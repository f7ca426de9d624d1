"""The entries of a tensor in other places or masked: flip, roll, rot90, tril and triu.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.roll.html and
https://docs.pytorch.org/docs/stable/generated/torch.tril.html
"""

from typing import Annotated

from pydantic import Field

from service.core.layouts import joined, preserved
from service.core.sizes import is_known
from service.core.tensors import Tensor
from service.core.views import permuted, sliced
from service.layers.arguments import Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation


class Flip(Operation, type="flip"):
    """Reverses the order of the entries along axes."""

    function = "torch.Tensor.flip"
    behind_first = ("dims",)

    dims: Annotated[Int | Ints, Field(description="The axes that are reversed.")]

    examples = (
        example((2, 3, 4), dims=[0, -1]),
        example((3, 4), dims=1),
        example(Tensor((2, 3), "int64", (1, 2)), dims=[0]),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_dims("dims", self.dims, input.rank)
        return preserved(input)


class FlipLR(Operation, type="fliplr"):
    """Reverses the order of the columns."""

    function = "torch.fliplr"
    examples = (example((2, 3, 4)),)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 2, "[rows, columns, …]")
        return preserved(input)


class FlipUD(Operation, type="flipud"):
    """Reverses the order of the rows."""

    function = "torch.flipud"
    examples = (example((2, 3, 4)), example((3,)))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 1, "[rows, …]")
        return preserved(input)


class Rot90(Operation, type="rot90"):
    """Turns a plane of two axes by quarters of a circle."""

    function = "torch.rot90"
    family = "rot90"

    k: Annotated[Int, Field(description="How many quarters; negative ones turn the other way.")] = 1
    dims: Annotated[Ints, Field(description="The two axes, turned from the first towards the second.")] = (0, 1)

    examples = (example((3, 4)), example((2, 3, 4), k=2, dims=[1, 2]), example((2, 3, 4, 5), k=-1, dims=[-1, -2]))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 2, "two of which are turned")
        if not call.expect_count("dims", self.dims, 2):
            raise Rejection
        a, b = call.require_dims("dims", self.dims, input.rank)
        if self.k % 2 == 0:
            return preserved(input) if self.k % 4 else input.reshaped(*input.shape)
        order = list(range(input.rank))
        order[a], order[b] = b, a
        return permuted(preserved(input), tuple(order))


class Roll(Operation, type="roll"):
    """Shifts entries along axes; those pushed over the end come back at the start."""

    function = "torch.roll"
    null_is_absent = True
    family = "roll"

    shifts: Annotated[Int | Ints, Field(description="How far the entries move; a number for every axis of dims.")]
    dims: Annotated[
        Int | Ints | None, Field(description="The axes; if left out, the tensor is rolled as if it were flat.")
    ] = None

    examples = (
        example((4, 2), shifts=1),
        example((4, 2), shifts=1, dims=0),
        example((1, 8, 8, 3), shifts=[-2, -2], dims=[1, 2]),
        example(Tensor((2, 3, 4, 5), strides=(60, 1, 15, 3)), shifts=[1, -1], dims=[2, 3]),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        shifts = self.shifts if isinstance(self.shifts, tuple) else (self.shifts,)
        dims = () if self.dims is None else self.dims if isinstance(self.dims, tuple) else (self.dims,)
        if len(shifts) == 1 and not dims:
            return input.reshaped(*input.shape)
        if not shifts or len(shifts) != len(dims):
            call.refuse(
                "counts",
                f"{{layer}} is a roll with shifts = {list(shifts)} and dims = {list(dims)}; "
                "every axis needs a shift of its own",
                argument="shifts",
                expected=f"{len(dims)} numbers",
                received=self.shifts,
            )
            raise Rejection
        result = input
        for shift, dim in zip(shifts, dims, strict=True):
            result = rolled(call, result, shift, dim)
        return result


def rolled(call: Call, input: Tensor, shift: int, dim: int) -> Tensor:
    """PyTorch puts the two ends together the other way round, and so the layout is that of ``cat``."""
    if input.elements == 0:
        return preserved(input)
    call.require_axes(input, 1, "one of which is rolled")
    axis = call.require_dim("dims", dim, input.rank)
    size = input.shape[axis]
    if not is_known(size):
        return input.reshaped(*input.shape)
    start = (size - shift) % size
    return joined(input.shape, input.dtype, sliced(input, axis, size - start), sliced(input, axis, start))


class Triangular(Operation):
    """What ``tril`` and ``triu`` share."""

    diagonal: Annotated[Int, Field(description="The last diagonal kept, counted from the main one.")] = 0

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 2, "[…, rows, columns]")
        call.sees(PRESERVED)
        return input.reshaped(*input.shape)


class Tril(Triangular, type="tril"):
    """Keeps the lower triangle of matrices and zeroes the rest."""

    function = "torch.tril"
    examples = (example((3, 3)), example((2, 4, 5), diagonal=-1))


class Triu(Triangular, type="triu"):
    """Keeps the upper triangle of matrices and zeroes the rest."""

    function = "torch.triu"
    examples = (example((3, 3)), example((2, 4, 5), diagonal=1))
