"""Names: what a reference in one part of the document means."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from service.architecture.graph import Source
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
    """What a block receives, known inside it as ``input``."""

    scope: "Scope"


class Arrival(NamedTuple):
    """What reaches a layer or block: the entity before it, the references it names, or both."""

    before: "Entity | None"
    references: tuple[str, ...]
    scope: "Scope"
    pointer: str
    """Where the layer stands whose ``inputs`` the references are."""


class Scope:
    """The names of one list of layers, and the list around it."""

    __slots__ = ("arrival", "depth", "hidden", "names", "outputs", "parent")

    def __init__(self, parent: "Scope | None", arrival: Arrival | None) -> None:
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.arrival = arrival
        self.names: dict[str, Entity] = {}
        self.hidden: Entity | None = None
        """A layer of a block that is called ``input``, which within the block means what it receives."""
        self.outputs: tuple[Entity | str, ...] = ()
        """What the block returns: its last entity, or the references in ``outputs``."""

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
        """What ``name`` means here: local names first, then those around; dots lead inside."""
        first, *rest = name.split(".")
        scope: Scope | None = self
        while scope is not None:
            if first in scope.names:
                return _inside(scope.names[first], rest)
            scope = scope.parent
        return None

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
    returns: Source | None
    """What it returns, where that is one value and known as soon as its layers are."""


class WeightName(NamedTuple):
    """A reference to a weight: ``embedding.weight``."""

    node: int
    weight: str


Entity: TypeAlias = int | Source | Block | Received
"""What a name can stand for: a single layer (the number of its node), a model input, a block, what it receives."""


def settled(entity: Entity) -> Source | None:
    """What an entity stands for, if that is one value and needs no following of references."""
    if type(entity) is int:
        return _source((entity, ()))
    if type(entity) is Block:
        return entity.returns
    return entity if type(entity) is Source else None


def _inside(entity: Entity, steps: list[str]) -> "Entity | WeightName | None":
    for position, step in enumerate(steps):
        if isinstance(entity, Block) and step == INPUT and entity.scope.hidden is not None:
            entity = entity.scope.hidden
        elif isinstance(entity, Block) and step in entity.scope.names:
            entity = entity.scope.names[step]
        elif isinstance(entity, int):
            return WeightName(entity, ".".join(steps[position:]))
        else:
            return None
    return entity
