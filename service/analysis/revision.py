"""An analysis after a small change of the architecture: only what the change reaches is read again."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeAlias

from service.analysis.fold import Fold, Memory
from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Graph, Node, Source, Wire, sources_in

Consumers: TypeAlias = dict[int, list[int]]
"""Which nodes take what a node returns, or use its weights; model inputs are negative, as in a :class:`Source`."""


class Revision(NamedTuple):
    """A changed architecture beside the one it was made from."""

    graph: Graph
    was: Sequence[int | None]
    """Which node each was before; none for a new one."""
    changed: tuple[int, ...]
    """The nodes whose layers or sources are others than before."""


def consumers(graph: Graph) -> Consumers:
    """Who has to be asked again when a node's outcome changes."""
    result: Consumers = {}
    for index, node in enumerate(graph.nodes):
        for source in _needed(node):
            result.setdefault(source, []).append(index)
    return result


def reread(before: Analysis, revision: Revision, taken: Consumers, memory: Memory, *, training: bool) -> "Rereading":
    """The nodes that the change reaches, with ``taken`` the consumers in the changed graph."""
    return Rereading(before, revision, taken, memory, training)


class Rereading(Fold):
    """A fold that starts from readings already there. Iterate it to the end before asking for outputs."""

    def __init__(self, before: Analysis, revision: Revision, taken: Consumers, memory: Memory, training: bool) -> None:
        super().__init__(revision.graph, training, memory)
        self.revision, self.taken = revision, taken
        self.readings = [None if old is None else before.readings[old] for old in revision.was]
        for index, reading in enumerate(self.readings):
            if reading is not None:
                self.values[index] = reading.outcome.output
                self.assumed[index] = reading.assumed
        self.inputs_before = before.graph.inputs

    def __iter__(self) -> Iterator[tuple[int, LayerReading]]:
        """Every node that has to be read again, in order, until what they return is what it was."""
        order = self.graph.order
        place = {node: rank for rank, node in enumerate(order)} if order != tuple(range(len(order))) else None
        waiting = [index if place is None else place[index] for index in {*self.revision.changed, *self._takers()}]
        heapify(waiting)
        seen = set(waiting)
        while waiting:
            index = order[heappop(waiting)]
            old, new = self.readings[index], self.read(index, self.graph.nodes[index])
            self.readings[index] = new
            yield index, new
            if old is None or _differs(old, new):
                for consumer in self.taken.get(index, ()):
                    rank = consumer if place is None else place[consumer]
                    if rank not in seen:
                        seen.add(rank)
                        heappush(waiting, rank)

    def _takers(self) -> Iterator[int]:
        """Those who take a model input that is another than before."""
        for position, given in enumerate(self.graph.inputs):
            if position >= len(self.inputs_before) or given != self.inputs_before[position]:
                yield from self.taken.get(-position - 1, ())


def _needed(node: Node) -> set[int]:
    wires: tuple[Wire, ...] = (*node.wires, *(wire for _, wire in node.keywords)) if node.keywords else node.wires
    if len(wires) == 1 and type(wires[0]) is Source:
        needed = {wires[0].node}
    else:
        needed = {source.node for wire in wires for source in sources_in(wire)}
    return needed if node.shares is None else needed | {node.shares}


def _differs(old: LayerReading, new: LayerReading) -> bool:
    """Whether those who take what the layer returns, or share its weights, see a difference."""
    before, after = old.outcome, new.outcome
    return before is not after and (
        before.output != after.output or before.weights != after.weights or before.inferred != after.inferred
        or bool(before.faults) != bool(after.faults)
    )  # fmt: skip
