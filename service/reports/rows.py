"""The layers as rows of a table: nested blocks indented, what repeats told once, very long models shortened."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.core.sizes import Size
from service.reports.abridged.folding import Wiring, exactly, folded, roughly
from service.reports.abridged.fusing import fused
from service.reports.abridged.marks import Marks
from service.reports.abridged.outline import Part, outline, simplified
from service.reports.abridged.words import details

MOST_ROWS: Final = 120
"""Rows of a table that a person reads."""
MOST_SINGLE: Final = 72
"""Rows of a table that has a row for every layer; in longer ones, a layer has those with it that keep its shape."""
MOST_MARKED: Final = 60
"""Rows that are shown for what is said about them, wherever they stand."""


class Row(NamedTuple):
    """A layer, a block or what is left out."""

    depth: int
    label: str
    part: Part
    reading: LayerReading | None
    """Of a layer; none for a block."""
    parameters: Size
    macs: Size
    marks: tuple[int, ...]
    """Numbers of the issues about it."""

    @property
    def title(self) -> str:
        """Its label, and how many times it stands in a row."""
        return f"{self.label} ×{self.part.count}" if self.part.count > 1 else self.label

    @property
    def told(self) -> str:
        """What kind of layer it is, and how many layers stand with it; nothing for a block."""
        if self.reading is None:
            return ""
        told = f"{self.reading.node.layer.type} {', '.join(details(self.reading))}".rstrip()
        return f"{told} +{self.part.period - 1}" if self.is_fused else told

    @property
    def is_fused(self) -> bool:
        """Whether it stands for several layers."""
        return self.reading is not None and self.part.period > 1


def legend(found: list[Row]) -> list[str]:
    """What is said below a table for those who see one for the first time."""
    runs = [row.part for row in found if row.part.count > 1 and row.part.parts]
    fused = [row.part.period - 1 for row in found if row.is_fused]
    told = []
    if runs:
        count = f"{runs[0].count:,}"
        told.append(
            f"×{count}: the figures on its line are those of all {count} together, those below it are of the first"
        )
    if fused:
        after = "layer" if fused[0] == 1 else f"{fused[0]} layers"
        told.append(f"+{fused[0]}: with the {after} after it that keep its shape, as normalizations and activations do")
    return told


def rows(analysis: Analysis, marks: Marks) -> list[Row]:
    """The rows of a table, at most some :data:`MOST_ROWS`."""
    whole, wiring = outline(analysis.graph), Wiring(analysis)
    folds: list[Part] = []
    for flat in (False, True):
        folds.append(folded(whole, wiring, exactly(analysis, {}, flat=flat)))
        found = list(_rows(simplified(folds[-1]), analysis, marks, depth=0))
        if len(found) <= MOST_SINGLE:
            return found
    folds.append(folded(whole, wiring, roughly(analysis, {})))
    for part in folds:
        found = list(_rows(simplified(fused(part, analysis, wiring, marks)), analysis, marks, depth=0))
        if len(found) <= MOST_ROWS:
            return found
    return list(_elided(found, analysis))


def _rows(part: Part, analysis: Analysis, marks: Marks, depth: int) -> Iterator[Row]:
    for inner in part.parts:
        yield _row(inner, analysis, marks, depth)
        yield from _rows(inner, analysis, marks, depth + 1)


def _row(part: Part, analysis: Analysis, marks: Marks, depth: int) -> Row:
    readings = analysis.readings[part.first : part.end]
    about = range(part.first, part.end) if not part.parts else range(0)
    reading = None if part.parts or part.kind == "block" else readings[0]
    numbers = tuple(mark.number for node in about for mark in marks.at.get(node, ()))
    return Row(depth, part.label, part, reading, _parameters(readings), _macs(readings), numbers)


def _elided(found: list[Row], analysis: Analysis) -> Iterator[Row]:
    """The first and last rows and those that something is said about; in the place of others, how many there were."""
    half = MOST_ROWS // 2
    kept = {*range(half), *range(len(found) - half, len(found))}
    kept.update([place for place, row in enumerate(found) if row.marks][:MOST_MARKED])
    kept.update(above for place in sorted(kept) if place - 1 not in kept for above in _around(found, place))
    left: list[Row] = []
    for place, row in enumerate(found):
        if place in kept:
            yield from _rest(left, analysis)
            left = []
            yield row
        else:
            left.append(row)


def _around(found: list[Row], place: int) -> Iterator[int]:
    """Where the blocks stand that a row is in."""
    depth = found[place].depth
    while depth > 0:
        place -= 1
        if found[place].depth < depth:
            depth = found[place].depth
            yield place


def _rest(left: list[Row], analysis: Analysis) -> Iterator[Row]:
    if not left:
        return
    # Blocks are counted by the layers in them.
    single = [row for row in left if row.reading is not None]
    count = sum(row.part.end - row.part.first for row in single)
    part = Part("rest", f"… {count:,} more", left[0].part.first, left[-1].part.end)
    readings = [reading for row in single for reading in analysis.readings[row.part.first : row.part.end]]
    yield Row(min(row.depth for row in left), part.label, part, None, _parameters(readings), _macs(readings), ())


def _parameters(readings: "tuple[LayerReading, ...] | list[LayerReading]") -> Size:
    total: Size = 0
    for reading in readings:
        if reading.node.shares is None:
            total = total + reading.outcome.counts.parameters
    return total


def _macs(readings: "tuple[LayerReading, ...] | list[LayerReading]") -> Size:
    total: Size = 0
    for reading in readings:
        total = total + reading.outcome.macs
    return total
