"""Layered drawing, third step: how far right everything stands, with straight lines where that matters.

After Brandes and Köpf, *Fast and simple horizontal coordinate assignment*, 2001: points that are to stand below one
another make a column, and columns keep their distance. Here the weight of a link decides what stands below what.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from service.reports.svg.layering import GAP, WAY, Box
from service.reports.svg.ordering import Net, Segment

ROUNDS: Final = 16


def packed(boxes: Sequence[Box], drawing: Net) -> dict[int, float]:
    """The middle of every box with each layer as narrow as it can be, in the middle of the page."""
    found: dict[int, float] = {}
    wide = [sum(boxes[point].width for point in layer) + GAP * (len(layer) - 1) for layer in drawing.layers]
    for layer, width in zip(drawing.layers, wide, strict=True):
        left = (max(wide) - width) / 2
        for point in layer:
            found[point] = left + boxes[point].width / 2
            left += boxes[point].width + GAP
    return found


def _from_middle(ends: list[tuple[int, int]]) -> list[float]:
    """For each of several lines between two layers, how far it is from the middle of those with the same ends."""
    from_middle = [0.0] * len(ends)
    for side in (0, 1):
        fans: dict[int, list[int]] = {}
        for place in sorted(range(len(ends)), key=lambda place: ends[place][1 - side]):
            fans.setdefault(ends[place][side], []).append(place)
        for fan in fans.values():
            for number, place in enumerate(fan):
                from_middle[place] += abs(number - (len(fan) - 1) / 2)
    return from_middle


class Columns:
    """Points in columns, and how far right each column stands."""

    def __init__(self, boxes: Sequence[Box], drawing: Net) -> None:
        self.boxes = boxes
        self.drawing = drawing
        points = [point for layer in drawing.layers for point in layer]
        self.root = {point: point for point in points}
        self.shift = dict.fromkeys(points, 0.0)
        """How far right of its column's a point stands."""
        self.bent: list[Segment] = []
        self.align()
        self.at = self.leftmost()
        self.settle()

    def positions(self) -> dict[int, float]:
        """The middle of every point, the leftmost edge at 0."""
        found = {point: self.at[self.root[point]] + self.shift[point] for point in self.root}
        left = min((middle - self.half(point) for point, middle in found.items()), default=0.0)
        return {point: middle - left for point, middle in found.items()}

    def half(self, point: int) -> float:
        """Half of a point's width."""
        return self.boxes[point].width / 2 if point < len(self.boxes) else 0.0

    def apart(self, left: int, right: int) -> float:
        """How far apart the middles of two neighbours are at least."""
        halves = self.half(left), self.half(right)
        return sum(halves) + (GAP if all(halves) else WAY)

    def align(self) -> None:
        """Makes columns of what is linked, the weightiest links first, so that no two of them cross."""
        for rank, segments in enumerate(self.drawing.segments[:-1]):
            upper = {point: place for place, point in enumerate(self.drawing.layers[rank])}
            lower = {point: place for place, point in enumerate(self.drawing.layers[rank + 1])}
            chosen: list[tuple[int, int]] = []
            ends = [(upper[part.upper], lower[part.lower]) for part in segments]
            aside = _from_middle(ends)
            order = sorted(range(len(segments)), key=lambda place: (-segments[place].weight, aside[place], ends[place]))
            for part in (segments[place] for place in order):
                here, there = upper[part.upper], lower[part.lower]
                if any(here == up or there == down or (here < up) != (there < down) for up, down in chosen):
                    self.bent.append(part)
                    continue
                chosen.append((here, there))
                self.root[part.lower] = self.root[part.upper]
                self.shift[part.lower] = self.shift[part.upper] + part.leaves - part.enters

    def leftmost(self) -> dict[int, float]:
        """Every column as far left as its neighbours let it."""
        beside: dict[int, list[tuple[int, float]]] = {root: [] for root in self.root.values()}
        waiting_for = dict.fromkeys(beside, 0)
        for layer in self.drawing.layers:
            for left, right in pairwise(layer):
                one, other = self.root[left], self.root[right]
                beside[one].append((other, self.apart(left, right) + self.shift[left] - self.shift[right]))
                waiting_for[other] += 1
        at = dict.fromkeys(beside, 0.0)
        for point, root in self.root.items():
            at[root] = max(at[root], self.half(point) - self.shift[point])
        ready = [root for root, count in waiting_for.items() if not count]
        for root in ready:
            for other, distance in beside[root]:
                at[other] = max(at[other], at[root] + distance)
                waiting_for[other] -= 1
                if not waiting_for[other]:
                    ready.append(other)
        return at

    def settle(self) -> None:
        """Moves columns towards what they are linked to, as far as their neighbours let them."""
        pulls: dict[int, list[tuple[Segment, bool]]] = {}
        for part in self.bent:
            pulls.setdefault(self.root[part.upper], []).append((part, True))
            pulls.setdefault(self.root[part.lower], []).append((part, False))
        members: dict[int, list[int]] = {}
        neighbours: dict[int, tuple[int | None, int | None]] = {}
        for layer in self.drawing.layers:
            for place, point in enumerate(layer):
                members.setdefault(self.root[point], []).append(point)
                neighbours[point] = (
                    layer[place - 1] if place else None,
                    layer[place + 1] if place + 1 < len(layer) else None,
                )
        for turn in range(ROUNDS):
            order = sorted(pulls, key=self.at.__getitem__, reverse=turn % 2 == 0)
            for root in order:
                self.pull(root, pulls[root], members[root], neighbours)

    def pull(
        self,
        root: int,
        pulls: list[tuple[Segment, bool]],
        members: list[int],
        neighbours: dict[int, tuple[int | None, int | None]],
    ) -> None:
        wanted: list[float] = []
        for part, from_above in pulls:
            upper = self.at[self.root[part.upper]] + self.shift[part.upper] + part.leaves
            lower = self.at[self.root[part.lower]] + self.shift[part.lower] + part.enters
            wanted += [self.at[root] + (lower - upper if from_above else upper - lower)] * part.weight
        wanted.sort()
        middle = (wanted[(len(wanted) - 1) // 2] + wanted[len(wanted) // 2]) / 2
        least, most = float("-inf"), float("inf")
        for point in members:
            left, right = neighbours[point]
            if left is not None:
                edge = self.at[self.root[left]] + self.shift[left] + self.apart(left, point)
                least = max(least, edge - self.shift[point])
            if right is not None:
                edge = self.at[self.root[right]] + self.shift[right] - self.apart(point, right)
                most = min(most, edge - self.shift[point])
        if least <= most:
            self.at[root] = min(max(middle, least), most)
