"""What a view takes of the tensor behind it, read off sizes, steps and offsets."""

from collections.abc import Iterator
from typing import NamedTuple

import torch


def _shows_the_same(view: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two views of the same memory are alike in all but the steps along axes of a single entry."""
    if view.shape != other.shape or view.dtype != other.dtype:
        return False
    axes = zip(view.shape, view.stride(), other.stride(), strict=True)
    same = view.storage_offset() == other.storage_offset() and all(size < 2 or a == b for size, a, b in axes)
    return same or view.numel() == 0


def is_reshaped(before: torch.Tensor, after: torch.Tensor) -> bool:
    """Whether a view has all entries in their order."""
    if before.numel() != after.numel():
        return False
    try:
        return _shows_the_same(before.view(after.shape), after)
    except RuntimeError:
        return False


class Cut(NamedTuple):
    """Some of the entries along an axis, or one of them."""

    axis: int
    entries: slice | int


def cut(before: torch.Tensor, after: torch.Tensor) -> Cut | None:
    """What a view takes; none if it is not of this kind."""
    for each in _cuts(before, after):
        if _shows_the_same(before[(*(slice(None),) * each.axis, each.entries)], after):
            return each
    return None


def _cuts(before: torch.Tensor, after: torch.Tensor) -> Iterator[Cut]:
    """What it may take, going by where it begins and by its steps."""
    missing = before.dim() - after.dim()
    for axis, size in enumerate(before.shape):
        step = before.stride(axis) or 1
        start = (after.storage_offset() - before.storage_offset()) // step
        if missing == 1 and 0 <= start < size:
            yield Cut(axis, start)
        if missing == 0 and 0 <= start <= size and after.shape[axis] < size:
            count, stride = after.shape[axis], max(after.stride(axis) // step, 1)
            end = start + (count - 1) * stride + 1 if count else start
            yield Cut(axis, slice(start, end, stride if count > 1 else 1))
