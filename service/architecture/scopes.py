"""Names: what a reference in one part of the document means."""

import re
from collections.abc import Container, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, TypeAlias, cast

from service.architecture.bundles import NoSuchPart, indexed, one_or_all
from service.architecture.graph import Source, Wire
from service.core.records import maker
from service.layers.base import Layer

_source: Final = maker(Source)
_REFERENCE: Final = re.compile(r"^(?:([A-Za-z_]\w*)=)?([^\[\]=]+)((?:\[-?\d{1,18}\])*)$")


INPUT: Final = "input"
"""What a block receives, to the layers within."""


class ParsedReference(NamedTuple):
    """A reference taken apart: ``attn_mask=masks[0]`` → keyword, name, indices."""

    keyword: str | None
    name: str
    indices: tuple[int, ...]

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, text: str) -> "ParsedReference | None":
        """None where the text is no reference."""
        match = _REFERENCE.match(text)
        if match is None:
            return None
        return cls(match[1], match[2], tuple(int(index) for index in re.findall(r"-?\d+", match[3])))


class Received(NamedTuple):
    """What a block receives, known inside it as ``input``: several values, or what references lead to."""

    scope: "Scope"
    wires: tuple[Wire, ...] | None = None
    """What it is, if that is known by now."""


class Arrival(NamedTuple):
    """What reaches a layer or block: the entity before it, the references it names, or both."""

    before: "Entity | None"
    references: tuple[str, ...]
    scope: "Scope"
    pointer: str
    """Where the layer stands whose ``inputs`` the references are."""


class Scope:
    """The names of one list of layers, and the list around it."""

    def __init__(self, parent: "Scope | None", arrival: Arrival | None, path: str = "") -> None:
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.arrival = arrival
        self.path = path
        """What stands before the full names of its layers: ``blocks.0.``."""
        self.open: dict[str, Scope] = {} if parent is None else parent.open
        """The lists that are still being read, by their paths: their blocks aren't among any list's names yet."""
        self.layers: Sequence[Layer] | None = ()
        """The list as it stands in the document; none if it is made of numbered copies."""
        self.hidden: Entity | None = None
        """A layer of a block that is called ``input``, which within the block means what it receives."""
        self.outputs: tuple[Entity | str, ...] = ()
        """What the block returns: its last entity, or the references in ``outputs``."""

    @cached_property
    def names(self) -> "dict[str, Entity]":
        """What is called so in the list itself."""
        return {}

    @cached_property
    def coming(self) -> Container[str]:
        """The names that there are once the whole list has been read."""
        layers = self.layers or ()
        return {str(index) if layer.name is None else layer.name for index, layer in enumerate(layers)}

    def known(self, name: str) -> "Entity | None":
        """What ``name`` means here, if it is known already and nothing that comes later can change that."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                # Of copies, each would have to say it of another.
                return None if scope.layers is None else scope.names[name]
            if name in scope.coming:
                return None
            scope = scope.parent
        return None

    def put(self, name: str, entity: "Entity") -> None:
        """A layer or block of the list, under its name."""
        if name == INPUT and self.parent is not None:
            self.hidden = entity
        else:
            self.names[name] = entity

    def may_hide(self, name: str) -> bool:
        """Whether a layer may have the name of what the block receives: models have such modules."""
        return name == INPUT and self.parent is not None and self.hidden is None

    def find(self, name: str) -> "Entity | WeightName | None":
        """What ``name`` means here: local names first, then those around, or only those of the model itself if a dot
        stands before it; dots lead inside."""
        scope: Scope | None = self
        if name.startswith("."):
            name, scope = name[1:], self.top
        first, *rest = name.split(".")
        while scope is not None:
            if first in scope.names:
                return _inside(scope.names[first], rest)
            if rest and (unfinished := self.open.get(f"{scope.path}{first}.")) is not None:
                return unfinished.inside(rest)
            scope = scope.parent
        return None

    def inside(self, steps: list[str]) -> "Entity | WeightName | None":
        """What the rest of a name means once it has led into the block whose layers these are."""
        first, *rest = steps
        if rest and (unfinished := self.open.get(f"{self.path}{first}.")) is not None:
            return unfinished.inside(rest)
        entity = self.hidden if first == INPUT and self.hidden is not None else self.names.get(first)
        return None if entity is None else _inside(entity, rest)

    @property
    def top(self) -> "Scope":
        """The names of the model itself."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def visible(self) -> Iterator[str]:
        """Every name that could be written here, the nearest first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


class Block(NamedTuple):
    """A named list of layers, or a repeated one, whose copies are named by their numbers."""

    layer: Layer
    home: Scope
    """The list it stands in, whose names its layers see."""
    scope: Scope
    pointer: str
    start: int
    end: int
    """Its single layers are the nodes from ``start`` up to ``end``."""
    returns: Wire | None
    """What it returns, if that is known as soon as its layers are."""

    @property
    def is_repeated(self) -> bool:
        """Whether it is the copies of a layer rather than one."""
        return self.scope.layers is None


class WeightName(NamedTuple):
    """A reference to a weight: ``embedding.weight``."""

    node: int
    weight: str


Entity: TypeAlias = int | Source | Block | Received
"""What a name can stand for: a single layer (the number of its node), a model input, a block, what it receives."""


def settled(entity: Entity) -> Wire | None:
    """What an entity stands for, if that needs no following of references."""
    kind = type(entity)
    if kind is int:
        return _source((entity, ()))
    if kind is Source:
        return cast("Source", entity)
    if kind is Block:
        return cast("Block", entity).returns
    wires = cast("Received", entity).wires
    return None if wires is None else one_or_all(wires)


def known_wires(before: Entity | None, references: tuple[str, ...], scope: Scope) -> tuple[Wire, ...] | None:
    """What an arrival brings, if it is all known already and nothing that comes later can change what it means."""
    found: list[Wire] = []
    if type(before) is Received:
        if before.wires is None:
            return None
        found += before.wires
    elif before is not None:
        wire = settled(before)
        if wire is None:
            return None
        found.append(wire)
    for reference in references:
        wire = _known_wire(reference, scope)
        if wire is None:
            return None
        found.append(wire)
    return tuple(found)


def known_outputs(scope: Scope) -> tuple[Wire, ...] | None:
    """What a block returns, if it is all known."""
    found: list[Wire] = []
    for output in scope.outputs:
        wire = _known_wire(output, scope) if isinstance(output, str) else settled(output)
        if wire is None:
            return None
        found.append(wire)
    return tuple(found)


def _known_wire(reference: str, scope: Scope) -> Wire | None:
    parsed = ParsedReference.parse(reference)
    if parsed is None or parsed.keyword is not None:
        return None
    entity = scope.known(parsed.name)
    wire = None if entity is None else settled(entity)
    if wire is None or not parsed.indices:
        return wire
    try:
        return indexed(wire, parsed.indices)
    except NoSuchPart:
        return None


def _inside(entity: Entity, steps: list[str]) -> "Entity | WeightName | None":
    if not steps:
        return entity
    if isinstance(entity, Block):
        return entity.scope.inside(steps)
    return WeightName(entity, ".".join(steps)) if isinstance(entity, int) else None
