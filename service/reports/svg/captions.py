"""Lines of text as boxes have them."""

from collections.abc import Sequence
from typing import Final

from service.reports.svg.canvas import Span, line_width
from service.reports.svg.fonts import shortened, width, wrapped

TITLE: Final = 13.0
SMALL: Final = 11.5
TITLE_LINE: Final = 17.0
SMALL_LINE: Final = 15.0

Line = tuple[tuple[Span, ...], float]
"""Pieces of text and the size of their letters."""


def titled(title: str, said: Sequence[str], room: float, room_below: float) -> list[Line]:
    """A title in so much room and, beside it or below, what else there is to say."""
    title = shortened(title, room, TITLE, bold=True)
    text = ", ".join(said)
    if not text:
        return [((Span(title, bold=True),), TITLE)]
    if width(f"{title}  ", TITLE, bold=True) + width(text, TITLE) <= room:
        return [((Span(f"{title}  ", bold=True), Span(text)), TITLE)]
    return [((Span(title, bold=True),), TITLE), *_listed(said, room_below)]


def _listed(said: Sequence[str], room: float) -> list[Line]:
    """Pieces of text in two small lines, broken between them."""
    first = len(said)
    while first > 1 and width(", ".join(said[:first]), SMALL) > room:
        first -= 1
    lines = (", ".join(said[:first]), ", ".join(said[first:]))
    return [line for text in lines for line in small(text, room=room)]


def small(text: str, style: str = "", *, room: float, bold: bool = False, most: int = 1) -> list[Line]:
    """Small text in at most so many lines; none if there is none."""
    if not text:
        return []
    lines = wrapped(text, room, SMALL, most, bold=bold) if most > 1 else [shortened(text, room, SMALL, bold=bold)]
    return [((Span(line, style, bold=bold),), SMALL) for line in lines]


def widest(lines: Sequence[Line]) -> float:
    """The width of the widest line."""
    return max((line_width(*line) for line in lines), default=0.0)


def high(line: Line) -> float:
    """The height that a line takes."""
    return TITLE_LINE if line[1] == TITLE else SMALL_LINE
