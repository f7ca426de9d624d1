"""Which layers of two versions are the same."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from service.analysis.reading import LayerReading

Pair = tuple[int, int]
Sign = tuple[Any, ...]

MOST_WORK: Final = 20_000_000
"""Comparisons, at worst, beyond which layers are known by their names alone; a second at most."""


def paired(old: Sequence[LayerReading], new: Sequence[LayerReading]) -> list[Pair]:
    """Which layers are the same: those between which the least else changes, then those of the same name, then those
    between the same neighbours that are called the same in blocks which are not, then those that have no name of their
    own and are of the same type, then those of the same type between the same neighbours, then whatever stands in the
    same place."""
    pairs = _matched([_sign(each) for each in old], [_sign(each) for each in new])
    pairs += _by_name(old, new, pairs, named=True)
    pairs += _by_neighbours(old, new, pairs, _type_and_label)
    pairs += _by_type(old, new, pairs)
    pairs += _by_neighbours(old, new, pairs, _type)
    pairs += _by_name(old, new, pairs, named=False)
    return sorted(pairs)


def is_named(reading: LayerReading) -> bool:
    """Whether a layer has a name of its own."""
    return reading.node.layer.name is not None


def _sign(reading: LayerReading) -> Sign:
    """What makes a layer itself wherever it stands: its given name, its type and its arguments."""
    return reading.node.name if is_named(reading) else "", *_kind(reading)


def _kind(reading: LayerReading) -> Sign:
    return reading.node.layer.type, repr(sorted(reading.node.layer.given().items()))


def _matched(old: list[Sign], new: list[Sign]) -> list[Pair]:
    """What is in both in the same order; only from both ends where looking for more would take too long."""
    most = min(len(old), len(new))
    start = next((index for index in range(most) if old[index] != new[index]), most)
    most -= start
    end = next((index for index in range(most) if old[-1 - index] != new[-1 - index]), most)
    pairs = [(index, index) for index in range(start)]
    pairs += [(len(old) - 1 - index, len(new) - 1 - index) for index in range(end)]
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if _work(old, new) <= MOST_WORK:
        for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            pairs += [(start + block.a + index, start + block.b + index) for index in range(block.size)]
    return pairs


def _work(old: list[Sign], new: list[Sign]) -> int:
    """How many comparisons matching takes at worst: all that are equal, for every block that is found."""
    counts, others = Counter(old), Counter(new)
    equal = sum(count * others[sign] for sign, count in counts.items())
    return (equal + len(old) + len(new)) * min(len(old), len(new))


def _by_name(old: Sequence[LayerReading], new: Sequence[LayerReading], done: list[Pair], *, named: bool) -> list[Pair]:
    """Those that remain and have the same name; ``named`` if it has to be one of their own."""
    left_old, left_new = _left(old, new, done)
    names = {new[index].node.name: index for index in left_new if is_named(new[index]) or not named}
    places = ((index, names.get(old[index].node.name)) for index in left_old if is_named(old[index]) or not named)
    return [(index, other) for index, other in places if other is not None]


def _by_type(old: Sequence[LayerReading], new: Sequence[LayerReading], done: list[Pair]) -> list[Pair]:
    """Those that remain, of the same type, in order; where both have names, of the same arguments, too."""
    left_old, left_new = _left(old, new, done)
    waiting: dict[Sign, deque[int]] = {}
    for index in left_new:
        kind = _kind(new[index])
        for key in ((kind[0], None), kind if is_named(new[index]) else (kind[0], "")):
            waiting.setdefault(key, deque()).append(index)
    taken: set[int] = set()
    pairs: list[Pair] = []
    for index in left_old:
        kind = _kind(old[index])
        keys = ((kind[0], ""), kind) if is_named(old[index]) else ((kind[0], None),)
        heads: list[int] = []
        for queue in (waiting[key] for key in keys if key in waiting):
            while queue and queue[0] in taken:
                queue.popleft()
            if queue:
                heads.append(queue[0])
        if heads:
            taken.add(min(heads))
            pairs.append((index, min(heads)))
    return pairs


def _type(layer: LayerReading) -> Sign:
    return (layer.node.layer.type,)


def _type_and_label(layer: LayerReading) -> Sign | None:
    """Its type, and what it is called in its block."""
    return (layer.node.layer.type, layer.node.layer.name) if is_named(layer) else None


def _by_neighbours(
    old: Sequence[LayerReading],
    new: Sequence[LayerReading],
    done: list[Pair],
    sign: Callable[[LayerReading], Sign | None],
) -> list[Pair]:
    """Those that remain, of the same sign, between the same two that were found, in order. Where there are more of them
    in one version, nothing tells which."""
    gaps = _between(old, dict(done), len(new), sign)
    gaps_new = _between(new, {other: other for _, other in done}, len(new), sign)
    return [
        pair
        for gap, places in gaps.items()
        if len(places) == len(gaps_new.get(gap, ()))
        for pair in zip(places, gaps_new[gap], strict=True)
    ]


def _between(
    layers: Sequence[LayerReading], found: dict[int, int], end: int, sign: Callable[[LayerReading], Sign | None]
) -> dict[Sign, list[int]]:
    """The layers that were not found, by what those before and behind them are in the later version, and their sign."""
    behind = [end] * (len(layers) + 1)
    for index in range(len(layers) - 1, -1, -1):
        behind[index] = found.get(index, behind[index + 1])
    before = -1
    gaps: dict[Sign, list[int]] = {}
    for index, layer in enumerate(layers):
        if index in found:
            before = found[index]
        elif (own := sign(layer)) is not None:
            gaps.setdefault((before, behind[index], own), []).append(index)
    return gaps


def _left(old: Sequence[LayerReading], new: Sequence[LayerReading], done: list[Pair]) -> tuple[list[int], list[int]]:
    done_old, done_new = {one for one, _ in done}, {other for _, other in done}
    return (
        [index for index in range(len(old)) if index not in done_old],
        [index for index in range(len(new)) if index not in done_new],
    )
