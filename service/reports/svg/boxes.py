"""Single boxes of a layered drawing: lines of text in a rectangle, or a sign in a circle."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from service.reports.abridged.marks import Mark
from service.reports.svg.canvas import Canvas, Span, line_width
from service.reports.svg.captions import SMALL, TITLE, Line, high, small
from service.reports.svg.layering import NOTED

WIDEST: Final = 262.0
NARROWEST: Final = 64.0
PAD: Final = 11.0
ROOM: Final = WIDEST - 2 * PAD
"""The width of text in a box, at most."""
BADGE: Final = 9.0
BADGE_ROOM: Final = 24.0
LABEL_LINE: Final = 15.0


@dataclass(frozen=True)
class TextBox:
    """Lines of text in a rectangle."""

    lines: tuple[Line, ...]
    style: str
    label: tuple[Span, ...] = ()
    """Stands beside the line that leaves it."""
    marks: tuple[Mark, ...] = ()
    radius: float = 5.0
    count: int = 1
    entering: ClassVar[Mapping[int, float]] = {}
    leaving: ClassVar[Mapping[int, float]] = {}
    width: float = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        first = BADGE_ROOM * len(self.badges) * 2
        widths = [line_width(*line) + (0 if place else first) for place, line in enumerate(self.lines)]
        beside = 2 * (line_width(self.label, SMALL) + 8) if self.label else 0
        object.__setattr__(self, "width", max(NARROWEST, max(widths, default=0) + 2 * PAD, beside))
        object.__setattr__(self, "height", sum(map(high, self.lines)) + 12)

    @property
    def badges(self) -> tuple[Mark, ...]:
        """The issues whose numbers stand in its corner."""
        return self.marks[:2]

    @property
    def slack(self) -> float:
        """How far from its middle lines may enter."""
        return self.width / 2 - 12

    @property
    def label_height(self) -> float:
        """Pixels below it for its label."""
        return LABEL_LINE if self.label else 0

    def noted(self, note: str) -> "TextBox":
        """The box with a remark."""
        room = max(self.width - 2 * PAD, NOTED - 2 * PAD)
        return replace(self, lines=(*self.lines, *small(note, "muted", room=room, most=3)))

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draws it with the middle of its upper edge at a point."""
        left = x - self.width / 2
        canvas.opened("box")
        if self.count > 1:
            canvas.rectangle((left + 4, y + 4), self.width, self.height, f"{self.style} behind", self.radius)
        canvas.rectangle((left, y), self.width, self.height, self.style, self.radius)
        baseline = y + 6
        for line in self.lines:
            baseline += high(line)
            canvas.text(x, baseline - 4.5, *line, "middle")
        for place, mark in enumerate(self.badges):
            draw_badge(canvas, left + self.width - 14 - place * BADGE_ROOM, y + 14, mark)
        canvas.closed()
        if self.label:
            canvas.text(x + 6, y + self.height + 13, self.label, SMALL)


@dataclass(frozen=True)
class Sign:
    """A circle with the sign of an operation, and what there is to say at its right."""

    sign: str
    words: tuple[Span, ...]
    label: tuple[Span, ...]
    style: str
    width: float = field(init=False)
    height: float = 26.0
    slack: float = 7.0
    entering: ClassVar[Mapping[int, float]] = {}
    leaving: ClassVar[Mapping[int, float]] = {}

    def __post_init__(self) -> None:
        beside = max(13 + 6 + line_width(self.words, SMALL), 8 + line_width(self.label, SMALL) if self.label else 0)
        object.__setattr__(self, "width", 2 * beside)

    @property
    def label_height(self) -> float:
        """Pixels below it for its label."""
        return LABEL_LINE if self.label else 0

    def noted(self, note: str) -> TextBox:
        """A box that says the same, with a remark."""
        title: Line = ((Span(self.sign, bold=True), *((Span("  "), *self.words) if self.words else ())), TITLE)
        return TextBox((title,), self.style, self.label).noted(note)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draws it with the middle of its upper edge at a point."""
        canvas.opened("box")
        canvas.circle(x, y + 13, 13, self.style)
        canvas.text(x, y + 18.5, (Span(self.sign, "", bold=True),), 16, "middle")
        canvas.closed()
        if self.words:
            canvas.text(x + 19, y + 17, self.words, SMALL)
        if self.label:
            canvas.text(x + 6, y + self.height + 13, self.label, SMALL)


def draw_badge(canvas: Canvas, x: float, y: float, mark: Mark) -> None:
    """The number of an issue in a disc."""
    number = str(mark.number) if mark.number < 100 else "!"
    canvas.circle(x, y, BADGE, f"badge-{mark.style}")
    canvas.text(x, y + 3.8, (Span(number, "badge", bold=True),), 10.5, "middle")
