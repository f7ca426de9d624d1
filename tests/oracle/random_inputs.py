"""Tensors near those of an example: other sizes, ranks, element types, and other ways to lie in memory."""

import random
from typing import cast

from service.core.dtypes import ANY, FLOATING, INEXACT, DType
from service.core.layouts import has_repeated
from service.core.tensors import NOTHING, Tensor, Value, contiguous_strides, is_tuple, strided

MOST_AXES = 8


def random_input(value: Value, rng: random.Random) -> Value:
    """What arrives, changed a little or not at all."""
    if rng.random() < 0.005:
        return rng.choice((NOTHING, (value, value), (), (value,)))
    if is_tuple(value):
        return tuple(random_input(part, rng) for part in value)
    if not isinstance(value, Tensor):
        return value
    shape, dtype = random_shape(value.shape, rng), random_dtype(value.dtype, rng)
    if shape == value.shape and value.strides is not None:
        return value._replace(dtype=dtype)
    tensor = Tensor(shape, dtype)
    if shape and rng.random() < 0.11:
        layout = rng.random()
        if layout < 0.7:
            return permuted(tensor, random_order(len(shape), rng))
        return expanded(tensor, rng) if layout < 0.85 else gapped(tensor, rng)
    return tensor


def random_shape(given: tuple[int, ...], rng: random.Random) -> tuple[int, ...]:
    """Sizes near those given, now and then with an axis less or more."""
    shape = list(given)
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2))):
        if shape:
            position = rng.randrange(len(shape))
            shape[position] = rng.choice((0, 1, 2, 3, 4, 5, 7, 8, 16, shape[position] + 1, shape[position] * 2))
    if rng.random() < 0.06 and shape:
        del shape[rng.randrange(len(shape))]
    if rng.random() < 0.06:
        shape.insert(rng.randrange(len(shape) + 1), rng.choice((0, 1, 2, 3)))
    if rng.random() < 0.01:
        shape = [rng.choice((0, 1, 1, 2, 2, 3)) for _ in range(rng.randrange(MOST_AXES))]
    return tuple(shape)


def random_dtype(given: DType, rng: random.Random) -> DType:
    """An element type, mostly the one given."""
    if rng.random() < 0.04:
        return cast("DType", rng.choice(sorted(ANY)))
    if rng.random() < 0.04 and given in FLOATING:
        return cast("DType", rng.choice(sorted(FLOATING)))
    return given


def writable(value: Value) -> Value:
    """The same, but every element with memory of its own."""
    if is_tuple(value):
        return tuple(map(writable, value))
    return value._replace(strides=None) if isinstance(value, Tensor) and has_repeated(value) else value


def with_dtype(value: Value, dtype: str) -> Value:
    """The same with ``dtype`` where there were floating or complex numbers."""
    if is_tuple(value):
        return tuple(with_dtype(part, dtype) for part in value)
    if isinstance(value, Tensor) and value.dtype in INEXACT:
        return value._replace(dtype=cast("DType", dtype))
    return value


def random_order(rank: int, rng: random.Random) -> list[int]:
    """The axes from the slowest to the fastest in memory: any order, or often the one of ``channels_last``."""
    if rank > 2 and rng.random() < 0.4:
        return [0, *range(2, rank), 1]
    return rng.sample(range(rank), rank)


def permuted(tensor: Tensor, order: list[int]) -> Tensor:
    """The same shape laid out in memory with the axes in another order, as ``permute`` leaves it."""
    inner = contiguous_strides(tuple(tensor.shape[axis] for axis in order))
    strides = tuple(inner[order.index(axis)] for axis in range(len(order)))
    return strided(tensor.shape, tensor.dtype, strides)


def expanded(tensor: Tensor, rng: random.Random) -> Tensor:
    """The same shape with all entries of an axis in one place, as ``expand`` leaves it."""
    axis = rng.randrange(tensor.rank)
    strides = list(contiguous_strides((*tensor.shape[:axis], 1, *tensor.shape[axis + 1 :])))
    strides[axis] = 0
    return strided(tensor.shape, tensor.dtype, tuple(strides))


def gapped(tensor: Tensor, rng: random.Random) -> Tensor:
    """The same shape with something between the entries of an axis, as a slice leaves it."""
    axis = rng.randrange(tensor.rank)
    whole = (*tensor.shape[:axis], tensor.shape[axis] * 2 + 1, *tensor.shape[axis + 1 :])
    strides = list(contiguous_strides(whole))
    strides[axis] *= rng.choice((1, 2))
    return strided(tensor.shape, tensor.dtype, tuple(strides))
