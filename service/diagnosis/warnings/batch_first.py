"""``batch_first`` disagrees with the rest of the model about which axis counts the samples.

Without ``batch_first`` PyTorch's recurrent, attention and transformer layers take axis 1 for the batch, while
convolutions, pools and batch normalizations take axis 0. Shapes fit either way, so the model runs, and mixes samples.
Reported is only what contradicts something else in the model:

- what arrives comes from a layer for which axis 0 is the batch, with nothing between that moves it;
- what is returned goes to such a layer, or something takes the mean, or the last step, along the axis that is the
  batch here;
- a sequence of length 1 arrives, with several samples, though the model input has a batch of 1.
"""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.architecture.graph import Source
from service.core.sizes import is_known
from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal, called
from service.diagnosis.warnings.axes import REDUCING, TAKING, entry_taken, reduced_axis
from service.diagnosis.warnings.families import IMAGES, LINEAR, SEQUENTIAL, axes_of
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.samples import batch_first, takes_samples, witness
from service.diagnosis.warnings.view import View
from service.layers.transformer_stacks import Stack


def find(view: View, node: int) -> Finding | None:
    """A layer whose batch axis is another one's sequence, or something that reads its result the other way."""
    reading = view.readings[node]
    first = batch_first(reading.node.layer)
    if first is None:
        return _read(view, node) if len(view.shape(reading)) == 3 else None
    shape = view.shape(reading)
    if len(shape) != 3 or not all(map(is_known, shape)):
        return None
    if first:
        return _last_taken(view, node)
    before = witness(view, view.source(node))
    if before is not None:
        return _contradicted(view, node, f"{called(before)} takes axis 0 for the batch")
    steps = _length_one(view, node, shape)
    return _contradicted(view, node, steps) if steps is not None else _read(view, node)


def _read(view: View, node: int) -> Finding | None:
    """The sequence whose axes a node reads the other way."""
    reading = view.readings[node]
    giver = _sequence(view, node)
    if giver is None or len(view.shape(view.readings[giver])) != 3:
        return None
    first = batch_first(view.layer(giver))
    reason = _contradiction(view, reading, 0 if first else 1)
    if reason is None:
        return None
    return _contradicted(view, giver, f"{called(reading)} {reason}", node if first else None)


def _last_taken(view: View, node: int) -> Finding | None:
    """A reference such as ``lstm[0][-1]``, for the last step of a sequence that has its samples first."""
    for taker in view.consumers.get(node, ()):
        reading = view.readings[taker]
        if Source(node, (0, -1)) in reading.node.wires:
            reason = f"{called(reading)} takes the last entry along axis 0 of it, which then is a sample"
            return _contradicted(view, node, reason)
    return None


def _contradicted(view: View, node: int, reason: str, reader: int | None = None) -> Finding:
    reading = view.readings[node]
    layer, shape = reading.node.layer, view.shape(reading)
    first = bool(batch_first(layer))
    samples, steps = (0, 1) if first else (1, 0)
    return Finding(
        f"{{layer}} is a {layer.type} with{'' if first else 'out'} batch_first, so that it takes axis {samples} of "
        f"{list(shape)} for the batch and axis {steps} for the sequence, but {reason}",
        None, _the_other_way(view, node, reader), expected=not first, received=first, node=node,
    )  # fmt: skip


def _sequence(view: View, node: int) -> int | None:
    """The layer of sequences whose result a node takes, behind activations, norms and Linears."""
    for source, path in view.sources(view.source(node)):
        if source < 0:
            return None
        reading = view.readings[source]
        kind = reading.node.layer.type
        if kind in SEQUENTIAL:
            return source if path in ((), (0,)) else None
        if path or not (kind in LINEAR or view.entrywise(reading)):
            return None
    return None


def _contradiction(view: View, reading: LayerReading, samples: int) -> str | None:
    """How a layer reads axis ``samples`` of three for something else than the samples."""
    layer, shape = reading.node.layer, view.shape(reading)
    taken = entry_taken(layer, 3, samples)
    if shape[samples] != 1 and (taken == -1 or (taken is not None and samples == 1)):
        which = "the last entry" if taken == -1 else f"entry {taken}"
        return f"takes {which} along axis {samples} of what it returns, which then is a sample"
    if shape[samples] != 1 and reduced_axis(layer, 3) == samples:
        return f"reduces axis {samples} of what it returns, which then are the samples"
    if samples == 1 and takes_samples(view, reading):
        return "takes axis 0 of what it returns for the batch"
    return None


def _length_one(view: View, node: int, shape: tuple[int, ...]) -> str | None:
    """A sequence of one step, of as many samples as there are steps in the input.

    A state, or keys from elsewhere, would say which axis counts the samples.
    """
    inputs = view.ground.analysis.graph.inputs
    alone = len(set(view.readings[node].node.wires)) == 1
    if alone and shape[0] == 1 < shape[1] and all(tensor.shape[:1] == (1,) for _, tensor in inputs):
        return f"then the sequence has a single step, and the model's batch of 1 has become {shape[1]}"
    return None


def _the_other_way(view: View, node: int, reader: int | None) -> Iterator[Proposal]:
    if reader is not None:
        yield from _along_steps(view, reader)
    place, layer = view.place(node), view.layer(node)
    value, pointer = not batch_first(layer), place.pointer
    if isinstance(layer, Stack):
        pointer += "/layer" if "layer" in place.given else f"/{layer.key}"
    yield Proposal(
        f"Set batch_first of {place.name} to {str(value).lower()}.",
        (setting(view.ground, pointer, "batch_first", value),),
    )


def _along_steps(view: View, node: int) -> Iterator[Proposal]:
    """The reader made to go along the steps, axis 1."""
    place = view.place(node)
    kind = place.reading.node.layer.type
    if kind in REDUCING or kind == "select":
        yield Proposal(f"Set dim of {place.name} to 1.", (setting(view.ground, place.pointer, "dim", 1),))
    elif kind == "getitem":
        yield Proposal(
            f'Set index of {place.name} to [":", -1], the last step.',
            (setting(view.ground, place.pointer, "index", [":", -1]),),
        )


ALONG_AXES: Final = REDUCING | TAKING
READERS: Final = ALONG_AXES | {"Flatten", "flatten"} | {kind for kind in IMAGES if axes_of(kind) == 1}


def _tells(layer: Any) -> bool:
    """Whether a layer can say anything of which of the first two axes, of three, counts the samples."""
    if layer.type not in ALONG_AXES:
        return True
    return reduced_axis(layer, 3) in (0, 1) or any(entry_taken(layer, 3, axis) is not None for axis in (0, 1))


RULE = Rule("batch-first", SEQUENTIAL | READERS, find, _tells, told_together=True)
