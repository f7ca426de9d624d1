"""Two versions as one graph: the later version, and where they stood, the layers that are no more."""

from typing import NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Output, Source, Wire, sources_of
from service.review.difference import Comparison

Key = tuple[int, int, int]
"""Where a layer stands: by one of the later version, before it, at it or behind it, by its own place."""


class Merged(NamedTuple):
    """Both versions together."""

    analysis: Analysis
    """That of the later version, with what was removed among its layers; nothing takes from that."""
    places: tuple[int, ...]
    """Where the layers of the later version stand in it."""
    gone: dict[int, int]
    """The layers that were removed: which ones those are in the former version."""
    taken: dict[int, tuple[Source, ...]]
    """What layers took of those that are gone."""


def merged(comparison: Comparison) -> Merged:
    """Puts two versions together."""
    return _Merging(comparison).merged()


class _Merging:
    def __init__(self, comparison: Comparison) -> None:
        self.old, self.new = comparison.before.analysis, comparison.after.analysis
        self.kept = {one: other for other, one in comparison.kept.items()}
        """Where the layers of the former version stand in the later one."""
        self.names: dict[int, str] = {}
        """What the layers that are gone would be called in the later version, where a block may be renamed."""
        beside = self.beside()
        later = [(index, 1, 0) for index in range(len(self.new.readings))]
        keys = sorted([*later, *beside.values()])
        places = {key: place for place, key in enumerate(keys)}
        self.places = tuple(places[key] for key in later)
        self.gone = {index: places[key] for index, key in beside.items()}
        positions = {node: position for position, node in enumerate(self.new.graph.order)}
        in_time = sorted(keys, key=lambda key: (positions.get(key[0], -1), *key[1:]))
        self.order = tuple(places[key] for key in in_time)

    def merged(self) -> Merged:
        """Everything in its place."""
        readings = {place: self.later(reading) for place, reading in zip(self.places, self.new.readings, strict=True)}
        readings |= {place: self.former(index) for index, place in self.gone.items()}
        in_order = tuple(readings[place] for place in sorted(readings))
        graph = self.new.graph.with_nodes(tuple(reading.node for reading in in_order))._replace(
            order=self.order,
            outputs=tuple(Output(output.ref, self.moved(output.wire)) for output in self.new.graph.outputs),
        )
        taken: dict[int, tuple[Source, ...]] = {}
        for one, other in self.kept.items():
            found = [source for source in sources_of(self.old.graph.nodes[one]) if source.node in self.gone]
            if found:
                taken[self.places[other]] = tuple(source._replace(node=self.gone[source.node]) for source in found)
        gone = {place: index for index, place in self.gone.items()}
        return Merged(self.new.of(graph, in_order), self.places, gone, taken)

    def beside(self) -> dict[int, Key]:
        """Beside which layers those belong that are gone: as they stood, and in the same block where they can."""
        found: dict[int, Key] = {}
        following = self.following()
        before = -1
        for index, reading in enumerate(self.old.readings):
            if index in self.kept:
                before = index
                continue
            after = following[index]
            shared, shared_after = self.shared(index, before), self.shared(index, after)
            if after >= 0 and shared_after > shared:
                self.names[index] = self.renamed(reading.node.name, after, shared_after)
                found[index] = (self.kept[after], 0, index)
            elif before >= 0:
                self.names[index] = self.renamed(reading.node.name, before, shared)
                found[index] = (self.behind(before, shared), 2, index)
            else:
                self.names[index] = reading.node.name
                found[index] = (-1, 2, index)
        return found

    def following(self) -> list[int]:
        """For each layer of the former version the next that was kept, or -1."""
        found = [-1] * len(self.old.readings)
        last = -1
        for index in range(len(found) - 1, -1, -1):
            found[index] = last
            last = index if index in self.kept else last
        return found

    def shared(self, index: int, other: int) -> int:
        """How many blocks two layers of the former version are both in; one fewer than none for no layer."""
        if other < 0:
            return -1
        return _common(_blocks(self.old.readings[index]), _blocks(self.old.readings[other]))

    def behind(self, before: int, shared: int) -> int:
        """The last layer of the later version that belongs to the blocks in which only the one before stood."""
        readings, place = self.new.readings, self.kept[before]
        blocks = _blocks(readings[place])
        if len(blocks) > shared:
            inner = blocks[: shared + 1]
            while place + 1 < len(readings) and _blocks(readings[place + 1])[: shared + 1] == inner:
                place += 1
        return place

    def renamed(self, name: str, other: int, shared: int) -> str:
        """A name with the blocks as they are called around a layer that was kept."""
        before = _blocks(self.old.readings[other])
        after = _blocks(self.new.readings[self.kept[other]])
        return ".".join([*after[:shared], *name.split(".")[shared:]]) if len(before) == len(after) else name

    def later(self, reading: LayerReading) -> LayerReading:
        """A layer of the later version in its new place."""
        node = reading.node
        return reading._replace(
            node=node._replace(
                wires=tuple(map(self.moved, node.wires)),
                keywords=tuple((key, self.moved(wire)) for key, wire in node.keywords),
                shares=None if node.shares is None else self.places[node.shares],
            )
        )

    def moved(self, wire: Wire) -> Wire:
        """A wire of the later version."""
        if not isinstance(wire, Source):
            return tuple(map(self.moved, wire))
        return wire if wire.node < 0 else wire._replace(node=self.places[wire.node])

    def former(self, index: int) -> LayerReading:
        """A layer that is gone; what it took, where that is still there."""
        reading = self.old.readings[index]
        node = reading.node
        wires = [self.stood(source) for source in sources_of(node)]
        kept = tuple(wire for wire in wires if wire is not None)
        node = node._replace(name=self.names[index], wires=kept, keywords=(), shares=None)
        return reading._replace(node=node, assumed=False)

    def stood(self, source: Source) -> Source | None:
        """A source of the former version; none for an input that is no more."""
        if source.node >= 0:
            kept = self.kept.get(source.node)
            return source._replace(node=self.gone[source.node] if kept is None else self.places[kept])
        inputs, former = self.new.graph.inputs, self.old.graph.inputs
        name = former[-1 - source.node][0]
        names = [each for each, _ in inputs]
        if name in names:
            return source._replace(node=-1 - names.index(name))
        return source if len(inputs) == len(former) == 1 else None


def _blocks(reading: LayerReading) -> list[str]:
    return reading.node.name.split(".")[:-1]


def _common(one: list[str], other: list[str]) -> int:
    most = min(len(one), len(other))
    return next((step for step in range(most) if one[step] != other[step]), most)
