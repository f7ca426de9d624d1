"""Copies of what is repeated: where two in a row differ in nothing but their numbers, so do all that follow."""

from functools import cached_property
from typing import Final, NamedTuple, cast

from service.architecture.graph import Node, Source, Wire
from service.architecture.scopes import Block, Entity, Received, Scope
from service.core.records import maker

_node: Final = maker(Node)
_source: Final = maker(Source)


class Step(NamedTuple):
    """From one copy to another: what the copies themselves return moves on, what stands before them stays."""

    since: int
    """The node at which the first copy starts."""
    by: int
    """How many nodes further the other one is."""

    def times(self, count: int) -> "Step":
        """The step from one copy to that so many further on."""
        return Step(self.since, self.by * count)

    def number(self, node: int) -> int:
        """The node that is in the other copy what ``node`` is in the one."""
        return node if node < self.since else node + self.by

    def wire(self, wire: Wire) -> Wire:
        """What the other copy takes or returns instead."""
        if type(wire) is Source:
            since, by = self
            node, path = wire
            return wire if node < since else _source((node + by, path))
        return self.wires(cast("tuple[Wire, ...]", wire))

    def nodes(self, nodes: list[Node], prefix: int, name: str) -> list[Node]:
        """The nodes of the other copy, which is called ``name`` where these have ``prefix`` characters."""
        return [
            _node((name + called[prefix:], pointer, layer, self.wires(wires), (), None))
            for called, pointer, layer, wires, _, _ in nodes
        ]

    def wires(self, wires: tuple[Wire, ...]) -> tuple[Wire, ...]:
        """What a layer of the other copy takes instead."""
        return (self.wire(wires[0]),) if len(wires) == 1 else tuple([self.wire(wire) for wire in wires])

    def entity(self, entity: Entity, home: Scope | None = None) -> Entity:
        """What is in the other copy what ``entity`` is in the one; it stands in ``home`` if not beside that."""
        match entity:
            case int():
                return self.number(entity)
            case Block(layer, beside, scope, pointer, start, end, returns):
                moved = None if returns is None else self.wire(returns)
                copied = CopiedScope(scope, home or beside, self)
                return Block(layer, home or beside, copied, pointer, self.number(start), self.number(end), moved)
            case Received(scope, wires):
                return Received(scope, None if wires is None else self.wires(wires))
        return cast("Source", self.wire(entity))


class CopiedScope(Scope):
    """The names of a copy; worked out once somebody asks for one, which is seldom."""

    def __init__(self, original: Scope, parent: Scope, step: Step) -> None:
        super().__init__(parent, None)  # Everything that a copy takes is known.
        self.original = original
        self.layers = original.layers
        self.step = step
        self.hidden = None if original.hidden is None else self._moved(original.hidden)

    @cached_property
    def names(self) -> dict[str, Entity]:
        return {name: self._moved(entity) for name, entity in self.original.names.items()}

    def _moved(self, entity: Entity) -> Entity:
        # Copies of what is repeated here stand where their original does, in the list around their names.
        beside = isinstance(entity, Block) and entity.home is self.original.parent
        return self.step.entity(entity, self.parent if beside and self.parent is not None else self)
