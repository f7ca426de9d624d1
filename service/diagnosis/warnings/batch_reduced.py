"""A mean, a sum or their like over the axis that counts the samples.

What one sample gets then depends on its neighbours in the batch, and fewer results come out than samples went in.
Reported is only what comes from layers for which axis 0 is the batch: in sequences without ``batch_first`` axis 0
counts the steps, and of stacked tensors it counts the members.
"""

from collections.abc import Iterator
from typing import Any

from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal, called
from service.diagnosis.warnings.axes import REDUCING, along_first, reduced_axis
from service.diagnosis.warnings.families import SEQUENTIAL
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.samples import witness
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A reduction of axis 0, where that is the batch."""
    reading = view.readings[node]
    layer: Any = reading.node.layer
    shape = view.shape(reading)
    if len(shape) < 2 or reduced_axis(layer, len(shape)) != 0:
        return None
    before = witness(view, view.source(node))
    if before is None or before.node.layer.type in SEQUENTIAL:
        return None
    return Finding(
        f"{{layer}} is a {layer.type} over axis 0 of {list(shape)}, which {called(before)} takes for the batch, so "
        "that it mixes the samples",
        "dim", _others(view, node), 1, layer.dim,
    )  # fmt: skip


def _others(view: View, node: int) -> Iterator[Proposal]:
    place = view.place(node)
    rank = len(view.shape(place.reading))
    for dim in dict.fromkeys((1, rank - 1)):
        yield Proposal(f"Set dim of {place.name} to {dim}.", (setting(view.ground, place.pointer, "dim", dim),))


RULE = Rule("batch-reduced", REDUCING, find, when=along_first)
