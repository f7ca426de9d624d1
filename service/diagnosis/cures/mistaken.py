"""Another layer than was meant taken as an input: one of a like name, or one whose result nobody takes, fits."""

import re
from collections.abc import Iterator
from typing import Any, Final

from service.core.sizes import Shape
from service.core.tensors import Tensor
from service.diagnosis.cures.bending import joined_axis
from service.diagnosis.cures.ways import Pair
from service.diagnosis.edits import feeding
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal
from service.diagnosis.references import name_of

MOST_LOOKED_AT: Final = 256
"""Layers before that are considered."""
MOST_OFFERED: Final = 2
_DIGITS: Final = re.compile(r"\d+")


def propose(place: Place, pair: Pair) -> Iterator[Proposal]:
    """Each of two inputs that do not fit taken from a layer before whose result does."""
    for way in (pair.swapped(), pair):
        found = way.first.reference()
        if found is None or "inputs" not in value_at(place.raw, place.reading.node.pointer):
            continue
        for name in _fitting(way, found[1]):
            edit = feeding(way.first, name)
            if edit is not None:
                yield Proposal(f"Let {place.name} take {name} in the place of {found[1]}.", *edit)


def _fitting(pair: Pair, reference: str) -> list[str]:
    """Names of layers of the same list, written before, whose results fit the second of the two."""
    place = pair.first
    parent, _, own = place.reading.node.pointer.rpartition("/")
    layers: list[dict[str, Any]] = value_at(place.raw, parent)
    position = int(own)
    taken = {source.rpartition("=")[2] for source in layers[position]["inputs"]}
    last = _last_nodes(place)
    found: list[tuple[bool, str]] = []
    for index in range(max(position - MOST_LOOKED_AT, 0), position):
        name = name_of(layers[index], index)
        node = last.get(name)
        if node is None or name in taken or "outputs" in layers[index]:
            continue
        output = place.analysis.readings[node].outcome.output
        unused = node not in place.ground.consumers
        if (unused or _is_like(name, reference)) and isinstance(output, Tensor) and _fits(output.shape, pair):
            found.append((not unused, name))
    return [name for _, name in sorted(found)[:MOST_OFFERED]]


def _is_like(name: str, other: str) -> bool:
    """Whether two names differ by their numbers only; of two numbers, whether one is the next."""
    if name.isdigit() and other.isdigit():
        return abs(int(name) - int(other)) == 1
    return _DIGITS.sub("#", name) == _DIGITS.sub("#", other) != name


def _last_nodes(place: Place) -> dict[str, int]:
    """The last node of each layer or block before, by its name in the list; of the nearest ones only."""
    prefix = place.reading.node.name.rpartition(".")[0]
    within = f"{prefix}." if prefix else ""
    found: dict[str, int] = {}
    for node in range(place.node - 1, max(place.node - MOST_LOOKED_AT, -1), -1):
        name = place.analysis.readings[node].node.name
        if name.startswith(within):
            found.setdefault(name[len(within) :].partition(".")[0], node)
    return found


def _fits(shape: Shape, pair: Pair) -> bool:
    """Whether a shape agrees with that of the second of the two, but for the axis along which they are joined."""
    joined = joined_axis(pair)
    if len(shape) != len(pair.b) or shape == pair.a:
        return False
    return all(axis == joined or size == wanted for axis, (size, wanted) in enumerate(zip(shape, pair.b, strict=True)))
