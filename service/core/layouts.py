"""How PyTorch lays a result out in memory, which decides what a later ``view`` accepts.

The rules are those of TensorIterator (``aten/src/ATen/TensorIterator.cpp``), which computes elementwise
operations, and of ``torch.preserve_format`` and ``torch.channels_last``:
https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch-memory-format
"""

from typing import Final

from service.core.dtypes import DType
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, above, is_known
from service.core.tensors import Tensor, contiguous_strides, is_contiguous, strided, strides_of

CHANNELS_LAST: Final = {3: (1, 2, 0), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}
"""The axes from the slowest to the fastest, by rank; of rank 3 an image without a batch axis."""


NUMBER: Final = Tensor(())
"""An operand that is a Python number: PyTorch makes a tensor without axes of it."""


def laid_out(shape: Shape, dtype: DType, order: tuple[int, ...]) -> Tensor:
    """A dense tensor whose axes run in ``order`` through memory, the slowest first."""
    steps = contiguous_strides(tuple(shape[axis] for axis in order))
    by_axis = dict(zip(order, steps, strict=True))
    return strided(shape, dtype, tuple(by_axis[axis] for axis in range(len(shape))))


def elementwise_layout(shape: Shape, dtype: DType, *operands: Tensor) -> Tensor:
    """What an elementwise operation returns for ``operands`` that broadcast to ``shape``.

    Where all operands have its shape PyTorch asks first whether they are contiguous, and goes by their strides
    otherwise: that makes a difference for those that are ``channels_last`` as well, for want of more than one channel.
    """
    if all(operand.strides is None for operand in operands):
        return Tensor(shape, dtype)
    first = operands[0]
    if all(operand.shape == shape for operand in operands):
        if all(map(is_contiguous, operands)):
            return Tensor(shape, dtype)
        if len(shape) == 4 and all(runs(operand, CHANNELS_LAST[4]) for operand in operands):
            return laid_out(shape, dtype, CHANNELS_LAST[4])
        if all(operand.strides == first.strides for operand in operands) and is_dense(first):
            return Tensor(shape, dtype, first.strides)
    steps = [_broadcast_strides(operand, shape) for operand in operands]
    if not all(is_known(step) for strides in steps for step in strides):
        return Tensor(shape, dtype, (UNKNOWN_SIZE,) * len(shape))
    return laid_out(shape, dtype, _iteration_order(shape, steps))


def preserved(tensor: Tensor, dtype: DType | None = None) -> Tensor:
    """A new tensor laid out as ``torch.empty_like`` and ``clone`` lay it out."""
    if is_dense(tensor):
        return tensor._replace(dtype=dtype or tensor.dtype)
    return elementwise_layout(tensor.shape, dtype or tensor.dtype, tensor)


def copied(tensor: Tensor) -> Tensor:
    """A copy to be written into, which keeps gaps between elements, but not elements that share memory."""
    return preserved(tensor) if has_repeated(tensor) else tensor


def has_repeated(tensor: Tensor) -> bool:
    """Whether several elements share memory, as those of an expanded tensor do."""
    return tensor.strides is not None and any(
        stride == 0 and size != 1 for size, stride in zip(tensor.shape, tensor.strides, strict=True)
    )


def converted(tensor: Tensor, dtype: DType) -> Tensor:
    """``tensor.to(dtype)``: the tensor itself if it is of that type, and a new one otherwise."""
    return tensor if tensor.dtype == dtype else preserved(tensor, dtype)


def is_dense(tensor: Tensor) -> bool:
    """Whether its elements fill a stretch of memory without gaps or overlaps, in any order of the axes."""
    if tensor.strides is None:
        return True
    if not all(map(is_known, (*tensor.shape, *tensor.strides))):
        return False
    steps = sorted((stride, size) for size, stride in zip(tensor.shape, tensor.strides, strict=True) if size != 1)
    reached = [stride * size for stride, size in steps]
    return not steps or (steps[0][0] == 1 and all(a == b[0] for a, b in zip(reached, steps[1:], strict=False)))


def in_channels_last(tensor: Tensor) -> bool:
    """Whether PyTorch takes its memory format, read off its strides, for ``channels_last``."""
    if tensor.strides is None or tensor.rank not in (4, 5) or 0 in tensor.shape or tensor.strides[1] == 0:
        return False
    if is_open(tensor):
        return False
    reached: Size = 0
    for axis in (1, *range(tensor.rank - 1, 1, -1), 0):
        step = tensor.strides[axis]
        if step < reached or (axis == 0 and reached == tensor.strides[1]):
            return False
        reached = step * tensor.shape[axis]
    return True


def is_open(tensor: Tensor) -> bool:
    """Whether its memory format cannot be told for want of known sizes."""
    return tensor.strides is not None and not all(map(is_known, (*tensor.shape, *tensor.strides)))


def runs(tensor: Tensor, order: tuple[int, ...]) -> bool:
    """Whether its axes run in ``order`` through memory without gaps, the slowest first; those of one entry anywhere."""
    strides = strides_of(tensor)
    return is_contiguous(Tensor(tuple(tensor.shape[a] for a in order), tensor.dtype, tuple(strides[a] for a in order)))


def like(tensor: Tensor, shape: Shape, dtype: DType | None = None) -> Tensor:
    """A new tensor in the memory format of ``tensor``: ``channels_last`` or contiguous."""
    dtype = dtype or tensor.dtype
    if tensor.rank in (4, 5) and is_open(tensor):
        return Tensor(shape, dtype, (UNKNOWN_SIZE,) * len(shape))
    return laid_out(shape, dtype, CHANNELS_LAST[tensor.rank]) if in_channels_last(tensor) else Tensor(shape, dtype)


def as_image(sequence: Tensor) -> Tensor:
    """A batch of sequences as the images of height 1 that PyTorch makes of them; of another rank as it is."""
    if sequence.rank != 3:
        return sequence
    (batch, channels, length), (*outer, step) = sequence.shape, strides_of(sequence)
    return strided((batch, channels, 1, length), sequence.dtype, (*outer, length * step, step))


def like_an_image(sequence: Tensor, shape: Shape, dtype: DType | None = None) -> Tensor:
    """A new sequence in the memory format of the images as which PyTorch treats ``sequence``."""
    if sequence.strides is None or sequence.rank != 3:
        return Tensor(shape, dtype or sequence.dtype)
    result = like(as_image(sequence), (*shape[:2], 1, shape[2]), dtype)
    return Tensor(shape, result.dtype, result.strides and (*result.strides[:2], result.strides[3]))


def _broadcast_strides(operand: Tensor, shape: Shape) -> Shape:
    """Its strides beside ``shape``: zero along every axis it is broadcast over."""
    own = tuple(
        0 if size == 1 and target != 1 else stride
        for size, stride, target in zip(
            operand.shape, strides_of(operand), shape[len(shape) - operand.rank :], strict=True
        )
    )
    return (0,) * (len(shape) - operand.rank) + own


def _iteration_order(shape: Shape, steps: list[Shape]) -> tuple[int, ...]:
    """The axes from the slowest to the fastest: an insertion sort in which some comparisons decide nothing."""
    order = list(reversed(range(len(shape))))
    for start in range(1, len(order)):
        moving = start
        for position in range(start - 1, -1, -1):
            comparison = _compared(order[position], order[moving], shape, steps)
            if comparison > 0:
                order[position], order[moving] = order[moving], order[position]
                moving = position
            elif comparison < 0:
                break
    return tuple(reversed(order))


def _compared(a: int, b: int, shape: Shape, steps: list[Shape]) -> int:
    """Whether axis ``a`` is faster (-1) or slower (1) than ``b`` by the first operand that tells; 0 if none does."""
    for strides in steps:
        if strides[a] == 0 or strides[b] == 0:
            continue
        if strides[a] != strides[b]:
            return -1 if strides[a] < strides[b] else 1
        if above(shape[a], shape[b]):
            return 1
    return 0


def viewed_strides(tensor: Tensor, shape: Shape) -> Shape | None:
    """The strides of a ``view`` to ``shape``, of as many elements; none if no strides reach them in that order.

    Nothing is refused where a size or stride is unknown.
    """
    if tensor.strides is None or 0 in tensor.shape:
        return contiguous_strides(shape)
    if not all(map(is_known, (*tensor.shape, *tensor.strides, *shape))):
        return (UNKNOWN_SIZE,) * len(shape)
    strides: list[Size] = []
    open_axes = list(shape)
    for stretch, step in _stretches(tensor):
        filled: Size = 1
        while open_axes and (filled < stretch or open_axes[-1] == 1):
            strides.append(filled * step)
            filled = filled * open_axes.pop()
        if filled != stretch:
            return None
    return tuple(reversed(strides)) if not open_axes else None


def _stretches(tensor: Tensor) -> list[tuple[Size, Size]]:
    """Elements and step of every run of axes that memory holds as if it were one axis, the last run first."""
    strides = strides_of(tensor)
    found = [(1, strides[-1] if strides else 1)]
    for size, stride in reversed(list(zip(tensor.shape, strides, strict=True))):
        elements, step = found[-1]
        if size == 1 or stride == elements * step:
            found[-1] = (elements * size, step)
        else:
            found.append((size, stride))
    return found


def joined(shape: Shape, dtype: DType, *parts: Tensor) -> Tensor:
    """What ``cat`` makes of tensors: ``channels_last`` if each of them is, contiguous otherwise."""
    if all(map(in_channels_last, parts)):
        return laid_out(shape, dtype, CHANNELS_LAST[len(shape)])
    return Tensor(shape, dtype)
