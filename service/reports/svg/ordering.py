"""Layered drawing, second step: the order along each layer, so that few lines cross."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from service.reports.svg.layering import Box, Layering, passed

SWEEPS: Final = 8


class Segment(NamedTuple):
    """A piece of a link between one layer and the next, by the points that it joins."""

    upper: int
    lower: int
    weight: int
    leaves: float
    enters: float


class Net(NamedTuple):
    """Boxes, and the points where links pass boxes, on their layers."""

    layers: list[list[int]]
    """Points from left to right: first the boxes by their number, then the passing ones."""
    segments: list[list[Segment]]
    """Below each layer."""
    chains: list[list[int]]
    """The points of each link, from tail to head."""


STRAIGHT: Final = 5
"""The weight of a line that passes boxes on both sides of a segment."""


def net(boxes: Sequence[Box], layering: Layering) -> Net:
    """The graph with a point wherever a link passes a layer."""
    ranks = layering.ranks
    height = max(ranks, default=-1) + 1
    layers: list[list[int]] = [[] for _ in range(height)]
    segments: list[list[Segment]] = [[] for _ in range(height)]
    for index in sorted(range(len(boxes)), key=lambda index: boxes[index].place):
        layers[ranks[index]].append(index)
    chains: list[list[int]] = []
    count = len(boxes)
    passing: list[tuple[int, int, int]] = []
    for link, weight in zip(layering.drawn, layering.weights, strict=True):
        chain = [link.tail]
        for rank in passed(link, ranks):
            chain.append(count)
            passing.append((rank, -boxes[link.tail].place, count))
            count += 1
        chain.append(link.head)
        chains.append(chain)
        for step, (upper, lower) in enumerate(pairwise(chain)):
            inner = 0 < step < len(chain) - 2
            segments[ranks[link.tail] + step].append(
                Segment(
                    upper,
                    lower,
                    STRAIGHT if inner else weight,
                    link.leaves if step == 0 else 0,
                    link.enters if step == len(chain) - 2 else 0,
                )
            )
    # What began last stays nearest to the boxes.
    for rank, _, point in sorted(passing):
        layers[rank].append(point)
    return Net(layers, segments, chains)


def uncrossed(drawing: Net) -> Net:
    """The same with its layers in an order in which fewer lines cross: the best of a few sweeps of barycentres."""
    best, fewest = drawing.layers, crossings(drawing)
    layers = [list(layer) for layer in drawing.layers]
    for sweep in range(SWEEPS):
        if not fewest:
            break
        if sweep % 2:
            for rank in range(len(layers) - 2, -1, -1):
                _sort(layers[rank], layers[rank + 1], ((part.upper, part.lower) for part in drawing.segments[rank]))
        else:
            for rank in range(1, len(layers)):
                above = drawing.segments[rank - 1]
                _sort(layers[rank], layers[rank - 1], ((part.lower, part.upper) for part in above))
        count = crossings(drawing._replace(layers=layers))
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    return drawing._replace(layers=best)


def _sort(layer: list[int], fixed: list[int], pairs: Iterator[tuple[int, int]]) -> None:
    """Puts each point below the middle of what it is joined to; what is joined to nothing stays where it is."""
    positions = {point: place for place, point in enumerate(fixed)}
    joined: dict[int, list[int]] = {}
    for point, other in pairs:
        joined.setdefault(point, []).append(positions[other])
    means = {point: sum(places) / len(places) for point, places in joined.items()}
    free = [place for place, point in enumerate(layer) if point in means]
    for place, point in zip(free, sorted((layer[place] for place in free), key=means.__getitem__), strict=True):
        layer[place] = point


def crossings(drawing: Net) -> int:
    """How many pairs of segments cross."""
    total = 0
    for rank in range(len(drawing.layers) - 1):
        upper = {point: place for place, point in enumerate(drawing.layers[rank])}
        lower = {point: place for place, point in enumerate(drawing.layers[rank + 1])}
        ends = sorted((upper[part.upper], lower[part.lower]) for part in drawing.segments[rank])
        seen: list[int] = []
        waiting: list[int] = []
        before = -1
        for left, right in ends:
            if left != before:
                for end in waiting:
                    insort(seen, end)
                waiting, before = [], left
            total += len(seen) - bisect_left(seen, right + 1)
            waiting.append(right)
    return total
