"""A drawing of bounded size, whatever the model's: what is opened, what stays closed, what is left out."""

from bisect import bisect_left
from collections.abc import Iterator, Set
from dataclasses import replace
from typing import Final, TypeAlias

from service.analysis.reading import Analysis
from service.reports.abridged.folding import exactly, folded, roughly
from service.reports.abridged.fusing import fused
from service.reports.abridged.outline import Part, opened, outline, simplified
from service.reports.abridged.subject import Subject

MOST_BOXES: Final = 96
"""Boxes that are drawn, unless said otherwise; what does not fit is folded or stays closed."""
DEEPEST: Final = 10
"""Blocks that are drawn in each other."""
MOST_BESIDE: Final = 60
"""Parts of one block that are drawn; from the middle of more, some are left out."""
MOST_MARKED: Final = 12
"""Parts of one block that are drawn because of what is said about them, wherever they stand."""


Types: TypeAlias = tuple[str, ...]
"""The types of a block's layers, by which blocks count as alike."""


def pictured(subject: Subject, most: int = MOST_BOXES) -> Part:
    """The model in at most so many boxes."""
    analysis, wiring, said = subject.analysis, subject.wiring, subject.marks.changes or {}
    whole = outline(analysis.graph)
    attempts = (exactly(analysis, said, flat=False), exactly(analysis, said, flat=True), roughly(analysis, said))
    for likeness in attempts:
        part = simplified(fused(folded(whole, wiring, likeness), analysis, wiring, subject.marks))
        part = opened(part, tuple(_without(inner, wiring.gone) for inner in part.parts))
        if boxes(part) <= most and depth(part) <= DEEPEST:
            return part
    return _bounded(part, analysis, sorted(subject.marks.told), most)


def _without(part: Part, gone: Set[int]) -> Part:
    """The part with those blocks closed of which nothing is left."""
    if part.parts and all(node in gone for node in range(part.first, part.end)):
        return opened(part, ())
    return opened(part, tuple(_without(inner, gone) for inner in part.parts))


def boxes(part: Part) -> int:
    """How many boxes it takes to draw a part."""
    return sum(not inner.parts for inner in part.inside())


def depth(part: Part) -> int:
    """How many frames stand in each other."""
    return 1 + max(map(depth, part.parts), default=-1)


def _bounded(root: Part, analysis: Analysis, marked: list[int], most: int) -> Part:
    """Opens blocks while there is room, outer ones before inner ones; of those of the same layers all or the first."""
    types = [reading.node.layer.type for reading in analysis.readings]
    room = most
    chosen: dict[tuple[int, int], tuple[Part, ...]] = {}
    shown: set[Types] = set()
    level = [root]
    for depth in range(DEEPEST):
        inner: list[Part] = []
        for kind, is_marked, group in _alike(level, types, marked):
            inside = {part.first: tuple(_fitting(part, marked, min(most, MOST_BESIDE))) for part in group}
            cost = sum(len(parts) - 1 for parts in inside.values())
            if cost > room and (is_marked or kind not in shown):
                first = min(inside)
                inside = {first: inside[first]}
                cost = len(inside[first]) - 1
            if cost > room:
                continue
            room -= cost
            shown.add(kind)
            chosen |= {(depth, first): parts for first, parts in inside.items()}
            inner += [part for parts in inside.values() for part in parts if part.parts]
        level = inner
    return _closed(root, chosen, 0)


def _alike(parts: list[Part], types: list[str], marked: list[int]) -> list[tuple[Types, bool, list[Part]]]:
    """Blocks by the types of their layers: those that something is said about first, then the smallest."""
    groups: dict[tuple[Types, bool], list[Part]] = {}
    for part in parts:
        key = tuple(types[part.first : part.first + part.period]), _has_any(part, marked)
        groups.setdefault(key, []).append(part)
    found = [(kind, is_marked, group) for (kind, is_marked), group in groups.items()]
    return sorted(found, key=lambda each: (not each[1], sum(len(part.parts) for part in each[2])))


def _closed(part: Part, chosen: dict[tuple[int, int], tuple[Part, ...]], level: int) -> Part:
    within = chosen.get((level, part.first), ()) if part.parts else ()
    return opened(part, tuple(_closed(inner, chosen, level + 1) for inner in within))


def _fitting(part: Part, marked: list[int], most: int) -> Iterator[Part]:
    """A block's parts; of more than ``most``, the first and last ones and those that something is said about."""
    parts = part.parts
    if len(parts) <= most:
        yield from parts
        return
    half = (most - 2 * MOST_MARKED) // 2
    kept = {*range(half), *range(len(parts) - half, len(parts))}
    inside = (place for place, inner in enumerate(parts) if place not in kept and _has_any(inner, marked))
    kept.update(place for place, _ in zip(inside, range(MOST_MARKED), strict=False))
    left: list[Part] = []
    for place, inner in enumerate(parts):
        if place not in kept:
            left.append(inner)
            continue
        if left:
            yield _rest(left)
            left = []
        yield inner


def _rest(left: list[Part]) -> Part:
    if len(left) == 1:
        return left[0]
    return replace(left[0], kind="rest", first=left[0].first, end=left[-1].end, parts=(), count=1)


def _has_any(part: Part, marked: list[int]) -> bool:
    place = bisect_left(marked, part.first)
    return place < len(marked) and marked[place] < part.end
