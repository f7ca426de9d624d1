"""SVG as text: elements with coordinates of one decimal, everything escaped."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from service.reports.svg.fonts import is_measured, width

_SPECIAL: Final = re.compile(r"[&<>\"]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}

Point = tuple[float, float]


class Span(NamedTuple):
    """A piece of a line of text, in one style."""

    text: str
    style: str = ""
    """Classes of the style sheet."""
    bold: bool = False

    def width(self, size: float) -> float:
        """Pixels, at most."""
        return width(self.text, size, bold=self.bold)


def line_width(spans: Iterable[Span], size: float) -> float:
    """Pixels, at most."""
    return sum(span.width(size) for span in spans)


def escaped(text: str) -> str:
    """Text as XML has it."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def number(value: float) -> str:
    """A coordinate, short."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


class Canvas:
    """What was drawn so far."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def opened(self, style: str) -> None:
        """Begins a group."""
        self.pieces.append(f'<g class="{style}">')

    def closed(self) -> None:
        """Ends a group."""
        self.pieces.append("</g>")

    def rectangle(self, corner: Point, wide: float, high: float, style: str, radius: float = 0) -> None:
        """A rectangle by its upper left corner."""
        x, y = corner
        rounded = f' rx="{number(radius)}"' if radius else ""
        self.pieces.append(
            f'<rect class="{style}" x="{number(x)}" y="{number(y)}" width="{number(wide)}" '
            f'height="{number(high)}"{rounded}/>'
        )

    def circle(self, x: float, y: float, radius: float, style: str) -> None:
        """A circle by its centre."""
        self.pieces.append(f'<circle class="{style}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>')

    def path(self, data: str, style: str) -> None:
        """A path as SVG writes it."""
        self.pieces.append(f'<path class="{style}" d="{data}"/>')

    def polygon(self, points: Iterable[Point], style: str) -> None:
        """A closed shape."""
        corners = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self.pieces.append(f'<polygon class="{style}" points="{corners}"/>')

    def text(self, x: float, y: float, spans: Iterable[Span], size: float, anchor: str = "start") -> None:
        """A line of text; ``y`` is its baseline. No font makes it wider than it was reckoned to be."""
        parts: list[str] = []
        for span in spans:
            style = f' class="{span.style}"' if span.style else ""
            weight = ' font-weight="bold"' if span.bold else ""
            fitted = "" if is_measured(span.text) else f' textLength="{number(span.width(size))}"'
            fitted += ' lengthAdjust="spacingAndGlyphs"' if fitted else ""
            parts.append(f"<tspan{style}{weight}{fitted}>{escaped(span.text)}</tspan>")
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.pieces.append(
            f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{at} xml:space="preserve">'
            f"{''.join(parts)}</text>"
        )
