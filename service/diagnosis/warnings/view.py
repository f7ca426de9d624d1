"""The analysed model as rules look at it: who takes whose result, worked out only where a rule asks."""

from functools import cached_property

from service.analysis.reading import LayerReading
from service.analysis.revision import Consumers, consumers
from service.architecture.graph import Source, sources_in
from service.core.tensors import Tensor
from service.diagnosis.ground import Ground
from service.diagnosis.place import Place

HANDED_ON = frozenset({"Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "dropout"})
"""Layers that change nothing about which function is learned."""


class View:
    """A document's analysis, and what follows from it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.readings = ground.analysis.readings

    def place(self, node: int) -> Place:
        """Where a node stands."""
        return Place(self.ground, node, (node,))

    @cached_property
    def consumers(self) -> Consumers:
        """The nodes that take what a node returns."""
        return consumers(self.ground.analysis.graph)

    @cached_property
    def takings(self) -> tuple[set[int], set[int]]:
        """The nodes whose results, or weights, any layer or output takes; and those that are taken more than once."""
        graph = self.ground.analysis.graph
        once: set[int] = set(self.returned)
        more: set[int] = set()
        for node in graph.nodes:
            wires = node.wires
            if len(wires) == 1 and type(wires[0]) is Source and not node.keywords and node.shares is None:
                taken = wires[0].node
                (more if taken in once else once).add(taken)
                continue
            named = (wire for _, wire in node.keywords)
            for taken in {source.node for wire in (*wires, *named) for source in sources_in(wire)}:
                (more if taken in once else once).add(taken)
            if node.shares is not None:
                once.add(node.shares)
        return once, more

    @cached_property
    def returned(self) -> frozenset[int]:
        """The nodes whose results the model returns."""
        outputs = self.ground.analysis.graph.outputs
        return frozenset(source.node for output in outputs for source in sources_in(output.wire))

    def before(self, node: int) -> int | None:
        """The node whose whole result a node takes as its only input; none if it takes something else."""
        wires = self.readings[node].node.wires
        if len(wires) != 1 or type(wires[0]) is not Source or wires[0].path or wires[0].node < 0:
            return None
        return wires[0].node

    def behind(self, node: int, passed_over: frozenset[str] = HANDED_ON) -> int | None:
        """The node before, layers of some types passed over."""
        before = self.before(node)
        while before is not None and self.readings[before].node.layer.type in passed_over:
            before = self.before(before)
        return before

    def only_consumer(self, node: int) -> bool:
        """Whether exactly one layer takes a node's result, and the model does not return it."""
        return len(self.consumers.get(node, ())) == 1 and node not in self.returned

    def shape(self, reading: LayerReading) -> tuple[int, ...]:
        """The shape that arrives at a layer's first input; empty if it is no tensor."""
        first = reading.inputs[0] if reading.inputs else None
        return first.shape if isinstance(first, Tensor) else ()
