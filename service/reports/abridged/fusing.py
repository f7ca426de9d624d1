"""Layers that change no shape, as activations and normalizations, drawn with the layer before them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from service.analysis.reading import Analysis
from service.architecture.graph import Source
from service.core.tensors import Tensor
from service.reports.abridged.folding import Wiring
from service.reports.abridged.marks import Marks
from service.reports.abridged.outline import Part, opened

MOST_FUSED: Final = 3


def fused(part: Part, analysis: Analysis, wiring: Wiring, marks: Marks) -> Part:
    """The part with such layers put to those that they follow; what something is said about stands for itself."""
    if not part.parts:
        return part
    return opened(part, tuple(_fused(part.parts, analysis, wiring, marks)))


def _fused(parts: tuple[Part, ...], analysis: Analysis, wiring: Wiring, marks: Marks) -> Iterator[Part]:
    # A layer that changed is not to be seen together with one that did not.
    marked, changed = marks.told, marks.changed
    waiting: Part | None = None
    for part in parts:
        if part.kind != "layer":
            if waiting is not None:
                yield waiting
                waiting = None
            yield fused(part, analysis, wiring, marks)
        elif (
            waiting is not None
            and waiting.end - waiting.first <= MOST_FUSED
            and part.first not in marked
            and waiting.first not in changed
            and _only_follows(part.first, analysis, wiring)
        ):
            waiting = replace(waiting, end=part.end)
        else:
            if waiting is not None:
                yield waiting
            waiting = part
    if waiting is not None:
        yield waiting


def _only_follows(node: int, analysis: Analysis, wiring: Wiring) -> bool:
    """Whether a layer returns what it takes with the same shape, and alone takes what the layer before it returns."""
    reading = analysis.readings[node]
    before = analysis.readings[node - 1].outcome.output
    after = reading.outcome.output
    return (
        wiring.sources[node] == (Source(node - 1),)
        and wiring.takers[node - 1] == 1
        and wiring.last_taker[node - 1] == node
        and isinstance(before, Tensor)
        and isinstance(after, Tensor)
        and before.shape == after.shape
        and not reading.outcome.field
        and reading.outcome.macs == 0
    )
