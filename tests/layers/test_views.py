"""Chains of views and copies: what one leaves in memory decides what the next accepts."""

import random
from typing import Any

import pytest
import torch

from service.core.tensors import Tensor, strides_of
from service.layers.applying import apply
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.verification.modules import function_of
from tests.oracle.run import REFUSALS

CHAINS = 300


@pytest.mark.parametrize("seed", range(4))
def test_chains_of_operations_stay_with_pytorch(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(CHAINS):
        shape = tuple(rng.choice((1, 2, 2, 3, 4, 6)) for _ in range(rng.randint(1, 5)))
        ours, theirs = Tensor(shape), torch.zeros(shape)
        trail: list[Any] = [shape]
        for _ in range(rng.randint(2, 6)):
            operation = any_operation(rng, ours.shape)
            trail.append(operation.model_dump(exclude_unset=True))
            inputs = (ours, ours) if operation.type in ("cat", "stack") else (ours,)
            outcome = apply(operation, inputs, {}, training=False)
            result = done(operation, (theirs,) * len(inputs))
            assert bool(outcome.faults) == (result is None), trail
            if result is not None:
                assert described(outcome.output) == (
                    tuple(result.shape),
                    result.stride() if result.numel() else None,
                ), trail
                assert isinstance(outcome.output, Tensor)
                ours, theirs = outcome.output, result
            if theirs.numel() > 4096:
                break


def done(operation: Operation, tensors: tuple[torch.Tensor, ...]) -> torch.Tensor | None:
    """What PyTorch returns, or none if it refuses."""
    arguments, keywords = operation.called_with(*tensors)
    try:
        result: torch.Tensor = function_of(operation)(*arguments, **keywords)
    except REFUSALS:
        return None
    return result


def described(tensor: Any) -> Any:
    """Shape and all strides, also those of axes with one entry, by which PyTorch tells memory formats apart."""
    return tensor.shape, strides_of(tensor) if 0 not in tensor.shape else None


def any_operation(rng: random.Random, shape: tuple[int, ...]) -> Operation:
    """An operation that takes the shape, except that no memory may be laid out for a view."""
    rank = len(shape)
    axis = rng.randrange(-rank, rank) if rank else 0
    size = shape[axis] if rank else 1
    offers: list[dict[str, Any]] = [
        {"type": "view", "shape": regrouped(rng, shape)},
        {"type": "view", "shape": regrouped(rng, shape)},
        {"type": "reshape", "shape": regrouped(rng, shape)},
        {"type": "permute", "dims": rng.sample(range(rank), rank)},
        {"type": "permute", "dims": rng.sample(range(rank), rank)},
        {"type": "flatten", "start_dim": rng.randrange(-1, 1), "end_dim": -1},
        {"type": "unsqueeze", "dim": rng.randint(0, rank)},
        {"type": "squeeze"},
        {"type": "expand", "size": [n if n != 1 else rng.choice((1, 3)) for n in (1, *shape)]},
        {"type": "getitem", "index": ["...", rng.choice((":", "1:", "::2", ":2", 0, "0:1"))]},
        {"type": "getitem", "index": [rng.choice((":", "1:", "::2", ":2", 0, "0:1", None))]},
        {"type": "narrow", "dim": axis, "start": 0, "length": rng.randint(1, max(size, 1))},
        {"type": "transpose", "dim0": axis, "dim1": -1},
        {"type": "flip", "dims": [axis]},
        {"type": "roll", "shifts": rng.randint(-2, 2), "dims": axis},
        {"type": "cat", "dim": axis},
        {"type": "stack", "dim": axis},
        {"type": "contiguous"},
    ]
    chosen = rng.choice(offers)
    operation = CATALOGUE[chosen["type"]].model_validate(chosen)
    assert isinstance(operation, Operation)
    return operation


def regrouped(rng: random.Random, shape: tuple[int, ...]) -> list[int]:
    """As many elements in another shape: neighbouring axes merged, axes split, axes of one entry added."""
    result: list[int] = []
    for size in shape:
        if result and rng.random() < 0.4:
            result[-1] *= size
        else:
            result.append(size)
    if result and rng.random() < 0.4:
        position = rng.randrange(len(result))
        divisor = rng.choice([n for n in (1, 2, 3, 4, 6) if result[position] % n == 0])
        result[position : position + 1] = [divisor, result[position] // divisor]
    return result
