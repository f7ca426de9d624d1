"""The class for as many spatial axes as arrive: ``Conv2d`` → ``Conv1d``, with whatever goes along with it."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from service.core.issues import Operation, Patch
from service.diagnosis.cures.numbers import are_numbers
from service.diagnosis.edits import retyping, setting
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal, called, owner_of
from service.diagnosis.trails import FARTHEST
from service.diagnosis.wording import named, with_article
from service.layers.base import COMMON_KEYS
from service.layers.catalogue import CATALOGUE

_DIMENSIONAL: Final = re.compile(r"^(\w*?)([123])d$")


def for_rank(place: Place, rank: int) -> Iterator[Proposal]:
    """The layer's class, then that of all layers behind it or of the whole model, made for a batch of ``rank`` axes."""
    match = _DIMENSIONAL.match(place.reading.node.layer.type)
    if match is None:
        return
    # What has so many axes is a batch, unless there is no such class.
    found = [axes for axes in (rank - 2, rank - 1) if f"{match[1]}{axes}d" in CATALOGUE]
    for axes in [axes for axes in found[:1] if str(axes) != match[2]]:
        patch = _for_axes(place, place.pointer, axes)
        yield Proposal(f"Make {place.name} {with_article(f'{match[1]}{axes}d')}.", patch)
        for nodes in (_behind(place), range(len(place.analysis.readings))):
            yield from _together(place, nodes, int(match[2]), axes)


def _together(place: Place, nodes: Iterator[int] | range, made_for: int, axes: int) -> Iterator[Proposal]:
    """All layers made for as many axes as this one."""
    names: dict[str, str] = {}
    for node in nodes:
        owner = owner_of(place.analysis, place.analysis.readings[node])
        match = _DIMENSIONAL.match(owner.node.layer.type)
        if match is not None and int(match[2]) == made_for and f"{match[1]}{axes}d" in CATALOGUE:
            names.setdefault(owner.node.pointer, called(owner))
    if len(names) > 1:
        patch = tuple(operation for pointer in names for operation in _for_axes(place, pointer, axes))
        yield Proposal(f"Change {named(list(names.values()))} to the classes that end in {axes}d.", patch)


def _behind(place: Place) -> Iterator[int]:
    """The layer and those that what it returns leads to."""
    waiting, seen = [place.node], {place.node}
    while waiting and len(seen) < FARTHEST:
        node = waiting.pop(0)
        yield node
        takers = [taker for taker in place.ground.consumers.get(node, ()) if taker not in seen]
        seen.update(takers)
        waiting += takers


def _for_axes(place: Place, pointer: str, axes: int) -> Patch:
    """Another class, with the numbers that were given for each axis."""
    raw = value_at(place.raw, pointer)
    match = _DIMENSIONAL.match(raw["type"])
    made_for = int(match[2]) if match is not None else axes
    kernel = raw.get("kernel_size")
    largest = kernel.index(max(kernel)) if are_numbers(kernel) else made_for - 1
    other = raw["type"].replace(f"{made_for}d", f"{axes}d")
    operations = [retyping(place.ground, pointer, other)]
    for argument, value in raw.items():
        if argument in COMMON_KEYS:
            continue
        if argument not in CATALOGUE[other].model_fields:
            operations.append(Operation("remove", f"{pointer}/{argument}"))
        elif are_numbers(value) and len(value) in (made_for, 2 * made_for):
            operations.append(setting(place.ground, pointer, argument, _numbers(value, made_for, axes, largest)))
    return tuple(operations)


def _numbers(value: list[Any], made_for: int, axes: int, largest: int) -> Any:
    """One number for every axis, or two, where there were as many for each of ``made_for`` axes."""
    if len(value) == 2 * made_for:
        # The numbers for the last axis come first.
        return list(islice((*value, *value, *value), 2 * axes))
    if len(set(value)) == 1:
        return value[0]
    if axes == 1:
        return value[min(largest, len(value) - 1)]
    return value[-axes:] if axes < made_for else [*value[:1] * (axes - made_for), *value]
