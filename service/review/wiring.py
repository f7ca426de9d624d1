"""Where layers take what they take from, in the terms of two versions."""

from collections.abc import Mapping
from typing import Any

from service.analysis.reading import Analysis
from service.architecture.graph import Node, Source, Wire


class Origins:
    """What reaches the layers that both versions have: each layer stands for its pair, and one that only this version
    has, and that takes a single value, for what it takes. So what is put between two layers changes neither."""

    def __init__(self, analysis: Analysis, kept: Mapping[int, int]) -> None:
        """``kept`` is the number of the pair of every layer that is one of a pair."""
        self.graph = analysis.graph
        self.found: dict[int, Any] = {}
        for index in self.graph.order:
            node = self.graph.nodes[index]
            if index in kept:
                self.found[index] = kept[index]
            elif len(node.wires) == 1 and not node.keywords and isinstance(node.wires[0], Source):
                self.found[index] = self._origin(node.wires[0])
            else:
                self.found[index] = (node.name,)

    def reaching(self, index: int) -> Any:
        """What a layer takes, to be compared with that of its pair."""
        node = self.graph.nodes[index]
        return [self._origin(wire) for wire in node.wires], [(key, self._origin(wire)) for key, wire in node.keywords]

    def returned(self) -> Any:
        """What the model returns, to be compared with what the other version does."""
        return [self._origin(output.wire) for output in self.graph.outputs]

    def named(self, index: int) -> list[str]:
        """The same for people: as a document refers to it."""
        node: Node = self.graph.nodes[index]
        return [self._written(wire) for wire in node.wires] + [
            f"{key}={self._written(wire)}" for key, wire in node.keywords
        ]

    def _origin(self, wire: Wire) -> Any:
        if not isinstance(wire, Source):
            return tuple(self._origin(part) for part in wire)
        start = wire.node if wire.node < 0 else self.found[wire.node]
        return (start, wire.path) if wire.path else start

    def _written(self, wire: Wire) -> str:
        if not isinstance(wire, Source):
            return f"({', '.join(self._written(part) for part in wire)})"
        return self.graph.name_of(wire)
