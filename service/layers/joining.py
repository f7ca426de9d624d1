"""Tensors joined into one: cat and stack.

Source: https://docs.pytorch.org/docs/stable/generated/torch.cat.html
"""

from collections.abc import Collection
from functools import cache, reduce
from typing import Any, ClassVar, Final, NoReturn

from service.core.dtypes import promote
from service.core.faults import WrongInputs
from service.core.formulas import Formula
from service.core.layouts import joined
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Size, differ, is_known, is_unknown
from service.core.tensors import Tensor, Value, is_tuple
from service.core.views import reshaped, unsqueezed
from service.layers.arguments import Dim
from service.layers.base import example
from service.layers.call import Call
from service.layers.inputs import refuse_tuple
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation, as_operation

SHOWN_TERMS: Final = 16
"""A sum of more sizes is not written out."""


class Several(Operation):
    """Operations on several inputs, or on one that is a tuple."""

    family = "join"
    least: ClassVar[int] = 1
    """How many tensors there have to be, unless they come as a tuple."""
    takes_tuple: ClassVar[bool] = True
    """Whether they may come as one."""

    def forward(self, call: Call, *tensors: Value) -> Value:
        members = tensors[0] if self.takes_tuple and len(tensors) == 1 and is_tuple(tensors[0]) else tensors
        if len(members) < (self.least if members is tensors else min(self.least, 1)):
            self._refuse(call, "a single tensor arrives" if members else "none arrives")
        if any(map(is_unknown, members)):
            return self.declares(*members)
        parts = []
        for position, member in enumerate(members):
            if is_tuple(member):
                refuse_tuple(call, position, member)
            if not isinstance(member, Tensor):
                self._refuse(call, "one of what arrives is None")
            parts.append(member)
        return self.joined(call, *parts)

    def _refuse(self, call: Call, problem: str) -> NoReturn:
        call.reject(
            WrongInputs(
                code="missing-input",
                message=f"{{layer}} is a {self.type} and takes several tensors or one tuple of them; {problem}",
                expected="several tensors or a tuple of tensors",
                received=problem,
                names=("tensors",),
                required=self.least,
            )
        )

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        """The result for one tensor or more."""
        raise NotImplementedError


class Joining(Several):
    """Operations that make one tensor of several."""

    least = 2

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        _, keywords = super().called_with(named=named)
        return (inputs if len(inputs) == 1 else (inputs,)), keywords

    def in_row(self, call: Call, tensors: tuple[Tensor, ...], dim: int) -> Value:
        """The tensors behind each other along axis ``dim``."""
        dtype = reduce(promote, (tensor.dtype for tensor in tensors))
        for position, tensor in enumerate(tensors):
            call.require_axes(tensor, 1, "one of which grows", input=position)
        # Tensors of shape [0] were once the only empty ones; cat still passes over them whatever the others are.
        parts = [tensor for tensor in tensors if tensor.shape != (0,)]
        if not parts:
            return Tensor((0,), dtype)
        if len({part.rank for part in parts}) > 1 and any(part.shape == (UNKNOWN_SIZE,) for part in parts):
            return UNKNOWN
        first, *others = parts
        axis = call.require_dim("dim", dim, first.rank)
        shape = list(first.shape)
        for other in others:
            self._compare(call, first, other, axis)
            shape = [a if is_known(a) else b for a, b in zip(shape, other.shape, strict=True)]
        shape[axis] = _total(call, axis, [part.shape[axis] for part in parts])
        if axis <= 1 < first.rank:
            call.sees(PRESERVED)
        return joined(tuple(shape), dtype, *tensors)

    def _compare(self, call: Call, first: Tensor, other: Tensor, axis: int) -> None:
        if first.rank != other.rank:
            call.disagree(
                f"{{layer}} is a {self.type} of {first} and {other}, which have {first.rank} and {other.rank} axes",
                first,
                other,
            )
            raise Rejection
        for place, (a, b) in enumerate(zip(first.shape, other.shape, strict=True)):
            if place != axis and differ(a, b):
                call.disagree(
                    f"{{layer}} is a {self.type} along axis {axis} of {first} and {other}: every other axis has to "
                    f"be equal, but axis {place} holds {a} and {b}",
                    first,
                    other,
                    axis=place,
                )


class Cat(Joining, type="cat"):
    """Puts tensors behind each other along an axis they have."""

    function = "torch.cat"

    dim: Dim = 0

    examples = (
        example((1, 64, 32, 32), (1, 128, 32, 32), dim=1),
        example((2, 3), (2, 3), (1, 3)),
        example((Tensor((2, 3)), Tensor((2, 4))), dim=-1),
        example(Tensor((2, 3), "int64"), Tensor((2, 3), "float16"), dim=0),
        example((2, 3), (0,), dim=1),
        example(Tensor((2, 3, 4, 5), strides=(60, 1, 15, 3)), Tensor((2, 2, 4, 5), strides=(40, 1, 10, 2)), dim=1),
    )

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        return self.in_row(call, tensors, self.dim)


ALIASES: Final = (as_operation(Cat, "torch.concat"), as_operation(Cat, "torch.concatenate"))
"""Further names; a class that nobody refers to would be forgotten."""


def _total(call: Call, axis: int, sizes: list[Size]) -> Size:
    if len(sizes) > SHOWN_TERMS:
        return reduce(lambda total, size: total + size, sizes)
    return call.size(axis, _sum(len(sizes)), **{f"size_{index}": size for index, size in enumerate(sizes, 1)})


@cache
def _sum(terms: int) -> Formula:
    return Formula(" + ".join(f"size_{index}" for index in range(1, terms + 1)))


class Stack(Joining, type="stack"):
    """Puts tensors of one shape behind each other along a new axis."""

    function = "torch.stack"

    dim: Dim = 0

    examples = (
        example((2, 3), (2, 3), (2, 3)),
        example((2, 3), Tensor((2, 3), "float64"), dim=-1),
        example((Tensor(()), Tensor(()))),
        example(Tensor((2, 3, 4, 5), strides=(60, 1, 15, 3)), Tensor((2, 3, 4, 5), strides=(60, 1, 15, 3)), dim=1),
    )

    def joined(self, call: Call, *tensors: Tensor) -> Tensor:
        first = tensors[0]
        axis = call.require_dim("dim", self.dim, first.rank + 1)
        for other in tensors[1:]:
            if first.rank != other.rank or any(map(differ, first.shape, other.shape)):
                call.disagree(
                    f"{{layer}} is a stack of {first} and {other}; stacked tensors have one shape", first, other
                )
                raise Rejection
        dtype = reduce(promote, (tensor.dtype for tensor in tensors))
        shape = (*first.shape[:axis], len(tensors), *first.shape[axis:])
        if axis == first.rank:
            return joined(shape, dtype, *(unsqueezed(tensor, axis) for tensor in tensors))
        # PyTorch joins along the axis that is there and splits it afterwards.
        long = (*first.shape[:axis], len(tensors) * first.shape[axis], *first.shape[axis + 1 :])
        return reshaped(joined(long, dtype, *tensors), shape)
