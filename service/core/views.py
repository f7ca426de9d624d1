"""Views: tensors that share another's memory, with a shape and strides of their own.

Source: https://docs.pytorch.org/docs/stable/tensor_view.html
"""

from service.core.layouts import viewed_strides
from service.core.sizes import Shape, Size
from service.core.tensors import Tensor, strided, strides_of


def viewed(tensor: Tensor, shape: Shape) -> Tensor | None:
    """A view to ``shape``, of as many elements; none if the memory is not laid out for it."""
    if tensor.strides is None:
        return Tensor(shape, tensor.dtype)
    strides = viewed_strides(tensor, shape)
    return None if strides is None else strided(shape, tensor.dtype, strides)


def reshaped(tensor: Tensor, shape: Shape) -> Tensor:
    """A view to ``shape`` where there is one, a contiguous copy otherwise."""
    return viewed(tensor, shape) or Tensor(shape, tensor.dtype)


def permuted(tensor: Tensor, order: tuple[int, ...]) -> Tensor:
    """Its axes in this order."""
    strides = strides_of(tensor)
    return strided(tuple(tensor.shape[axis] for axis in order), tensor.dtype, tuple(strides[axis] for axis in order))


def sliced(tensor: Tensor, axis: int, size: Size, step: int = 1) -> Tensor:
    """``size`` entries along an axis, every ``step``-th of those it has."""
    strides = strides_of(tensor)
    return strided(
        (*tensor.shape[:axis], size, *tensor.shape[axis + 1 :]),
        tensor.dtype,
        (*strides[:axis], strides[axis] * step, *strides[axis + 1 :]),
    )


def selected(tensor: Tensor, axis: int) -> Tensor:
    """One entry along an axis, which is gone then."""
    strides = strides_of(tensor)
    return strided(tensor.shape[:axis] + tensor.shape[axis + 1 :], tensor.dtype, strides[:axis] + strides[axis + 1 :])


def unsqueezed(tensor: Tensor, axis: int) -> Tensor:
    """With an axis of one entry before ``axis``."""
    strides = strides_of(tensor)
    step = strides[axis] * tensor.shape[axis] if axis < tensor.rank else 1
    return strided(
        (*tensor.shape[:axis], 1, *tensor.shape[axis:]), tensor.dtype, (*strides[:axis], step, *strides[axis:])
    )


def expanded(tensor: Tensor, shape: Shape) -> Tensor:
    """Broadcast to ``shape``, without a copy: what is repeated is not stepped over."""
    new = len(shape) - tensor.rank
    strides = tuple(
        0 if size == 1 != target else stride
        for size, target, stride in zip(tensor.shape, shape[new:], strides_of(tensor), strict=True)
    )
    for axis in reversed(range(new)):
        step = shape[axis + 1] * strides[0] if shape[axis] == 1 and strides else 0
        strides = (step, *strides)
    return strided(shape, tensor.dtype, strides)


def at_least(rank: int, tensor: Tensor) -> Tensor:
    """With axes of one entry in front, and a third one behind, until there are ``rank``."""
    while tensor.rank < rank:
        tensor = unsqueezed(tensor, 2 if tensor.rank == 2 else 0)
    return tensor
