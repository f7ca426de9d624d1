"""References of the document as written: which layer each names, so that edits keep them true.

An unnamed layer is called by its index. A layer put before it, or taken away, changes its name, and whatever
refers to it has to be rewritten in the same patch.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from service.architecture.scopes import ParsedReference
from service.core.issues import Operation

_BLOCKS: Final = "Sequential"


class Step(NamedTuple):
    """One part of a dotted name, and the list and position of the layer it names."""

    part: int
    layers: str
    """Pointer to the list."""
    position: int
    by_index: bool
    """Whether the layer has no name but its position."""


class WrittenReference(NamedTuple):
    """A reference where it stands."""

    pointer: str
    text: str
    steps: tuple[Step, ...]

    @property
    def applies_again(self) -> bool:
        """Whether it says which layer is applied again, rather than whose result is taken."""
        return self.pointer.endswith("/layer")

    def ends_at(self, step: Step) -> bool:
        """Whether it names the layer itself, and nothing within or of it."""
        return step.part == self.text.rpartition("=")[2].partition("[")[0].count(".")

    def renamed(self, part: int, name: str) -> Operation:
        """The reference with one part of its name replaced."""
        keyword, equals, rest = self.text.rpartition("=")
        dotted, bracket, indices = rest.partition("[")
        parts = dotted.split(".")
        parts[part] = name
        return Operation("replace", self.pointer, f"{keyword}{equals}{'.'.join(parts)}{bracket}{indices}")


class _Level(NamedTuple):
    """A list of layers and the one around it."""

    pointer: str
    layers: list[dict[str, Any]]
    names: dict[str, int]
    around: "_Level | None" = None
    position: int = 0
    """Where its block stands in the list around it."""

    @classmethod
    def of(cls, pointer: str, layers: list[dict[str, Any]], *around: Any) -> "_Level":
        return cls(pointer, layers, {name_of(layer, index): index for index, layer in enumerate(layers)}, *around)


def name_of(layer: dict[str, Any], index: int) -> str:
    """What a layer is called within its list."""
    name = layer.get("name")
    return str(index) if name is None else str(name)


def written_references(raw: dict[str, Any]) -> list[WrittenReference]:
    """Every reference of a readable document that names a layer."""
    top = _Level.of("/layers", raw["layers"])
    outputs = ((f"/outputs/{index}", text) for index, text in enumerate(raw.get("outputs") or ()))
    found = [_followed(pointer, text, top) for pointer, text in outputs]
    return [reference for reference in (*_within(top), *found) if reference.steps]


def _within(level: _Level) -> Iterator[WrittenReference]:
    for index, layer in enumerate(level.layers):
        pointer = f"{level.pointer}/{index}"
        for position, text in enumerate(layer.get("inputs") or ()):
            yield _followed(f"{pointer}/inputs/{position}", text, level)
        if layer["type"] == "reuse":
            yield _followed(f"{pointer}/layer", layer["layer"], level)
        if layer["type"] == _BLOCKS:
            inner = _Level.of(f"{pointer}/layers", layer["layers"], level, index)
            yield from _within(inner)
            for position, text in enumerate(layer.get("outputs") or ()):
                yield _followed(f"{pointer}/outputs/{position}", text, inner)


def _followed(pointer: str, text: str, level: _Level) -> WrittenReference:
    parsed = ParsedReference.parse(text)
    steps = tuple(_steps(parsed.name.split("."), level)) if parsed is not None else ()
    return WrittenReference(pointer, text, steps)


def _steps(parts: list[str], level: _Level | None) -> Iterator[Step]:
    part = 0 if parts[0] else 1  # A dot before a name leads to the top.
    while level is not None and (level.around if part else parts[0] not in level.names):
        if parts[0] == "input":
            return
        level = level.around
    while level is not None and part < len(parts) and parts[part] in level.names:
        position = level.names[parts[part]]
        layer, pointer = level.layers[position], f"{level.pointer}/{position}"
        yield Step(part, level.pointer, position, layer.get("name") is None)
        part += 1
        while layer["type"] == "reuse":
            target = _target(layer["layer"], level, position)
            if target is None:
                return
            level, position = target
            layer, pointer = level.layers[position], f"{level.pointer}/{position}"
        if layer.get("repeat") is not None:
            part += 1
        inner = layer["type"] == _BLOCKS
        level = _Level.of(f"{pointer}/layers", layer["layers"], level, position) if inner else None


def _target(name: str, level: _Level, position: int) -> tuple[_Level, int] | None:
    """What a ``reuse`` at ``position`` applies again, which stands before it; only a plain name is followed."""
    while level.names.get(name, position) >= position:
        if level.around is None:
            return None
        level, position = level.around, level.position
    return level, level.names[name]
