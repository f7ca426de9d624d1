"""Stations that go down to small sizes and up again, with lines across: the picture that U-Nets are known by."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from service.core.sizes import is_known, product
from service.reports.svg.canvas import Canvas, number
from service.reports.svg.captions import SMALL_LINE, Line, high, widest
from service.reports.svg.rows import draw_lines
from service.reports.svg.stations import Chain, Station
from service.reports.svg.volumes import Scale, Solid, solid

BESIDE: Final = 10.0
"""Pixels between a line and what is written beside it."""
SHORTEST: Final = 34.0
"""Pixels of a line between two levels, at least."""
ACROSS: Final = 150.0
"""Pixels between the two sides, at least."""


@dataclass(frozen=True)
class Valley:
    """Everything in its place."""

    stations: tuple[Station, ...]
    solids: tuple[Solid, ...]
    skips: tuple[tuple[int, int], ...]
    scale: Scale
    bottom: int
    """The station at the bottom."""

    @property
    def width(self) -> float:
        """Pixels."""
        return self.middles[2] + self.half(range(self.bottom + 1, len(self.stations)), 1)

    @property
    def height(self) -> float:
        """Pixels."""
        return self.axes[-1] + self.below(self.bottom)

    @cached_property
    def middles(self) -> tuple[float, float, float]:
        """How far right the left side, the bottom and the right side stand."""
        down, up = range(self.bottom), range(self.bottom + 1, len(self.stations))
        left = self.half(down, 0)
        told = BESIDE + widest(self.told(self.bottom)) + BESIDE
        before = max(self.half(down, 1), told) + self.half([self.bottom], 0) + ACROSS / 2
        behind = self.half([self.bottom], 1) + max(self.half(up, 0), BESIDE) + ACROSS / 2
        return left, left + before, left + before + behind

    def half(self, stations: "range | list[int]", side: int) -> float:
        """Pixels left (0) or right (1) of the middle of the widest of some stations and of what is written there."""
        under = [widest(self.stations[each].under) / 2 for each in stations]
        shapes = [(self.solids[each].left, self.solids[each].right)[side] for each in stations]
        told = [BESIDE + widest(self.told(each)) for each in stations if side and each != self.bottom]
        return max([*under, *shapes, *told], default=0.0)

    def told(self, station: int) -> tuple[Line, ...]:
        """What is written at the line that leads to a station."""
        return (*self.stations[station].above, *self.stations[station].below)

    def below(self, station: int) -> float:
        """Pixels below the middle of a station's face."""
        return self.solids[station].below + SMALL_LINE * len(self.stations[station].under)

    def level(self, station: int) -> int:
        """How far down a station stands."""
        return min(station, 2 * self.bottom - station)

    @cached_property
    def axes(self) -> list[float]:
        """How far down the middle of the faces of each level is."""
        here = [[each for each in range(len(self.stations)) if self.level(each) == level]
                for level in range(self.bottom + 1)]  # fmt: skip
        found = [max(self.solids[each].above for each in here[0])]
        for upper, lower in pairwise(here):
            joining = [each for each in (*lower, *upper) if each and self.level(each) != self.level(each - 1)]
            told = max(sum(map(high, self.told(each))) for each in joining if each in lower or each > self.bottom)
            gap = max(self.below(each) for each in upper) + max(told + 2 * BESIDE, SHORTEST)
            found.append(found[-1] + gap + max(self.solids[each].above for each in lower))
        return found

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draws it with its upper left corner at a point."""
        middles, axes = self.middles, self.axes
        for each, station in enumerate(self.stations):
            x = left + middles[(each >= self.bottom) + (each > self.bottom)]
            y = top + axes[self.level(each)]
            self.solids[each].draw(canvas, x, y, station.style)
            draw_lines(canvas, station.under, x, y + self.solids[each].below)
            if each:
                self.join(canvas, each, left, top)
        for tail, head in self.skips:
            y = top + axes[self.level(tail)]
            start = left + middles[0] + self.solids[tail].right + BESIDE
            end = left + middles[2] - self.solids[head].left - BESIDE
            _arrow(canvas, f"M{number(start)} {number(y)}H{number(end - 5)}", (end, y), (-7, 0))

    def join(self, canvas: Canvas, each: int, left: float, top: float) -> None:
        """Draws the line that leads to a station, and what is written beside it."""
        first, middle, last = (left + x for x in self.middles)
        y, before = (top + self.axes[self.level(station)] for station in (each, each - 1))
        lines = self.told(each)
        tall = sum(map(high, lines))
        if each < self.bottom:
            start, end = before + self.below(each - 1) + 4, y - self.crest(each) - 4
            _arrow(canvas, f"M{number(first)} {number(start)}V{number(end - 5)}", (first, end), (0, -7))
            draw_lines(canvas, lines, first + BESIDE, (start + end - tall) / 2, "start")
        elif each == self.bottom:
            start, end = before + self.below(each - 1) + 4, middle - self.solids[each].left - BESIDE
            turn = f"V{number(y - 6)}Q{number(first)} {number(y)} {number(first + 6)} {number(y)}"
            _arrow(canvas, f"M{number(first)} {number(start)}{turn}H{number(end - 5)}", (end, y), (-7, 0))
            draw_lines(canvas, lines, first + BESIDE, (start + y - tall) / 2 - BESIDE / 2, "start")
        else:
            end = y + self.below(each) + 4
            if each == self.bottom + 1:
                start = middle + self.solids[each - 1].right + BESIDE
                turn = f"H{number(last - 6)}Q{number(last)} {number(before)} {number(last)} {number(before - 6)}"
                path, low = f"M{number(start)} {number(before)}{turn}V{number(end + 5)}", before
            else:
                low = before - self.crest(each - 1) - 4
                path = f"M{number(last)} {number(low)}V{number(end + 5)}"
            _arrow(canvas, path, (last, end), (0, 7))
            draw_lines(canvas, lines, last + BESIDE, (low + end - tall) / 2, "start")

    def crest(self, station: int) -> float:
        """Pixels above the middle of a face where the volume ends right there."""
        shape = self.solids[station]
        return shape.high / 2 + (shape.up * min(1.0, shape.wide / 2 / shape.aside) if shape.aside else 0)


def in_valley(chain: Chain, room: float, largest: float) -> Valley | None:
    """Stations as a valley; none where they do not go down and up again, or nothing leads across level by level."""
    stations = chain.stations
    sizes = [size for station in stations if is_known(size := product(station.last.sizes))]
    if not chain.skips or len(sizes) < len(stations):
        return None
    bottom = sizes.index(min(sizes))
    falls = all(one >= other for one, other in pairwise(sizes[: bottom + 1]))
    climbs = all(one < other for one, other in pairwise(sizes[bottom:]))
    across = tuple((tail, head) for tail, head in chain.skips if tail < bottom < head)
    is_level = all(tail == 2 * bottom - head for tail, head in across)
    if not (falls and climbs and is_level and len(across) > 1 and len(stations) <= 2 * bottom + 1):
        return None
    scale = Scale.of([station.last for station in stations], largest)
    solids = tuple(solid(station.first, station.last, scale) for station in stations)
    valley = Valley(stations, solids, across, scale, bottom)
    return valley if valley.width <= room else None


def _arrow(canvas: Canvas, path: str, tip: tuple[float, float], back: tuple[float, float]) -> None:
    canvas.path(path, "line")
    (x, y), (right, down) = tip, back
    wings = ((x + right - 4, y + down), (x + right + 4, y + down)) if down else ((x + right, y - 4), (x + right, y + 4))
    canvas.polygon((tip, *wings), "head")
