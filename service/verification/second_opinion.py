"""A CPU's word on a single layer of which another device says something else than we do.

What PyTorch says counts where it is a CPU's word: other devices refuse, and return otherwise, some of what a CPU runs.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import torch

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, Wire
from service.core.sizes import above, is_known
from service.core.tensors import NOTHING, Tensor, Value, extent, is_tuple, part_of, strides_of
from service.verification.model import DocumentModel
from service.verification.running import is_out_of_memory, observed
from service.verification.values import OF_VALUES, random, settle

MOST_BYTES: Final = 2**28
MOST_WORK: Final = 10**10
"""Multiply-accumulates: what a CPU does in about a second."""


class Opinion(NamedTuple):
    """Whether a CPU runs a layer, and the shapes and element types that it returns."""

    runs: bool
    output: Any


class UnknownError(Exception):
    """What arrives is not known as far as it would have to be."""


def on_cpu(analysis: Analysis, index: int, *, training: bool) -> Opinion | None:
    """What a CPU says to a layer with what arrives there, all else left out; none if that cannot be tried."""
    reading = analysis.readings[index]
    if _is_too_much(reading):
        return None
    try:
        arriving = [_numbers(value, reading.node.layer.typical_integer) for value in _arriving(analysis, reading)]
        model = DocumentModel(_alone(analysis, reading)).train(training)
        settle((*model.parameters(), *model.buffers()))
        return Opinion(runs=True, output=observed(model.run(0, model.beginning(*arriving))))
    except (MemoryError, UnknownError):
        return None
    except Exception as error:
        return None if is_out_of_memory(error) or OF_VALUES.search(str(error)) else Opinion(runs=False, output=None)


def _is_too_much(reading: LayerReading) -> bool:
    outcome = reading.outcome
    size = outcome.counts.weight_bytes + outcome.counts.output_bytes
    return above(size, MOST_BYTES) or above(outcome.macs, MOST_WORK)


def _alone(analysis: Analysis, reading: LayerReading) -> Analysis:
    """The analysis as if there was but this layer, which takes the inputs of the model, one after the other."""
    node = reading.node
    count = len(node.wires)
    own = node._replace(
        wires=tuple(Source(-1 - place) for place in range(count)),
        keywords=tuple((name, Source(-1 - place)) for place, (name, _) in enumerate(node.keywords, count)),
        shares=None,
    )
    inferred = reading.outcome.inferred
    if node.shares is not None:
        inferred = analysis.readings[node.shares].outcome.inferred
    alone = reading._replace(node=own, outcome=reading.outcome._replace(inferred=inferred))
    return analysis.of(analysis.graph, (alone,))


def _arriving(analysis: Analysis, reading: LayerReading) -> Iterator[Value]:
    yield from reading.inputs
    for _, wire in reading.node.keywords:
        yield _carried(analysis, wire)


def _carried(analysis: Analysis, wire: Wire) -> Value:
    """What a wire carries, as we say."""
    if not isinstance(wire, Source):
        return tuple(_carried(analysis, part) for part in wire)
    inputs = analysis.graph.inputs
    value: Value = inputs[-1 - wire.node][1] if wire.node < 0 else analysis.readings[wire.node].outcome.output
    for step in wire.path:
        if isinstance(step, str):
            weights = analysis.readings[wire.node].outcome.weights
            value = next(Tensor(weight.shape, weight.dtype) for weight in weights if weight.name == step)
        else:
            part = part_of(value, step)
            if part is None:
                raise UnknownError
            value = part
    return value


def _numbers(value: Value, integer: int) -> Any:
    """A tensor that lies in memory as one that arrives, with values that most layers can do with."""
    if is_tuple(value):
        return tuple(_numbers(part, integer) for part in value)
    if value is NOTHING:
        return None
    if not isinstance(value, Tensor):
        raise UnknownError
    strides = strides_of(value)
    if not all(map(is_known, (*value.shape, *strides))) or above(value.bytes, MOST_BYTES):
        raise UnknownError
    memory = random(Tensor((extent(value.shape, strides),), value.dtype), integer)
    return torch.as_strided(memory, value.shape, strides)
