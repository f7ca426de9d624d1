"""Broadcasting: how shapes and element types that differ meet.

Sources: https://docs.pytorch.org/docs/stable/notes/broadcasting.html and
https://docs.pytorch.org/docs/stable/generated/torch.result_type.html
"""

from functools import reduce

from service.core.dtypes import COMPLEX, FLOATING, DType, category, promote, with_number
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, differ, is_known
from service.core.tensors import Tensor


def broadcast(*shapes: Shape) -> Shape | None:
    """The shape they broadcast to, as ``torch.broadcast_shapes``; none if they don't."""
    rank = max(map(len, shapes), default=0)
    result: Shape = (1,) * rank
    for shape in shapes:
        padded = (1,) * (rank - len(shape)) + shape
        if any(a != 1 and b != 1 and differ(a, b) for a, b in zip(result, padded, strict=True)):
            return None
        result = tuple(map(_met, result, padded))
    return result


def clashing_axis(*shapes: Shape) -> int | None:
    """The last axis of the result along which the shapes do not broadcast; none if they do."""
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        sizes = {shape[-axis] for shape in shapes if len(shape) >= axis and is_known(shape[-axis])} - {1}
        if len(sizes) > 1:
            return max(map(len, shapes)) - axis
    return None


def likely_shape(*shapes: Shape) -> Shape:
    """The shape they broadcast to as far as they do; sizes on which they disagree are unknown."""
    rank = max(map(len, shapes), default=0)
    columns = zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True)
    return tuple(
        reduce(_met, column) if broadcast(*((size,) for size in column)) else UNKNOWN_SIZE for column in columns
    )


def expands_to(shape: Shape, target: Shape) -> bool:
    """Whether a tensor of ``shape`` can be expanded to ``target``, as far as known."""
    return len(shape) <= len(target) and not any(
        size != 1 and differ(size, wanted) for size, wanted in zip(reversed(shape), reversed(target), strict=False)
    )


def result_type(*tensors: Tensor) -> DType:
    """The element type of an elementwise result: a tensor without axes counts by its category only."""
    with_axes = [tensor.dtype for tensor in tensors if tensor.rank]
    without = [tensor.dtype for tensor in tensors if not tensor.rank]
    if not with_axes or not without:
        return reduce(promote, with_axes or without)
    high, low = reduce(promote, with_axes), reduce(promote, without)
    if category(high) >= category(low):
        return high
    if low in COMPLEX and high in FLOATING:
        return with_number(high, 1j)
    return promote(high, low)


def _met(a: Size, b: Size) -> Size:
    if a == 1:
        return b
    return a if b == 1 or is_known(a) else b
