"""An analysis after a small change of the architecture: only what the change reaches is read again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeAlias, cast

from service.analysis.fold import Fold
from service.analysis.outcomes import Outcomes
from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Graph, Node, Source, Wire, sources_in
from service.core.sizes import UNKNOWN
from service.core.tensors import Value

Consumers: TypeAlias = dict[int, list[int]]
"""Which nodes take what a node returns, or use its weights; model inputs are negative, as in a :class:`Source`."""


class Revision(NamedTuple):
    """A changed architecture beside the one it was made from."""

    graph: Graph
    changed: tuple[int, ...]
    """The nodes whose layers or sources are others than before."""
    taken: Consumers
    was: Sequence[int | None] | None = None
    """Which node each was before, none for a new one; left out where the nodes are those of before, and behind
    them new ones."""
    ranks: Mapping[int, float] = {}
    """When the new nodes are read, between the numbers of those before; for graphs that are in order otherwise."""

    def before(self, node: int, count: int) -> int | None:
        """Which of the ``count`` nodes of before a node was."""
        if self.was is not None:
            return self.was[node]
        return node if node < count else None

    def now(self) -> Mapping[int, int] | None:
        """Which node each of before is; none if all of them are what they were."""
        return None if self.was is None else {old: new for new, old in enumerate(self.was) if old is not None}

    def gone(self, count: int) -> Collection[int]:
        """The nodes among the ``count`` of before that are no more."""
        return () if self.was is None else set(range(count)).difference(self.was)


class Start(NamedTuple):
    """An analysis laid out for rereadings to start from, once for all of them."""

    graph: Graph
    readings: list[LayerReading | None]
    values: list[Value]
    """What each layer returns."""
    assumed: list[bool]
    in_order: bool
    """Whether the layers are read as they stand."""

    @classmethod
    def of(cls, analysis: Analysis) -> "Start":
        """The start from an analysis."""
        readings = analysis.readings
        values = [reading.outcome.output for reading in readings]
        order = analysis.graph.order
        in_order = order == tuple(range(len(order)))
        return cls(analysis.graph, list(readings), values, [reading.assumed for reading in readings], in_order)


def consumers(graph: Graph) -> Consumers:
    """Who has to be asked again when a node's outcome changes."""
    result: Consumers = {}
    for index, node in enumerate(graph.nodes):
        _, _, _, wires, keywords, shares = node
        if keywords or shares is not None:
            for source in needed(node):
                result.setdefault(source, []).append(index)
            continue
        for wire in wires:
            for source, _ in (wire,) if type(wire) is Source else sources_in(wire):
                takers = result.get(source)
                if takers is None:
                    result[source] = [index]
                elif takers[-1] != index:
                    takers.append(index)
    return result


class Rereading(Fold):
    """A fold that starts from readings already there. Iterate it to the end before asking for outputs."""

    def __init__(self, before: Start, revision: Revision, memory: Outcomes, training: bool) -> None:
        super().__init__(revision.graph, training, memory)
        self.revision = revision
        self.start = before
        count = len(revision.graph.nodes)
        if revision.was is None:
            new = count - len(before.readings)
            self.readings = before.readings + [None] * new
            self.values[:count] = before.values + [UNKNOWN] * new
            self.assumed[:count] = before.assumed + [False] * new
            return
        for node, old in enumerate(revision.was):
            if old is not None:
                self.readings[node] = before.readings[old]
                self.values[node], self.assumed[node] = before.values[old], before.assumed[old]

    def __iter__(self) -> Iterator[tuple[int, LayerReading]]:
        """Every node that has to be read again, in order, until what they return is what it was."""
        ranks = self._ranks()
        first = {*self.revision.changed, *self._takers(), *self._early(ranks)}
        waiting = [(ranks.get(node, node), node) for node in first]
        heapify(waiting)
        seen = {node for _, node in waiting}
        while waiting:
            _, node = heappop(waiting)
            old, new = self.readings[node], self.read(node, self.graph.nodes[node])
            self.readings[node] = new
            yield node, new
            if old is None or _differs(old, new):
                for consumer in self.revision.taken.get(node, ()):
                    if consumer not in seen:
                        seen.add(consumer)
                        heappush(waiting, (ranks.get(consumer, consumer), consumer))

    def complete(self) -> tuple[LayerReading, ...]:
        """Every layer's reading, as it is now."""
        readings = cast("list[LayerReading]", self.readings)
        if self.revision.was is None:
            return tuple(readings)
        # What was not read again may have another number by now, and so may what it takes.
        return tuple(
            reading if reading.node is node else reading._replace(node=node)
            for reading, node in zip(readings, self.graph.nodes, strict=True)
        )

    def _ranks(self) -> Mapping[int, float]:
        """When each node is read, where that is not its number."""
        order = self.graph.order
        if order is self.start.graph.order and self.start.in_order:
            return self.revision.ranks
        return {node: rank for rank, node in enumerate(order)}

    def _early(self, ranks: Mapping[int, float]) -> Iterator[int]:
        """Those read before a changed layer, though they take a weight of it: one that waits for nothing to arrive."""
        for node in self.revision.changed:
            for taker in self.revision.taken.get(node, ()):
                if ranks.get(taker, taker) < ranks.get(node, node):
                    yield taker

    def _takers(self) -> Iterator[int]:
        """Those who take a model input that is another than before."""
        for position, given in enumerate(self.graph.inputs):
            if position >= len(self.start.graph.inputs) or given != self.start.graph.inputs[position]:
                yield from self.revision.taken.get(-position - 1, ())


def needed(node: Node) -> Collection[int]:
    """The nodes whose results or weights a node takes, each once; model inputs are negative."""
    wires: tuple[Wire, ...] = (*node.wires, *(wire for _, wire in node.keywords)) if node.keywords else node.wires
    if len(wires) == 1 and type(wires[0]) is Source and node.shares is None:
        return (wires[0].node,)
    sources = {source.node for wire in wires for source in sources_in(wire)}
    return sources if node.shares is None else sources | {node.shares}


def _differs(old: LayerReading, new: LayerReading) -> bool:
    """Whether those who take what the layer returns, or share its weights, see a difference.

    What is returned as it came is another tensor if what came is, even if it looks the same.
    """
    before, after = old.outcome, new.outcome
    if before.returned is not None or after.returned is not None or old.assumed != new.assumed:
        return True
    return before is not after and (
        before.output != after.output or before.weights != after.weights or before.inferred != after.inferred
        or bool(before.faults) != bool(after.faults)
    )  # fmt: skip
