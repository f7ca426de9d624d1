"""Layered drawing of a directed graph, first step: on which layer each box stands, and which links are drawn as lines.

The steps are those of Sugiyama, Tagawa and Toda, *Methods for visual understanding of hierarchical system structures*,
1981, with layers no wider than the page, and no more lines beside the boxes than a person can follow.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

MAIN: Final = 3
"""The weight of the line that leads on."""
NOTED: Final = 124.0
"""The width of a box with a remark, at least."""
GAP: Final = 22.0
"""Pixels between two boxes of a layer."""
WAY: Final = 14.0
"""Pixels that a line takes where it passes boxes."""


@dataclass(frozen=True, slots=True)
class Box:
    """Something that is put on a layer."""

    width: float
    height: float
    place: int
    """Boxes are numbered so that links lead to higher numbers."""
    end: Literal["first", "last", ""] = ""
    """Whether it has to be on the first or last layer."""
    floats: bool = False
    """Whether it takes nothing, so that it may stand near what takes it."""
    label: float = 0
    """Pixels below it for what is written beside its line."""
    slack: float = 0
    """How far from its middle lines may enter."""
    pointed: bool = True
    """Whether lines into it end in an arrow, rather than go on inside."""

    @property
    def room(self) -> float:
        """The width that is kept for it on its layer, also if a remark makes it wider."""
        return max(self.width, NOTED) + GAP if self.width else WAY


class Link(NamedTuple):
    """A line from one box to another, by their places in the list of boxes."""

    tail: int
    head: int
    leaves: float = 0
    """How far right of the tail's middle it begins."""
    enters: float = 0
    gone: bool = False
    """Whether it was there before only."""


class Layering(NamedTuple):
    """The layers, and what is drawn between them."""

    ranks: list[int]
    """The layer of each box, counted from the top."""
    drawn: list[Link]
    weights: list[int]
    """How much it matters that each of them is straight."""
    untold: list[Link]
    """The links that are told in words only: those that lead back, and those too many."""


def layered(boxes: Sequence[Box], links: Sequence[Link], room: float, most_ways: int) -> Layering:
    """Puts boxes on layers at most ``room`` wide, each below what it takes; ``most_ways`` lines may pass a layer."""
    forward = [link for link in links if boxes[link.tail].place < boxes[link.head].place]
    ranks = _ranks(boxes, forward, room)
    _let_float(boxes, forward, ranks, room)
    drawn, crowded = _thinned(boxes, forward, ranks, room, most_ways)
    back = [link for link in links if boxes[link.tail].place >= boxes[link.head].place]
    return Layering(ranks, drawn, _weights(drawn, ranks), [*crowded, *back])


def _weights(links: list[Link], ranks: list[int]) -> list[int]:
    """What a box takes from farthest down matters most, unless it takes as much from several."""
    arriving: defaultdict[int, list[int]] = defaultdict(list)
    for place, link in enumerate(links):
        arriving[link.head].append(place)
    weights = [1] * len(links)
    for places in arriving.values():
        lowest = max(ranks[links[place].tail] for place in places)
        main = [place for place in places if ranks[links[place].tail] == lowest]
        if len(main) <= 2:
            weights[main[0]] = MAIN
    return weights


def _ranks(boxes: Sequence[Box], links: list[Link], room: float) -> list[int]:
    taken: dict[int, list[int]] = {}
    for link in links:
        taken.setdefault(link.head, []).append(link.tail)
    ranks = [0] * len(boxes)
    used: defaultdict[int, float] = defaultdict(float)
    anywhere = [index for index, box in enumerate(boxes) if box.end != "last"]
    begins = any(box.end == "first" for box in boxes)
    for index in sorted(anywhere, key=lambda index: (boxes[index].end != "first", boxes[index].place)):
        box = boxes[index]
        rank = max((ranks[tail] + 1 for tail in taken.get(index, ())), default=int(begins and not box.end))
        while box.end != "first" and used[rank] and used[rank] + box.room > room:
            rank += 1
        ranks[index] = rank
        used[rank] += box.room
    bottom = max((ranks[index] for index in anywhere), default=-1) + 1
    for index, box in enumerate(boxes):
        if box.end == "last":
            bottom += used[bottom] > 0 and used[bottom] + box.room > room
            ranks[index] = bottom
            used[bottom] += box.room
    return ranks


def _let_float(boxes: Sequence[Box], links: list[Link], ranks: list[int], room: float) -> None:
    """Moves boxes that take nothing down to right above what takes them, where there is room."""
    below: dict[int, int] = {}
    for link in links:
        below[link.tail] = min(below.get(link.tail, ranks[link.head]), ranks[link.head])
    used: defaultdict[int, float] = defaultdict(float)
    for index, box in enumerate(boxes):
        used[ranks[index]] += box.room
    for index, box in enumerate(boxes):
        if not box.floats or index not in below:
            continue
        rank = below[index] - 1
        while rank > ranks[index] and used[rank] + box.room > room:
            rank -= 1
        if rank > ranks[index]:
            used[ranks[index]] -= box.room
            used[rank] += box.room
            ranks[index] = rank


def _thinned(
    boxes: Sequence[Box], links: list[Link], ranks: list[int], room: float, most_ways: int
) -> tuple[list[Link], list[Link]]:
    """The links for which there is room beside the boxes, and the others; the longest go first."""
    used: defaultdict[int, float] = defaultdict(float)
    for index, box in enumerate(boxes):
        used[ranks[index]] += box.room
    passing: Counter[int] = Counter()
    for link in links:
        passing.update(passed(link, ranks))
    allowed = {rank: max(0, min(most_ways, int((room - used[rank]) / WAY))) for rank in passing}
    left = set[int]()
    for place in sorted(range(len(links)), key=lambda place: (-len(passed(links[place], ranks)), place)):
        way = passed(links[place], ranks)
        if any(passing[rank] > allowed[rank] for rank in way):
            passing.subtract(way)
            left.add(place)
    drawn = [link for place, link in enumerate(links) if place not in left]
    return drawn, [links[place] for place in sorted(left)]


def passed(link: Link, ranks: list[int]) -> range:
    """The layers that a link passes on its way."""
    return range(ranks[link.tail] + 1, ranks[link.head])
