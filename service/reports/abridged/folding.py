"""What stands several times in a row, drawn once: blocks that are alike, and layers that take turns."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from itertools import count, islice, pairwise, takewhile
from typing import Final, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, sources_in, sources_of
from service.core.tensors import Tensor, Value, is_tuple
from service.layers.base import COMMON_KEYS
from service.reports.abridged.outline import Part, opened

FEWEST_BESIDE: Final = 4
"""Fewer alike branches than this are drawn each."""
FEWEST_SINGLE: Final = 3
"""Fewer single layers, or layers together with blocks, are drawn each."""
LONGEST_PERIOD: Final = 64
"""Parts that take turns."""
MOST_LOOKED_AT: Final = 1_000_000
"""Nodes that are compared in all; what is nested deeper is not folded."""


class Likeness(NamedTuple):
    """When two layers count as alike."""

    numbers: list[int]
    """By node; equal where nodes agree, beside what they take."""
    flat: bool
    """Whether layers outside of blocks are folded, too."""


def exactly(analysis: Analysis, said: Mapping[int, Hashable], *, flat: bool) -> Likeness:
    """The same arguments, the same shapes; ``said`` is what else has to be the same at single nodes."""
    return Likeness(_numbered(_exact(analysis.readings), said), flat)


def roughly(analysis: Analysis, said: Mapping[int, Hashable]) -> Likeness:
    """The same type and the same windows, whatever the sizes."""
    return Likeness(_numbered(map(_rough, analysis.readings), said), flat=True)


def _exact(readings: Iterable[LayerReading]) -> Iterator[Hashable]:
    """What has to agree: all but how tensors lie in memory."""
    known: dict[int, Hashable] = {}
    for reading in readings:
        outcome = reading.outcome
        key = known.get(id(outcome))
        if key is None:
            arguments = tuple(islice(reading.node.layer.__dict__.values(), len(COMMON_KEYS), None))
            shapes = (*map(_unstrided, reading.inputs), _unstrided(outcome.output))
            key = known[id(outcome)] = (reading.node.layer.type, arguments, shapes, bool(outcome.faults))
        yield key, reading.node.shares is None


def _unstrided(value: Value) -> Hashable:
    if is_tuple(value):
        return tuple(map(_unstrided, value))
    return value[:2] if isinstance(value, Tensor) else value


def _rough(reading: LayerReading) -> Hashable:
    layer = reading.node.layer
    fields = type(layer).model_fields
    windows = tuple(getattr(layer, name) for name in ("kernel_size", "stride", "dilation") if name in fields)
    return layer.type, windows, bool(reading.outcome.faults)


def _numbered(keys: Iterable[Hashable], said: Mapping[int, Hashable]) -> list[int]:
    """A number for each key, equal for equal keys of which the same is said."""
    known: dict[Hashable, int] = {}
    return [known.setdefault((key, said.get(node)), len(known)) for node, key in enumerate(keys)]


class Wiring:
    """What every node takes, and how far what it returns is taken."""

    def __init__(
        self, analysis: Analysis, taken: Mapping[int, tuple[Source, ...]] | None = None, gone: Set[int] = frozenset()
    ) -> None:
        """``taken`` is what nodes took before from those that are ``gone`` now, and that are still to be seen."""
        graph = analysis.graph
        self.gone = gone
        self.names = [node.name for node in graph.nodes]
        self.sources: list[tuple[Source, ...]] = []
        self.last_taker = list(range(len(graph.nodes)))
        self.takers = [0] * len(graph.nodes)
        for index, node in enumerate(graph.nodes):
            found = (*sources_of(node), *(taken or {}).get(index, ()))
            self.sources.append(found)
            for source in found:
                if source.node >= 0:
                    self.takers[source.node] += 1
                    self.last_taker[source.node] = max(self.last_taker[source.node], index)
        for output in graph.outputs:
            for source in sources_in(output.wire):
                if source.node >= 0:
                    self.last_taker[source.node] = len(graph.nodes)


class Unit(NamedTuple):
    """One of several candidates for a run."""

    first: int
    end: int
    build: Hashable
    """What it consists of and how that hangs together."""
    ports: tuple[Source, ...]
    """What it takes from outside, in the order of its first use."""


class _Row(NamedTuple):
    """Parts that follow one another."""

    parts: list[Part]
    numbers: list[int]
    """Equal for parts that look alike."""
    following: list[int]
    """Where each part's like stands next; 0 if nowhere."""
    counted: bool
    """Whether these are single layers without names, as of a block that repeats one."""


def folded(root: Part, wiring: Wiring, likeness: Likeness) -> Part:
    """The outline with runs in the place of repeated parts."""
    return _Folding(wiring, likeness).part(root)


class _Folding:
    def __init__(self, wiring: Wiring, likeness: Likeness) -> None:
        self.wiring = wiring
        self.likeness = likeness
        self.looked_at = 0
        self.numbers: dict[Hashable, int] = {}
        self.unlike = count(-1, -1)

    def part(self, part: Part) -> Part:
        if part.kind != "block":
            return part
        return opened(part, tuple(self.runs([self.part(inner) for inner in part.parts])))

    def runs(self, parts: list[Part]) -> Iterator[Part]:
        """The parts in their order, those that repeat as runs."""
        row = self.row(parts)
        place = 0
        while place < len(parts):
            best = self.longest(row, place)
            if best is None:
                yield parts[place]
                place += 1
            else:
                run, length = best
                yield run
                place += length

    def row(self, parts: list[Part]) -> "_Row":
        """What is known of parts in a row."""
        numbers = [self.number(part) for part in parts]
        following = [0] * len(parts)
        seen: dict[int, int] = {}
        for place in range(len(parts) - 1, -1, -1):
            following[place] = seen.get(numbers[place], 0)
            seen[numbers[place]] = place
        counted = all(part.kind == "layer" and part.label.isdecimal() for part in parts)
        return _Row(parts, numbers, following, counted)

    def longest(self, row: "_Row", place: int) -> tuple[Part, int] | None:
        """The run that begins at a place and covers most, and how many parts that are."""
        best: tuple[Part, int] | None = None
        later, numbers = place, row.numbers
        for _ in range(3):
            later = row.following[later]
            period = later - place
            if not later or period > LONGEST_PERIOD:
                break
            if any(numbers[place + step] != numbers[later + step] for step in range(min(period, len(numbers) - later))):
                continue
            found = self.run(row, place, period)
            if found is not None and (best is None or found[1] > best[1]):
                best = found
        return best

    def run(self, row: "_Row", place: int, period: int) -> tuple[Part, int] | None:
        """The run that begins at a place, ``period`` parts each time."""
        parts = row.parts
        first = parts[place : place + period]
        blocks = period == 1 and first[0].kind == "block"
        if not (blocks or self.likeness.flat or (period == 1 and row.counted)):
            return None
        nodes = first[-1].end - first[0].first
        mixed = any(part.kind == "block" for part in first) and any(part.kind != "block" for part in first)
        for linked, parallel in ((self.chained, False), (self.beside, True)):
            length = linked(self.units(parts, place, period))
            fewest = FEWEST_BESIDE if parallel else FEWEST_SINGLE if nodes < 3 or mixed else 2
            if length >= fewest:
                last = parts[place + length * period - 1].end
                label = self.label(first[0].first, last - nodes if period == 1 else last - 1)
                return Part("run", label, first[0].first, last, tuple(first), length, parallel), length * period
        return None

    def label(self, first: int, last: int) -> str:
        """What tells the first of several from the last: ``0 – 11``."""
        names = zip(self.wiring.names[first].split("."), self.wiring.names[last].split("."), strict=False)
        return next((f"{one} – {other}" for one, other in names if one != other), "")

    def units(self, parts: list[Part], place: int, period: int) -> Iterator[Unit]:
        """What stands from a place on, ``period`` parts at a time."""
        for start in range(place, len(parts) - period + 1, period):
            yield self.unit(parts[start].first, parts[start + period - 1].end)

    def chained(self, units: Iterator[Unit]) -> int:
        """How many of the units hang together as a chain, each taking what the one before it returns."""
        shifts: list[int | None] | None = None
        length = 0
        for length, (before, unit) in enumerate(pairwise(units), 1):
            found = _shifts(before, unit) if unit.build == before.build else None
            if found is None or (shifts is not None and found != shifts) or not self.stays(before, unit.end):
                return length
            shifts = found
        return length + 1

    def beside(self, units: Iterator[Unit]) -> int:
        """How many of the units take the same."""
        first = next(units)
        alike = takewhile(lambda unit: unit.ports == first.ports and unit.build == first.build, units)
        return 1 + sum(1 for _ in alike)

    def stays(self, unit: Unit, end: int) -> bool:
        """Whether nothing behind ``end`` takes what the unit returns."""
        takers = self.wiring.last_taker
        return all(takers[node] < end for node in range(unit.first, unit.end))

    def number(self, part: Part) -> int:
        """Equal for parts that look alike."""
        unit = self.unit(part.first, part.end)
        key = (part.kind, part.count, unit.build)
        return self.numbers.setdefault(key, len(self.numbers))

    def unit(self, first: int, end: int) -> Unit:
        """What a range of nodes consists of, wherever it stands."""
        self.looked_at += end - first
        if self.looked_at > MOST_LOOKED_AT:
            return Unit(first, end, next(self.unlike), ())
        ports: dict[Source, int] = {}
        build: list[Hashable] = []
        for node in range(first, end):
            taken: list[Hashable] = [self.likeness.numbers[node]]
            for source in self.wiring.sources[node]:
                if source.node >= first:
                    taken.append((node - source.node, source.path))
                else:
                    taken.append(ports.setdefault(source, len(ports)))
            build.append(tuple(taken))
        return Unit(first, end, tuple(build), tuple(ports))


def _shifts(before: Unit, unit: Unit) -> list[int | None] | None:
    """Where in the unit before each of a unit's ports is; none for what both take alike. Nothing if they don't link."""
    if len(before.ports) != len(unit.ports):
        return None
    shifts: list[int | None] = []
    for former, port in zip(before.ports, unit.ports, strict=True):
        if before.first <= port.node < before.end:
            shifts.append(port.node - before.first)
        elif former == port:
            shifts.append(None)
        else:
            return None
    return shifts if any(shift is not None for shift in shifts) else None
