"""The real model beside our analysis of it, layer by layer, figure by figure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch

from service.analysis.reading import Analysis, LayerReading
from service.core.sizes import is_known
from service.core.tensors import NOTHING, Tensor, Value, is_tuple
from service.layers.applying import refused_by_constructor
from service.layers.operation import Operation
from service.verification.model import DocumentModel
from service.verification.protocol import Json
from service.verification.running import Run, observed

MOST_DISCREPANCIES: Final = 20
LONGEST_FIGURE: Final = 4000
"""Characters of a figure of a discrepancy; a layer can return a great many tensors."""
UNCOUNTED: Final = frozenset({"Bilinear", "bilinear", "addbmm", "grouped_mm"})
"""Layers that PyTorch's counter has no rule for; of these we say the true number."""


def discrepancies(analysis: Analysis, run: Run, work: Mapping[int, int]) -> Iterator[Json]:
    """Everything in which the real model differs from what we say."""
    activation_bytes = 0
    for index, reading in enumerate(analysis.readings):
        name, seen = reading.node.name, run.seen[index]
        activation_bytes += seen.bytes
        if not is_as_said(reading, seen.output):
            yield _told(name, "output", described(reading.outcome.output), seen.output)
        yield from _difference(name, "output_bytes", reading.outcome.counts.output_bytes, seen.bytes)
        if index in work and reading.node.layer.type not in UNCOUNTED:
            yield from _difference(name, "macs", reading.outcome.macs, work[index])
        if reading.node.shares is None:
            yield from _of_weights(reading, owned(run.model, index))
    yield from _of_the_whole(analysis, run, activation_bytes)
    if len(work) == len(analysis.readings) and _is_counted(analysis):
        yield from _difference(None, "macs", analysis.totals.macs, sum(work.values()))


def is_as_said(reading: LayerReading, output: Any) -> bool:
    """Whether what a layer returned, shapes and element types, is what we say."""
    return _agree(described(reading.outcome.output), output)


def _is_counted(analysis: Analysis) -> bool:
    return UNCOUNTED.isdisjoint(reading.node.layer.type for reading in analysis.readings)


def owned(model: DocumentModel, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The real parameters and buffers of a layer, as its own ``named_parameters()`` and ``named_buffers()``."""
    layer = model.analysis.readings[index].node.layer
    if index in model.parts:
        part = model.parts[index]
        return dict(part.named_parameters()), dict(part.named_buffers())
    if not (isinstance(layer, Operation) and layer.is_owned):
        return {}, {}
    tensor = {"": model.weight(index, "")}
    return (tensor, {}) if isinstance(tensor[""], torch.nn.Parameter) else ({}, tensor)


def _of_weights(reading: LayerReading, real: tuple[dict[str, Any], dict[str, Any]]) -> Iterator[Json]:
    """Names, shapes, element types and counts of what a layer owns."""
    parameters, buffers = real
    weights, name, counts = reading.outcome.weights, reading.node.name, reading.outcome.counts
    for kind, there in (("parameter", parameters), ("buffer", buffers)):
        ours = {weight.name: weight for weight in weights if weight.buffer == (kind == "buffer")}
        for each in dict.fromkeys((*ours, *there)):
            said = described(Tensor(ours[each].shape, ours[each].dtype)) if each in ours else None
            found = observed(there[each]) if each in there else None
            if said is None or found is None or not _agree(said, found):
                yield _told(f"{name}.{each}".rstrip("."), kind, said, found)
            elif kind == "parameter":
                yield from _difference(f"{name}.{each}", "trainable", ours[each].trainable, there[each].requires_grad)
    for what, count in counted(parameters.values(), buffers.values()).items():
        yield from _difference(name, what, getattr(counts, what), count)


def counted(parameters: Any, buffers: Any) -> dict[str, int]:
    """How many numbers there are in weights, by kind, and how many bytes they take."""
    parameters, buffers = list(parameters), list(buffers)
    return {
        "parameters": sum(each.numel() for each in parameters),
        "trainable_parameters": sum(each.numel() for each in parameters if each.requires_grad),
        "buffers": sum(each.numel() for each in buffers),
        "weight_bytes": sum(each.numel() * each.element_size() for each in (*parameters, *buffers)),
    }


def _of_the_whole(analysis: Analysis, run: Run, activation_bytes: int) -> Iterator[Json]:
    """What the model returns, and its totals."""
    for (ref, value), real in zip(analysis.outputs, run.returned, strict=True):
        yield from _difference(ref, "model_output", described(value), real)
    totals = counted(run.model.parameters(), run.model.buffers()) | {"activation_bytes": activation_bytes}
    for what, count in totals.items():
        yield from _difference(None, what, getattr(analysis.totals, what), count)


def _difference(layer: str | None, what: str, ours: Any, theirs: Any) -> Iterator[Json]:
    if not _agree(ours, theirs):
        yield _told(layer, what, ours, theirs)


def _told(layer: str | None, what: str, ours: Any, theirs: Any) -> Json:
    return {"layer": layer, "what": what, "ours": _bounded(ours), "pytorch": _bounded(theirs)}


def _bounded(figure: Any) -> Any:
    written = str(figure)
    return figure if len(written) <= LONGEST_FIGURE else f"{written[:LONGEST_FIGURE]}…"


def described(value: Value) -> Any:
    """Shapes and element types as we say; none where nothing is known."""
    if is_tuple(value):
        return [described(part) for part in value]
    if isinstance(value, Tensor):
        return [[size if is_known(size) else None for size in value.shape], value.dtype]
    return "None" if value is NOTHING else None


def _agree(ours: Any, theirs: Any) -> bool:
    """Whether they are the same as far as we say anything."""
    if ours is None or not is_known(ours):
        return True
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_agree, ours, theirs))
    return bool(ours == theirs)


def first_refused(analysis: Analysis) -> LayerReading | None:
    """The layer that PyTorch refuses first, going by what we say: models are built before anything arrives."""
    return next(_refused_as_built(analysis), None) or _first_to_run(analysis)


def refusable(analysis: Analysis, *, built: bool, leniently: bool) -> set[str]:
    """The layers at which PyTorch may stop first, going by what we say.

    Constructors let pass some of what is wrong whatever arrives, and leave it to the forward pass. So while a model is
    built it may be any whose arguments are wrong, and once it is, the first to run that we refuse; or what runs
    behind that, on a device that runs some of what a CPU refuses.
    """
    first = _first_to_run(analysis)
    if first is None:
        return set()
    names = [analysis.readings[index].node.name for index in analysis.graph.order]
    running = set(names[names.index(first.node.name) :]) if leniently else {first.node.name}
    return running if built else running | {reading.node.name for reading in _refused_as_built(analysis)}


def _refused_as_built(analysis: Analysis) -> Iterator[LayerReading]:
    """The layers whose arguments are wrong whatever arrives, in the order in which they are built."""
    for reading in analysis.readings:
        refused = reading.outcome.faults and _is_built(reading)
        if refused and refused_by_constructor(reading.node.layer, reading.outcome.inferred):
            yield reading


def _first_to_run(analysis: Analysis) -> LayerReading | None:
    """The layer that we refuse first, had all constructors let theirs pass."""
    in_order = (analysis.readings[index] for index in analysis.graph.order)
    return next((reading for reading in in_order if reading.outcome.faults), None)


def _is_built(reading: LayerReading) -> bool:
    layer = reading.node.layer
    return reading.node.shares is None and (not isinstance(layer, Operation) or layer.is_owned)
