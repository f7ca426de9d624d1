"""What padding does to a tensor, for the layers and the operation that pad and for convolutions that pad first.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html and of
``aten/src/ATen/native/PadNd.cpp``, ``ReflectionPad.cpp`` and ``ReplicationPadding.cpp``.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from service.core.dtypes import NUMERIC, holds
from service.core.faults import many
from service.core.formulas import Formula
from service.core.layouts import like, preserved
from service.core.sizes import Shape, Size, above, below, is_known, product, written
from service.core.tensors import Tensor
from service.layers.call import Call
from service.layers.notebook import Rejection, Window

MODES: Final = ("constant", "reflect", "replicate", "circular")
PADDED: Final = Formula("input + padding_left + padding_right")


class Side(NamedTuple):
    """What is added before and behind one axis."""

    axis: int
    size: Size
    left: int
    right: int

    @property
    def kept(self) -> Size:
        """What negative padding leaves of the axis."""
        return self.size + min(self.left, 0) + min(self.right, 0)

    @property
    def padded(self) -> Size:
        """The size of the result."""
        return self.size + self.left + self.right

    def __str__(self) -> str:
        return f"{self.size} + {self.left} + {self.right} = {self.padded}"


def padded(call: Call, input: Tensor, padding: tuple[int, ...], mode: str, argument: str = "padding") -> Tensor:
    """``torch.nn.functional.pad``: the result, where PyTorch does not refuse."""
    axes = len(padding) // 2
    check_count(call, padding, mode, argument)
    call.require_rank(input, *((axes + 1, axes + 2) if mode != "constant" else range(axes, max(axes, input.rank) + 1)))
    sides = tuple(sides_of(input, padding))
    fitting = [_FITS[mode](call, input, side, argument) for side in sides]
    if not all(fitting):
        raise Rejection
    shape = (*input.shape[: input.rank - axes], *(side.padded for side in reversed(sides)))
    if mode in ("reflect", "replicate"):
        _check_borders(call, input, shape, sides, argument)
    if mode == "circular":
        _check_overlaps(call, input, shape, sides, argument)
    if mode == "constant" and max(padding, default=0) <= 0:
        return preserved(Tensor(shape, input.dtype, input.strides))
    return input.reshaped(*shape) if mode == "circular" else like(input, shape)


def check_count(call: Call, padding: tuple[int, ...], mode: str, argument: str) -> None:
    """Two numbers an axis, and but for constants one, two or three axes."""
    if len(padding) % 2 or (mode != "constant" and len(padding) not in (2, 4, 6)):
        call.refuse(
            "count",
            f"{{layer}} is a {call.type} with {many(len(padding), 'numbers')} as {argument}; it takes "
            f"{'two for every axis that is padded' if mode == 'constant' else '2, 4 or 6'}",
            argument=argument, received=list(padding), counts=(2, 4, 6),
        )  # fmt: skip
        raise Rejection


def sides_of(input: Tensor, padding: tuple[int, ...]) -> Iterator[Side]:
    """The padded axes, the last one first."""
    for index in range(len(padding) // 2):
        axis = input.rank - 1 - index
        yield Side(axis, input.shape[axis], padding[2 * index], padding[2 * index + 1])


def _check_borders(call: Call, input: Tensor, shape: Shape, sides: tuple[Side, ...], argument: str) -> None:
    """What copying from the border asks for besides."""
    first = 1 if input.rank == len(sides) + 2 else 0
    call.expect_dtype(input, NUMERIC)
    for axis in range(first, input.rank):
        call.expect_fitting(input, axis, 1, f"there is nothing to copy along axis {axis} of {input}")
    spatial = shape[-len(sides) :]
    if all(is_known(size) and size < 1 for size in spatial):
        call.expect_fitting(
            input, sides[0].axis, sides[0].size - sides[0].padded + 1,
            f"nothing is left of {input}: with {argument} it becomes {written(shape)}", argument,
        )  # fmt: skip


def _check_overlaps(call: Call, input: Tensor, shape: Shape, sides: tuple[Side, ...], argument: str) -> None:
    """A border longer than what is left is copied onto itself, which PyTorch sees where it is one stretch of memory."""
    for side in sides:
        most = max(side.left, side.right)
        if product(shape) != 0 and product(shape[: side.axis]) == 1 and above(side.kept, 0) and below(side.kept, most):
            call.expect_fitting(
                input, side.axis, side.size - side.kept + most,
                f"padding by {most} would wrap more than once around the {side.kept} entries that are left of axis "
                f"{side.axis} of {input}", argument,
            )  # fmt: skip


def _constant_fits(call: Call, input: Tensor, side: Side, argument: str) -> bool:
    return call.expect_fitting(
        input, side.axis, side.size - side.kept,
        f"{argument} takes {side.size - side.kept} entries from axis {side.axis} of {input}, which has {side.size}",
        argument,
    )  # fmt: skip


def _replicate_fits(call: Call, input: Tensor, side: Side, argument: str) -> bool:
    return call.expect_fitting(
        input, side.axis, -side.left - side.right,
        f"axis {side.axis} of {input} would have a negative size: {side}", argument,
    )  # fmt: skip


def _reflect_fits(call: Call, input: Tensor, side: Side, argument: str) -> bool:
    most = max(side.left, side.right)
    return _replicate_fits(call, input, side, argument) and call.expect_fitting(
        input, side.axis, most + 1,
        f"a reflection by {most} needs {most + 1} entries along axis {side.axis} of {input}, which has {side.size}",
        argument,
    )  # fmt: skip


def _circular_fits(call: Call, input: Tensor, side: Side, argument: str) -> bool:
    most = max(side.left, side.right)
    fits = _replicate_fits(call, input, side, argument) and call.expect_fitting(
        input, side.axis, most,
        f"padding by {most} would wrap more than once around axis {side.axis} of {input}, which has {side.size}",
        argument,
    )  # fmt: skip
    if fits and is_known(side.size) and not _wraps(side):
        call.refuse(
            "crop",
            f"{{layer}}: {argument} takes away more of axis {side.axis} of {input} than it has: {side.size}",
            argument=argument, received=[side.left, side.right],
        )  # fmt: skip
        return False
    return fits


def _wraps(side: Side) -> bool:
    """Whether the slices that PyTorch copies for a circular padding fit each other, also where they are absurd."""
    _, size, left, right = side
    source, target = range(size), range(side.padded)
    before, behind = max(left, 0), max(right, 0)
    copies = [(target[before : side.padded - behind], source[max(-left, 0) : size - max(-right, 0)])]
    if left > 0:
        copies.append((target[:left], target[side.padded - left - behind : side.padded - behind]))
    if right > 0:
        copies.append((target[side.padded - right :], target[before : before + right]))
    return all(len(copied) in (1, len(place)) for place, copied in copies)


_FITS: Final = {
    "constant": _constant_fits, "reflect": _reflect_fits, "replicate": _replicate_fits, "circular": _circular_fits,
}  # fmt: skip


def note_sizes(call: Call, input: Tensor, padding: tuple[int, ...]) -> None:
    """Says where the sizes come from, and that an output sees one entry."""
    sides = tuple(sides_of(input, padding))[::-1]
    for axis, size, left, right in sides:
        call.size(axis, PADDED, input=size, padding_left=left, padding_right=right)
    call.sees(tuple(Window(1, 1, side.left) for side in sides))


def check_value(call: Call, input: Tensor, padding: tuple[int, ...], value: float) -> None:
    """A constant that is written somewhere can be held by the input's element type."""
    if max(padding, default=0) > 0 and not holds(input.dtype, float(value)):
        call.refuse(
            "value", f"{{layer}} is a {call.type} with value = {value}, which {input.dtype} cannot hold",
            argument="value", received=str(value),
        )  # fmt: skip
