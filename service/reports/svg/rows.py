"""Stations in rows from left to right, as lines of text."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from service.reports.svg.boxes import draw_badge
from service.reports.svg.canvas import Canvas, Point, Span, number
from service.reports.svg.captions import SMALL, SMALL_LINE, Line, high, widest
from service.reports.svg.fonts import shortened
from service.reports.svg.stations import Bracket, Chain, Station
from service.reports.svg.volumes import Scale, Solid, solid

SHORTEST_ARROW: Final = 44.0
BETWEEN: Final = 9.0
"""Pixels between an arrow and what it joins."""
TURN: Final = 16.0
"""Pixels at both ends of the rows for the lines that join them."""
MOST_STRETCH: Final = 48.0
"""Pixels by which an arrow is made longer, at most."""
ROW_GAP: Final = 34.0
LANE: Final = 22.0
MOST_LANES: Final = 3


class Slot(NamedTuple):
    """A station in pixels, from the left end of its arrow."""

    station: Station
    solid: Solid
    arrow: float
    """Length of the arrow."""
    middle: float
    """Where the middle of the face is."""
    width: float

    @property
    def above(self) -> float:
        """Pixels above the arrow."""
        badge = 24 if self.station.marks else 0
        return max(self.solid.above, sum(map(high, self.station.above)) + 8 + badge)

    @property
    def below(self) -> float:
        """Pixels below it."""
        under = self.solid.below + SMALL_LINE * len(self.station.under)
        return max(under, sum(map(high, self.station.below)) + 10)


def slot_of(station: Station, scale: Scale) -> Slot:
    """Measures a station."""
    shape = solid(station.first, station.last, scale)
    under = widest(station.under) / 2
    left, right = max(shape.left, under), max(shape.right, under)
    texts = max(widest(station.above), widest(station.below))
    arrow = max(texts, SHORTEST_ARROW) if station.above or station.below else 0
    start = arrow + 2 * BETWEEN if arrow else 0
    return Slot(station, shape, arrow, start + left, start + left + right)


class Rows(NamedTuple):
    """Everything in its place."""

    rows: tuple[tuple[Slot, ...], ...]
    brackets: tuple[Bracket, ...]
    scale: Scale
    room: float

    @property
    def width(self) -> float:
        """Pixels."""
        widest_row = max((sum(slot.width for slot in row) for row in self.rows), default=0)
        return widest_row if len(self.rows) == 1 else self.room

    @property
    def height(self) -> float:
        """Pixels."""
        heights = [self.above(place) + self.below(place) for place in range(len(self.rows))]
        return sum(heights) + ROW_GAP * (len(heights) - 1)

    def first_of(self, place: int) -> int:
        """The number of the first station of a row."""
        return sum(len(row) for row in self.rows[:place])

    def here(self, place: int) -> list[Bracket]:
        """The brackets over a row, those that begin or end elsewhere cut off."""
        first = self.first_of(place)
        end = first + len(self.rows[place])
        return [
            bracket._replace(first=max(bracket.first, first) - first, end=min(bracket.end, end) - first)
            for bracket in self.brackets
            if bracket.first < end and bracket.end > first and bracket.depth < MOST_LANES
        ]

    def above(self, place: int) -> float:
        """Pixels above the arrows of a row."""
        lanes = max((bracket.depth + 1 for bracket in self.here(place)), default=0)
        return max(slot.above for slot in self.rows[place]) + LANE * lanes + (4 if lanes else 0)

    def below(self, place: int) -> float:
        """Pixels below them."""
        return max(slot.below for slot in self.rows[place])

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draws it all with the upper left corner at a point."""
        y = top
        inset = TURN if len(self.rows) > 1 else 0
        for place, row in enumerate(self.rows):
            axis = y + self.above(place)
            x = left + inset
            starts: list[float] = []
            for position, slot in enumerate(row):
                starts.append(x)
                before = left + 2 if place and not position else None
                _draw_slot(canvas, slot, x, axis, before)
                x += slot.width
            for bracket in self.here(place):
                last = starts[bracket.end - 1] + row[bracket.end - 1].width
                _draw_bracket(canvas, bracket, starts[bracket.first], last, y)
            bottom = axis + self.below(place)
            if place + 1 < len(self.rows):
                following = (left + 2, bottom + ROW_GAP + self.above(place + 1))
                turn = _turned((x + BETWEEN, axis), left + self.room - 6, bottom + ROW_GAP / 2, following)
                canvas.path(turn, "line")
            y = bottom + ROW_GAP


def in_rows(chain: Chain, room: float, largest: float) -> Rows:
    """Stations in as many rows as they need; the largest side takes ``largest`` pixels."""
    scale = Scale.of([view for station in chain.stations for view in (station.first, station.last)], largest)
    slots = [slot_of(station, scale) for station in chain.stations]
    rows = tuple(_rows(slots, room - 2 * TURN - BETWEEN))
    return Rows(rows, chain.brackets, scale, room)


def _rows(slots: list[Slot], room: float) -> Iterator[tuple[Slot, ...]]:
    row: list[Slot] = []
    for slot in slots:
        if row and sum(one.width for one in row) + slot.width > room:
            yield _justified(row, room)
            row = []
        row.append(slot)
    yield tuple(row)


def _justified(row: list[Slot], room: float) -> tuple[Slot, ...]:
    """A row with longer arrows, so that it ends where others end."""
    arrows = sum(slot.arrow > 0 for slot in row)
    more = min((room - sum(slot.width for slot in row)) / max(arrows, 1), MOST_STRETCH)
    return tuple(
        slot._replace(arrow=slot.arrow + more, middle=slot.middle + more, width=slot.width + more)
        if slot.arrow
        else slot
        for slot in row
    )


def _draw_slot(canvas: Canvas, slot: Slot, x: float, axis: float, before: float | None) -> None:
    """A station with its arrow; the line to that begins at ``before`` in the first place of a row."""
    station = slot.station
    if slot.arrow:
        start = x + BETWEEN if before is None else before
        end = x + BETWEEN + slot.arrow
        style = f"-{station.marks[0].style}" if station.marks else ""
        canvas.path(f"M{number(start)} {number(axis)}H{number(end - 5)}", f"line line{style}" if style else "line")
        head = ((end, axis), (end - 7, axis - 4), (end - 7, axis + 4))
        canvas.polygon(head, f"head head{style}" if style else "head")
        middle = x + BETWEEN + slot.arrow / 2
        draw_lines(canvas, station.above, middle, axis - 8 - sum(map(high, station.above)))
        draw_lines(canvas, station.below, middle, axis + 6)
        for place, mark in enumerate(station.marks[:2]):
            aside = 22 * place - 11 * (min(len(station.marks), 2) - 1)
            draw_badge(canvas, middle + aside, axis - 20 - sum(map(high, station.above)), mark)
    slot.solid.draw(canvas, x + slot.middle, axis, station.style)
    draw_lines(canvas, station.under, x + slot.middle, axis + slot.solid.below)


def draw_lines(canvas: Canvas, lines: tuple[Line, ...], x: float, top: float, anchor: str = "middle") -> None:
    """Lines of text, one below the other."""
    y = top
    for line in lines:
        y += high(line)
        canvas.text(x, y - 3.5, *line, anchor)


def _draw_bracket(canvas: Canvas, bracket: Bracket, left: float, right: float, top: float) -> None:
    y = top + LANE * bracket.depth
    left, right = left + 3, right - 3
    label = shortened(bracket.label, right - left, SMALL, bold=True)
    canvas.text(left, y + 11, (Span(label, bold=True),), SMALL)
    canvas.path(f"M{number(left)} {number(y + 20)}V{number(y + 15)}H{number(right)}V{number(y + 20)}", "bracket")


def _turned(start: Point, far: float, between: float, end: Point) -> str:
    """The line from the end of a row, aside and back between the rows, to the beginning of the next."""
    (x, axis), (left, below), r = start, end, 6
    return (
        f"M{number(x)} {number(axis)}H{number(far - r)}Q{number(far)} {number(axis)} {number(far)} {number(axis + r)}"
        f"V{number(between - r)}Q{number(far)} {number(between)} {number(far - r)} {number(between)}"
        f"H{number(left + r)}Q{number(left)} {number(between)} {number(left)} {number(between + r)}V{number(below)}"
    )
