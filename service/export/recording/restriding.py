"""Views that no call was seen to make: a known tensor's memory along other axes, as ``torch.vmap`` leaves it."""

from collections.abc import Iterator
from math import prod
from typing import Any

import torch


def restrided(known: torch.Tensor, tensor: torch.Tensor) -> list[int] | None:
    """How the axes of ``known`` that matter are ordered in ``tensor``; none if it shows something else.

    An axis matters where a step along it leads elsewhere: not if its size is 1, or its stride 0.
    """
    if known.dtype != tensor.dtype or known.storage_offset() != tensor.storage_offset():
        return None
    ours, theirs = _axes(known), _axes(tensor)
    if len(set(ours)) < len(ours) or sorted(ours) != sorted(theirs) or known.numel() > _elements(ours):
        return None
    return [ours.index(axis) for axis in theirs]


def steps(order: list[int], known: torch.Tensor, tensor: torch.Tensor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Operations with their arguments, each on what the one before returned, that make ``known`` into ``tensor``."""
    sizes = tuple(size for size, _ in _axes(known))
    if sizes != known.shape:
        yield "reshape", {"shape": sizes}
    if order != sorted(order):
        yield "permute", {"dims": tuple(order)}
    axes = zip(tensor.shape, tensor.stride(), strict=True)
    shape = tuple(size if size > 1 and stride else 1 for size, stride in axes)
    if len(shape) != len(sizes):
        yield "reshape", {"shape": shape}
    if shape != tensor.shape:
        yield "expand", {"size": tuple(tensor.shape)}


def _axes(tensor: torch.Tensor) -> list[tuple[int, int]]:
    axes = zip(tensor.shape, tensor.stride(), strict=True)
    return [(size, stride) for size, stride in axes if size > 1 and stride]


def _elements(axes: list[tuple[int, int]]) -> int:
    return prod(size for size, _ in axes)
