"""A drawing of bounded size, whatever the model's: what is opened, what stays closed, what is left out."""

from bisect import bisect_left
from collections.abc import Iterator, Set
from dataclasses import replace
from heapq import heappop, heappush
from typing import Final

from service.analysis.reading import Analysis
from service.reports.abridged.folding import Wiring, exactly, folded, roughly
from service.reports.abridged.fusing import fused
from service.reports.abridged.outline import Part, opened, outline, simplified

MOST_BOXES: Final = 96
"""Boxes that are drawn; what does not fit is folded or stays closed."""
DEEPEST: Final = 10
"""Blocks that are drawn in each other."""
MOST_BESIDE: Final = 60
"""Parts of one block that are drawn; from the middle of more, some are left out."""
MOST_MARKED: Final = 12
"""Parts of one block that are drawn because of what is said about them, wherever they stand."""


def pictured(analysis: Analysis, wiring: Wiring, marked: Set[int]) -> Part:
    """The model as far as it is drawn; ``marked`` are the nodes that something is said about."""
    whole = outline(analysis.graph)
    attempts = (exactly(analysis, flat=False), exactly(analysis, flat=True), roughly(analysis))
    for likeness in attempts:
        part = simplified(fused(folded(whole, wiring, likeness), analysis, wiring, marked))
        if boxes(part) <= MOST_BOXES and depth(part) <= DEEPEST:
            return part
    return _bounded(part, sorted(marked))


def boxes(part: Part) -> int:
    """How many boxes it takes to draw a part."""
    return sum(not inner.parts for inner in part.inside())


def depth(part: Part) -> int:
    """How many frames stand in each other."""
    return 1 + max(map(depth, part.parts), default=-1)


def _bounded(root: Part, marked: list[int]) -> Part:
    """Opens blocks, those with something marked first and outer ones before inner ones, while there is room."""
    room = MOST_BOXES - 1
    chosen: dict[tuple[int, int], tuple[Part, ...]] = {}
    waiting = [(0, 0, 0, root)]
    entered = 0
    while waiting:
        _, level, _, part = heappop(waiting)
        within = tuple(_fitting(part, marked))
        if len(within) - 1 > room or level >= DEEPEST:
            continue
        room -= len(within) - 1
        chosen[level, part.first] = within
        for inner in within:
            if inner.parts:
                entered += 1
                heappush(waiting, (0 if _has_any(inner, marked) else level + 1, level + 1, entered, inner))
    return _closed(root, chosen, 0)


def _closed(part: Part, chosen: dict[tuple[int, int], tuple[Part, ...]], level: int) -> Part:
    within = chosen.get((level, part.first), ()) if part.parts else ()
    return opened(part, tuple(_closed(inner, chosen, level + 1) for inner in within))


def _fitting(part: Part, marked: list[int]) -> Iterator[Part]:
    """A block's parts; of too many, the first and last ones and those that something is said about."""
    parts = part.parts
    if len(parts) <= MOST_BESIDE:
        yield from parts
        return
    half = (MOST_BESIDE - 2 * MOST_MARKED) // 2
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
