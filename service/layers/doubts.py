"""What is not to be relied on behind a refused layer, so that one mistake does not raise a cascade of faults.

A refused layer goes on from what it declares. Where the very fault makes that doubtful – it may be the argument that
is wrong, or what arrives – the sizes in doubt are unknown, and nothing downstream is held against them.
"""

from collections.abc import Sequence
from typing import Final

from service.core import faults
from service.core.dtypes import INTEGRAL
from service.core.faults import Fault
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Size, below, is_known
from service.core.tensors import Tensor, Value, is_tuple
from service.layers.notebook import Working

IN_AND_OUT: Final = frozenset(
    {"num_features", "num_channels", "num_parameters", "normalized_shape", "embed_dim", "d_model"}
)
"""Arguments that declare what arrives and what is returned alike."""


def likely_inputs(inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """The inputs with the first tensor in the place of a tuple, which is probably what was meant."""
    return tuple(_first(value) if is_tuple(value) else value for value in inputs)


def undoubted(output: Value, found: Sequence[Fault], sizes: Sequence[Working], arriving: Value) -> Value:
    """What a layer with these faults returns, as far as they leave it certain; ``arriving`` is its first input."""
    if is_tuple(output):
        return tuple(undoubted(part, () if place else found, sizes, arriving) for place, part in enumerate(output))
    if _embedding_missing(found):
        return UNKNOWN
    for fault in found:
        if isinstance(output, Tensor):
            output = _without(output, fault, sizes, arriving)
    if isinstance(output, Tensor) and any(below(size, 0) for size in output.shape):
        return _open(output, *(axis for axis, size in enumerate(output.shape) if below(size, 0)))
    return output


def _without(output: Tensor, fault: Fault, sizes: Sequence[Working], arriving: Value) -> Value:
    match fault:
        case faults.SizeMismatch(argument=argument, axis=axis, tensor=tensor, expected=expected) if (
            argument in IN_AND_OUT and output.rank == tensor.rank
        ):
            if isinstance(expected, list):
                return _with(output, {-place: size for place, size in enumerate(reversed(expected), 1)})
            return _with(output, {axis: expected})
        case faults.SizeMismatch(argument="in_channels", axis=0, tensor=tensor, expected=expected):
            # Taken for a single image, though it is a batch of something with fewer axes.
            meant = tensor.rank > 2 and tensor.shape[1] == expected
            return Tensor((UNKNOWN_SIZE, output.shape[0], *(UNKNOWN_SIZE,) * (tensor.rank - 2))) if meant else output
        case faults.Indivisible(dividend_argument=argument, dividend=size) if argument in IN_AND_OUT | {"out_channels"}:
            # That as much arrives speaks for the number, and against what does not divide it.
            confirmed = (
                arriving.shape if isinstance(arriving, Tensor) and arriving.rank == output.rank else output.shape
            )
            return _open(output, *(axis for axis, other in enumerate(output.shape) if other == size != confirmed[axis]))
        case faults.ShapesDisagree(shapes=shapes, axis=axis):
            if len({len(shape) for shape in shapes}) > 1:
                return UNKNOWN
            return output if axis is None else _open(output, axis)
        case faults.BadValue():
            return _open(output, *(size.axis for size in sizes if size.axis is not None))
        case faults.WrongRank(tensor=tensor, ranks=ranks) if tensor.rank != output.rank:
            return UNKNOWN if tensor.rank > max(ranks) or not any(map(is_known, output.shape)) else output
    return output


def _open(output: Tensor, *axes: int) -> Tensor:
    """The tensor with the sizes of some axes unknown."""
    return _with(output, dict.fromkeys(axes, UNKNOWN_SIZE))


def _with(output: Tensor, sizes: dict[int, Size]) -> Tensor:
    """The tensor with other sizes along some axes, so that it is not known how it lies in memory."""
    shape = list(output.shape)
    for axis, size in sizes.items():
        if -len(shape) <= axis < len(shape):
            shape[axis] = size
    strides = None if output.strides is None else (UNKNOWN_SIZE,) * len(shape)
    return Tensor(tuple(shape), output.dtype, strides)


def _embedding_missing(found: Sequence[Fault]) -> bool:
    """Integers that do not even have the size declared: an axis of features was to be made of them."""
    kinds = {type(fault) for fault in found}
    integers = any(isinstance(fault, faults.WrongDType) and fault.tensor.dtype in INTEGRAL for fault in found)
    return integers and faults.SizeMismatch in kinds


def _first(value: Value) -> Value:
    while is_tuple(value) and value:
        value = value[0]
    return value
