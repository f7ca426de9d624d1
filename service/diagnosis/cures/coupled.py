"""One size wherever it is declared: layers that hand a tensor on have to agree on its channels or features."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from service.architecture.graph import Source
from service.core.issues import Operation
from service.core.sizes import Size
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal, called, owner_of
from service.diagnosis.trails import FARTHEST, PRODUCERS
from service.diagnosis.wording import named
from service.layers.base import Layer
from service.layers.doubts import IN_AND_OUT

TAKING: Final = ("in_channels", "in_features", "input_size", "kdim", "vdim")
"""The arguments that say how many channels or features a layer takes, and nothing of what it returns."""
MERGING: Final = frozenset({"flatten", "view", "reshape"})
JOINING: Final = frozenset({"cat", "concat", "concatenate", "stack", "matmul", "bmm", "mm"})
"""Layers behind which the size is another one, or not to be found by its number."""


Changes: TypeAlias = dict[str, tuple[Operation, str]]
"""By its path, what is to be done to an argument, and what a sentence calls it."""


def proposed(changes: Changes) -> Iterator[Proposal]:
    """The proposal to make changes together, if there are any."""
    by_value: dict[str, list[str]] = {}
    for operation, name in changes.values():
        by_value.setdefault(str(operation.value), []).append(name)
    if changes:
        told = ", and ".join(f"{named(names)} to {value}" for value, names in by_value.items())
        yield Proposal(f"Set {told}.", tuple(operation for operation, _ in changes.values()))


class Coupling:
    """The arguments that change with the channels or features of a layer, which are ``old`` and shall be ``new``."""

    def __init__(self, place: Place, old: Size, new: Size) -> None:
        self.place, self.old, self.new = place, old, new
        self.changes: Changes = {}
        self._seen = {place.node}
        self._left = FARTHEST

    def beside(self) -> "Coupling":
        """With the other layers that are nested in the same one, which hand the tensor to each other."""
        layer = self.place.reading.node.layer
        for field in type(layer).model_fields if self.place.part is not None else ():
            nested = self.place._replace(part=field)
            for argument in IN_AND_OUT if field != self.place.part and isinstance(nested.layer, Layer) else ():
                if getattr(nested.layer, argument, None) in (self.old, (self.old,)):
                    operation = setting(self.place.ground, nested.pointer, argument, self.new)
                    self.changes.setdefault(operation.path, (operation, f"{argument} of {self.place.name}"))
        return self

    def before(self) -> "Coupling":
        """With what makes the tensors that the layer takes."""
        self._makers(self.place.node, merged=False)
        return self

    def behind(self) -> "Coupling":
        """With what takes the tensors that the layer returns."""
        self._takers(self.place.node, merged=False)
        return self

    def change(self, node: int, argument: str, value: Any) -> None:
        """Another value for an argument of a node."""
        owner = owner_of(self.place.analysis, self.place.analysis.readings[node])
        pointer = self.place.pointer if node == self.place.node else owner.node.pointer
        operation = setting(self.place.ground, pointer, argument, value)
        self.changes.setdefault(operation.path, (operation, f"{argument} of {called(owner)}"))

    def _visit(self, node: int, *, merged: bool) -> None:
        """The tensor that a node returns, with who makes and who takes it."""
        if node in self._seen or not self._left:
            return
        self._left -= 1
        self._seen.add(node)
        if not self._makes(node):
            self._makers(node, merged=merged)
        self._takers(node, merged=merged)

    def _makes(self, node: int) -> bool:
        """Whether the layer itself says how much it returns; what says it is changed."""
        layer = self.place.analysis.readings[node].node.layer
        for argument in PRODUCERS:
            if getattr(layer, argument, None) == self.old:
                self.change(node, argument, self.new)
        if not any(hasattr(layer, argument) for argument in PRODUCERS):
            self._passes(node)
            return False
        return True

    def _passes(self, node: int) -> None:
        layer: Any = self.place.analysis.readings[node].node.layer
        for argument in IN_AND_OUT:
            if getattr(layer, argument, None) == self.old:
                self.change(node, argument, self.new)
        shape = getattr(layer, "shape", getattr(layer, "normalized_shape", None))
        if isinstance(shape, tuple) and self.old in shape and not layer.type.startswith(("view", "reshape")):
            argument = "shape" if hasattr(layer, "shape") else "normalized_shape"
            self.change(node, argument, [self.new if size == self.old else size for size in shape])

    def _makers(self, node: int, *, merged: bool) -> None:
        for wire in self.place.analysis.graph.nodes[node].wires:
            if isinstance(wire, Source) and wire.node >= 0:
                self._visit(wire.node, merged=merged)

    def _takers(self, node: int, *, merged: bool) -> None:
        for taker in self.place.ground.consumers.get(node, ()):
            layer = self.place.analysis.graph.nodes[taker].layer
            kind = layer.type.lower()
            for argument in TAKING:
                size = getattr(layer, argument, None)
                if size == self.old:
                    self.change(taker, argument, self.new)
                elif merged and isinstance(size, int) and size % self.old == 0:
                    self.change(taker, argument, size // self.old * self.new)
            if kind not in JOINING and not any(hasattr(layer, argument) for argument in (*TAKING, *PRODUCERS)):
                self._visit(taker, merged=merged or kind in MERGING)
