"""Layered drawing, last step: how far down everything stands, tall drawings broken into columns, and the lines."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from service.reports.svg.canvas import Point, number
from service.reports.svg.coordinates import Columns, packed
from service.reports.svg.layering import Box, Layering
from service.reports.svg.ordering import Net, net, uncrossed

STEM: Final = 6.0
"""Pixels that every line runs straight down from what it leaves."""
BEND: Final = 16.0
"""Pixels between two layers in which lines may bend."""
BETWEEN_FRAMES: Final = 6.0
STEEPEST: Final = 0.07
"""Further pixels for each by which a line moves aside."""
MOST_BEND: Final = 44.0
WORTHWHILE: Final = 0.75
"""The part of the height that another column has to leave at most."""
GUTTER: Final = 40.0
"""Pixels between two columns."""
LEAD: Final = 30.0
"""Pixels above and below the columns for the lines that join them."""
ARROW: Final = 7.0
"""Length of the arrow's head."""
BETWEEN_ARROWS: Final = 11.0
MOST_TURNED: Final = 5
"""Lines that go from one column to the next."""
BETWEEN_TURNS: Final = 5.0


class Line(NamedTuple):
    """A drawn link: its path as SVG has it, and where its arrow's head is."""

    data: str
    tip: Point


class Turn(NamedTuple):
    """How a line goes from the end of one column to the beginning of the next."""

    aside: float
    """How far right it goes up."""
    low: float
    high: float


class Arrangement(NamedTuple):
    """Where everything stands, from the upper left corner."""

    middles: list[Point]
    """The middle of the upper edge of each box."""
    lines: list[Line]
    """In the order of the drawn links."""
    width: float
    height: float


class _Stretch(NamedTuple):
    """Layers that stand in one column of the page."""

    first: int
    end: int
    left: float
    right: float
    x: dict[int, float]
    """The middle of everything in it."""

    @property
    def width(self) -> float:
        return self.right - self.left


def arranged(boxes: Sequence[Box], layering: Layering, room: float, tallest: float, *, straight: bool) -> Arrangement:
    """Places boxes and lines; in columns side by side where that is higher than ``tallest`` and they fit into ``room``.

    Where nothing needs to be ``straight``, the drawing is as narrow as its widest layer.
    """
    return _Placing(boxes, layering, straight=straight).arranged(room, tallest)


class _Placing:
    def __init__(self, boxes: Sequence[Box], layering: Layering, *, straight: bool) -> None:
        self.boxes = boxes
        self.layering = layering
        self.net: Net = uncrossed(net(boxes, layering))
        self.positions = _straightened if straight else packed
        self.x = self.positions(boxes, self.net)
        self.heights = [
            max((boxes[point].height for point in layer if point < len(boxes)), default=0) for layer in self.net.layers
        ]
        self.stems = [
            STEM + max((boxes[point].label for point in layer if point < len(boxes)), default=0)
            for layer in self.net.layers
        ]
        self.bends = [self.bend(rank) for rank in range(len(self.net.layers))]

    def bend(self, rank: int) -> float:
        """The height in which lines bend below a layer."""
        if rank + 1 == len(self.net.layers):
            return 0
        x = self.x
        aside = (x[part.upper] + part.leaves - x[part.lower] - part.enters for part in self.net.segments[rank])
        most = max(map(abs, aside), default=0)
        below = [self.boxes[point] for point in self.net.layers[rank + 1] if point < len(self.boxes)]
        if most < 1 and not any(box.pointed for box in below):
            return BETWEEN_FRAMES if any(box.width for box in below) else 0
        return min(BEND + STEEPEST * most, MOST_BEND)

    def full(self, first: int, end: int) -> float:
        """The height of layers below one another."""
        inner = sum(self.heights[first:end]) + sum(self.stems[first : end - 1]) + sum(self.bends[first : end - 1])
        return inner + (self.stems[end - 1] - STEM if end > first else 0)

    def extent(self, first: int, end: int) -> _Stretch:
        """Layers as a column of the page, as narrow as they can be without the others."""
        layers, segments = self.net.layers[first:end], self.net.segments[first:end]
        whole = end - first == len(self.net.layers)
        part = self.net._replace(layers=layers, segments=[*segments[:-1], []])
        x = self.x if whole else self.positions(self.boxes, part)
        halves = {point: self.boxes[point].width / 2 if point < len(self.boxes) else 6 for point in x}
        left = min((x[point] - half for point, half in halves.items()), default=0)
        right = max((x[point] + half for point, half in halves.items()), default=0)
        return _Stretch(first, end, left, right, x)

    def arranged(self, room: float, tallest: float) -> Arrangement:
        stretches = self.broken(room, tallest)
        self.x = {point: middle for stretch in stretches for point, middle in stretch.x.items()}
        self.bends = [self.bend(rank) for rank in range(len(self.net.layers))]
        lead = LEAD if len(stretches) > 1 else 0
        tops: list[float] = [0.0] * len(self.net.layers)
        moved: list[float] = [0.0] * len(self.net.layers)
        left = height = 0.0
        for stretch in stretches:
            y = lead
            for rank in range(stretch.first, stretch.end):
                tops[rank] = y
                moved[rank] = left - stretch.left
                y += self.heights[rank] + self.stems[rank] + self.bends[rank]
            left += stretch.width + GUTTER
            height = max(height, lead + self.full(stretch.first, stretch.end))
        self.place(tops, moved)
        # Where lines leave one column for the next, and how far down they go for that.
        turns: dict[tuple[int, int], Turn] = {}
        for stretch in stretches[:-1]:
            aside = moved[stretch.first] + stretch.right + GUTTER / 2
            low = lead + self.full(stretch.first, stretch.end) + LEAD / 2
            turns |= self.bundled(stretch.end - 1, Turn(aside, low, lead / 2 - 3))
        lines = [self.line(place, turns) for place in range(len(self.net.chains))]
        middles = [self.at[index] for index in range(len(self.boxes))]
        return Arrangement(middles, lines, max(left - GUTTER, 0), height + (lead or 0))

    def bundled(self, rank: int, turn: Turn) -> dict[tuple[int, int], Turn]:
        """The turns of all lines that leave a layer for the next column, beside each other and without a crossing: what
        is farther left goes lower, and farther right."""
        leaving = [
            (self.at[chain[step]][0], place)
            for place, chain in enumerate(self.net.chains)
            if 0 <= (step := rank - self.rank[chain[0]]) < len(chain) - 1
        ]
        count = len(leaving)
        steps = {place: BETWEEN_TURNS * ((count - 1) / 2 - number) for number, (_, place) in enumerate(sorted(leaving))}
        return {(rank, place): Turn(*(part + step for part in turn)) for place, step in steps.items()}

    def place(self, tops: list[float], moved: list[float]) -> None:
        self.tops = tops
        self.at = {
            point: (self.x[point] + moved[rank], tops[rank])
            for rank, layer in enumerate(self.net.layers)
            for point in layer
        }
        self.rank = {point: rank for rank, layer in enumerate(self.net.layers) for point in layer}
        self.entering = self.entries()

    def broken(self, room: float, tallest: float) -> list[_Stretch]:
        """The layers in one column or, if that is too high, in several of about equal height."""
        count = len(self.net.layers)
        whole = [self.extent(0, count)]
        if self.full(0, count) <= tallest:
            return whole
        breaks = [rank for rank in range(count - 1) if len(self.net.segments[rank]) <= MOST_TURNED]
        best = whole
        for columns in range(2, 6):
            stretches = self.balanced(breaks, columns)
            if len(stretches) != columns or sum(one.width for one in stretches) + GUTTER * (columns - 1) > room:
                break
            highest = max(self.full(one.first, one.end) for one in stretches)
            if highest > WORTHWHILE * max(self.full(one.first, one.end) for one in best):
                break
            best = stretches
            if highest <= tallest:
                break
        return best

    def balanced(self, breaks: list[int], columns: int) -> list[_Stretch]:
        """So many columns that the highest is as low as breaks at these places let it be."""
        steps = [0, *(rank + 1 for rank in breaks), len(self.net.layers)]
        low = max(self.full(first, end) for first, end in pairwise(steps))
        high = self.full(0, len(self.net.layers))
        for _ in range(24):
            middle = (low + high) / 2
            if len(self.filled(steps, middle)) <= columns:
                high = middle
            else:
                low = middle
        ends = self.filled(steps, high)
        return [self.extent(first, end) for first, end in zip([0, *ends], ends, strict=False)]

    def filled(self, steps: list[int], height: float) -> list[int]:
        """Where columns end that are filled up to a height one after the other."""
        ends: list[int] = []
        first = 0
        for before, step in zip(steps[1:], [*steps[2:], None], strict=False):
            if step is None or self.full(first, step) > height:
                ends.append(before)
                first = before
        return ends

    def entries(self) -> dict[int, float]:
        """Where on the upper edge of its head each link enters, by the link's place."""
        found: dict[int, float] = {}
        arriving: dict[int, list[int]] = {}
        for place, chain in enumerate(self.net.chains):
            arriving.setdefault(chain[-1], []).append(place)
        for head, places in arriving.items():
            middle, slack = self.at[head][0], self.boxes[head].slack
            if not slack:
                found.update((place, middle + self.layering.drawn[place].enters) for place in places)
                continue
            from_left = sorted(places, key=lambda place: (self.x[self.net.chains[place][-2]], place))
            wanted = []
            for place in from_left:
                before = self.net.chains[place][-2]
                leaves = self.layering.drawn[place].leaves if len(self.net.chains[place]) == 2 else 0
                wanted.append(min(max(self.x[before] + leaves - self.x[head], -slack), slack))
            apart = min(BETWEEN_ARROWS, 2 * slack / max(len(wanted) - 1, 1))
            spread = _spread(wanted, apart, slack)
            found.update((place, middle + aside) for place, aside in zip(from_left, spread, strict=True))
        return found

    def line(self, place: int, turns: dict[tuple[int, int], Turn]) -> Line:
        """The path of a link."""
        chain, link = self.net.chains[place], self.layering.drawn[place]
        tail = self.boxes[chain[0]]
        x = self.at[chain[0]][0] + link.leaves
        pieces = [f"M{number(x)} {number(self.at[chain[0]][1] + tail.height)}"]
        for step, point in enumerate(chain[1:], 1):
            rank = self.rank[chain[step - 1]]
            last = step == len(chain) - 1
            target = self.entering[place] if last else self.at[point][0]
            arrival = self.tops[rank + 1] - (ARROW - 1 if last and self.boxes[link.head].pointed else 0)
            turn = turns.get((rank, place))
            if turn is not None:
                pieces.append(_turned((x, target), turn, arrival))
            else:
                y = self.tops[rank] + self.heights[rank] + self.stems[rank]
                pieces.append(_bent(x, target, y, arrival))
            x = target
        return Line("".join(pieces), (x, self.tops[self.rank[chain[-1]]]))


def _straightened(boxes: Sequence[Box], drawing: Net) -> dict[int, float]:
    return Columns(boxes, drawing).positions()


def _spread(wanted: list[float], apart: float, slack: float) -> list[float]:
    """Positions near those wanted, in the same order, no nearer to each other than ``apart``."""
    placed: list[float] = []
    for aside in wanted:
        placed.append(max(aside, placed[-1] + apart) if placed else aside)
    limit = slack
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - apart
    return placed


def _bent(x: float, target: float, y: float, arrival: float) -> str:
    if abs(x - target) < 0.5:
        return f"V{number(arrival)}"
    middle = (y + arrival) / 2
    curve = f"C{number(x)} {number(middle)} {number(target)} {number(middle)} {number(target)} {number(arrival)}"
    return f"V{number(y)}{curve}"


def _turned(ends: Point, turn: Turn, arrival: float) -> str:
    """Down, over to the next column, up, and in from above."""
    (x, target), (aside, low, high), r = ends, turn, 6
    return (
        f"V{number(low - r)}Q{number(x)} {number(low)} {number(x + r)} {number(low)}"
        f"H{number(aside - r)}Q{number(aside)} {number(low)} {number(aside)} {number(low - r)}"
        f"V{number(high + r)}Q{number(aside)} {number(high)} {number(aside + r)} {number(high)}"
        f"H{number(target - r)}Q{number(target)} {number(high)} {number(target)} {number(high + r)}"
        f"V{number(arrival)}"
    )
