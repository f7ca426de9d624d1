"""Tensors side by side, whatever axes they have: hstack, vstack, dstack, column_stack and atleast_1d to 3d.

Source: https://docs.pytorch.org/docs/stable/generated/torch.hstack.html and its neighbours.
"""

from typing import ClassVar, Final

from service.core.sizes import UNKNOWN
from service.core.tensors import NOTHING, Tensor, Value, is_tuple
from service.core.views import at_least, reshaped
from service.layers.base import example
from service.layers.call import Call
from service.layers.inputs import refuse_nothing, refuse_tuple
from service.layers.joining import Joining
from service.layers.operation import Operation, as_operation

SIDE_BY_SIDE: Final = (
    example((2, 3), (2, 3)),
    example((3,), (3,)),
    example((Tensor((2, 3, 4)), Tensor((2, 3, 4), "int64"))),
)


class HStack(Joining, type="hstack"):
    """Puts tensors side by side, along their columns."""

    function = "torch.hstack"
    examples = SIDE_BY_SIDE

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        parts = tuple(at_least(1, tensor) for tensor in tensors)
        return self.in_row(call, parts, 0 if parts[0].rank == 1 else 1)


class VStack(Joining, type="vstack"):
    """Puts tensors on top of each other, along their rows."""

    function = "torch.vstack"
    examples = SIDE_BY_SIDE

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        return self.in_row(call, tuple(at_least(2, tensor) for tensor in tensors), 0)


ALIASES: Final = (as_operation(VStack, "torch.row_stack"),)
"""Further names; a class that nobody refers to would be forgotten."""


class DStack(Joining, type="dstack"):
    """Puts tensors behind each other along their third axis."""

    function = "torch.dstack"
    examples = SIDE_BY_SIDE

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        return self.in_row(call, tuple(at_least(3, tensor) for tensor in tensors), 2)


class ColumnStack(Joining, type="column_stack"):
    """Puts tensors side by side, vectors as columns."""

    function = "torch.column_stack"
    examples = (example((3,), (3, 2)), *SIDE_BY_SIDE)

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        columns = (tensor if tensor.rank > 1 else reshaped(tensor, (tensor.elements, 1)) for tensor in tensors)
        return self.in_row(call, tuple(columns), 1)


class AtLeast(Operation):
    """What the ways to give tensors as many axes as they need share."""

    ranks: ClassVar[int]

    def forward(self, call: Call, *tensors: Value) -> Value:
        if len(tensors) == 1 and not is_tuple(tensors[0]):
            return self.made(call, 0, tensors[0])
        members = tensors[0] if len(tensors) == 1 and is_tuple(tensors[0]) else tensors
        return tuple(self.made(call, position, member) for position, member in enumerate(members))

    def made(self, call: Call, position: int, member: Value) -> Value:
        """One of them with axes enough."""
        if is_tuple(member):
            refuse_tuple(call, position, member)
        if member is NOTHING:
            refuse_nothing(call, position)
        return at_least(self.ranks, member) if isinstance(member, Tensor) else UNKNOWN


class AtLeast1d(AtLeast, type="atleast_1d"):
    """Turns a number into a vector; what has axes stays as it is."""

    function = "torch.atleast_1d"
    ranks = 1
    examples = (example(()), example((2, 3)), example((Tensor(()), Tensor((2,)))))


class AtLeast2d(AtLeast, type="atleast_2d"):
    """Turns numbers and vectors into matrices; what has axes enough stays as it is."""

    function = "torch.atleast_2d"
    ranks = 2
    examples = (example(()), example((3,)), example((2, 3, 4)))


class AtLeast3d(AtLeast, type="atleast_3d"):
    """Adds axes of one entry until there are three; what has axes enough stays as it is."""

    function = "torch.atleast_3d"
    ranks = 3
    examples = (example(()), example((3,)), example((2, 3)), example((2, 3, 4, 5)))
