"""The analysed model as rules look at it: who takes whose result, worked out only where a rule asks."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from service.analysis.reading import LayerReading
from service.analysis.revision import Consumers
from service.architecture.graph import Source, sources_in
from service.core.tensors import Tensor
from service.diagnosis.ground import Ground
from service.diagnosis.place import Place
from service.diagnosis.warnings.families import HANDED_ON
from service.layers.base import Layer
from service.layers.notebook import PRESERVED

REACH: Final = 16
"""How many layers away from a layer a rule looks at most, so that it has to be asked again only near a change."""


class View:
    """A document's analysis, and what follows from it."""

    def __init__(self, ground: Ground, taken: Consumers | None = None) -> None:
        """``taken`` says who takes what a node returns, if that is known already."""
        self.ground = ground
        self.readings = ground.analysis.readings
        self._taken = taken

    def place(self, node: int) -> Place:
        """Where a node stands."""
        return Place(self.ground, node, (node,))

    def layer(self, node: int) -> Layer:
        """The layer of a node."""
        return self.readings[node].node.layer

    @cached_property
    def consumers(self) -> Consumers:
        """The nodes that take what a node returns, or use its weights."""
        return self.ground.consumers if self._taken is None else self._taken

    @cached_property
    def returned(self) -> frozenset[int]:
        """The nodes whose results the model returns."""
        outputs = self.ground.analysis.graph.outputs
        return frozenset(source.node for output in outputs for source in sources_in(output.wire))

    def idle(self, node: int) -> bool:
        """Whether nothing takes what a node, or the model input that a negative number is, holds."""
        return node not in self.consumers and node not in self.returned

    def before(self, node: int) -> int | None:
        """The node whose whole result a node takes as its only input; none if it takes something else."""
        wires = self.readings[node].node.wires
        if len(wires) != 1 or type(wires[0]) is not Source or wires[0].path or wires[0].node < 0:
            return None
        return wires[0].node

    def behind(self, node: int, passed_over: frozenset[str] = HANDED_ON) -> int | None:
        """The node before, layers of some types passed over."""
        before = self.before(node)
        for _ in range(REACH):
            if before is None or self.layer(before).type not in passed_over:
                return before
            before = self.before(before)
        return None

    def only_consumer(self, node: int) -> bool:
        """Whether exactly one layer takes a node's result, and the model does not return it."""
        return len(self.consumers.get(node, ())) == 1 and node not in self.returned

    def shape(self, reading: LayerReading) -> tuple[int, ...]:
        """The shape that arrives at a layer's first input; empty if it is no tensor."""
        first = reading.inputs[0] if reading.inputs else None
        return first.shape if isinstance(first, Tensor) else ()

    def entrywise(self, reading: LayerReading) -> bool:
        """Whether every entry of the result stands where the entry stood that it was made of."""
        output, shape = reading.outcome.output, self.shape(reading)
        return reading.outcome.field == PRESERVED and isinstance(output, Tensor) and output.shape == shape != ()

    def source(self, node: int) -> Source | None:
        """Where the first input of a node comes from, if from one place."""
        wires = self.readings[node].node.wires
        return wires[0] if wires and isinstance(wires[0], Source) else None

    def sources(self, source: Source | None) -> Iterator[Source]:
        """A source and those before it, along the first input of each layer, up to a model input."""
        for _ in range(REACH):
            if source is None:
                return
            yield source
            source = self.source(source.node) if source.node >= 0 else None
