"""Volumes to scale, in oblique projection: the face is height by width, the depth is the channels."""

from collections.abc import Iterable
from math import exp, log
from typing import Final, NamedTuple

from service.core.sizes import Size, is_known
from service.reports.abridged.words import size_of
from service.reports.svg.canvas import Canvas, Span
from service.reports.svg.captions import SMALL
from service.reports.svg.fonts import width
from service.reports.svg.views import View

LARGEST: Final = 128.0
"""Pixels of the largest height or width."""
SMALLEST: Final = 4.0
"""Pixels of the least one: an image of 224 that ends at 7 is still drawn to scale."""
DEEPEST: Final = 0.52
"""Depth of most channels, as part of the largest side."""
SHALLOWEST: Final = 2.0
FLAT: Final = 16.0
"""Pixels of the height of what has only one spatial axis, and of the width of a bar."""
ASIDE, UP = 0.72, 0.42
"""How far right and up a pixel of depth goes."""
UNKNOWN_PIXELS: Final = 40.0


class Ruler(NamedTuple):
    """From sizes to pixels: proportional or, where the least would vanish, to a power below 1."""

    most: int
    pixels: float
    least_pixels: float
    power: float

    @classmethod
    def of(cls, sizes: Iterable[Size], pixels: float, least_pixels: float) -> "Ruler":
        """The ruler under which the largest of some sizes takes ``pixels`` and the least above 1 ``least_pixels``."""
        known = [size for size in sizes if is_known(size) and size > 1]
        most, least = max(known, default=1), min(known, default=1)
        if least * pixels >= most * least_pixels:
            return cls(most, pixels, least_pixels, 1.0)
        return cls(most, pixels, least_pixels, log(pixels / least_pixels) / (log(most) - log(least)))

    def __call__(self, size: Size) -> float:
        """Pixels."""
        if not is_known(size):
            return UNKNOWN_PIXELS
        # Logarithms, since sizes may be larger than any float. A single row is to be seen, too.
        drawn = self.pixels * exp(self.power * (log(max(size, 1)) - log(self.most)))
        return max(drawn, 1.0) if size > 1 else min(max(drawn, self.least_pixels * 0.75), self.pixels)


class Scale(NamedTuple):
    """The rulers of a drawing."""

    sides: Ruler
    depths: Ruler
    sheets: Ruler
    bars: Ruler

    @classmethod
    def of(cls, views: list[View], largest: float) -> "Scale":
        """Rulers for all that is drawn together; the largest side takes ``largest`` pixels."""
        volumes = [view for view in views if view.kind == "volume"]
        return cls(
            Ruler.of((size for view in volumes for size in view.sizes), largest, SMALLEST),
            Ruler.of((view.channels for view in volumes), largest * DEEPEST, SHALLOWEST),
            Ruler.of((size for view in views if view.kind == "sheet" for size in view.sizes), largest, SMALLEST),
            Ruler.of((view.across for view in views if view.kind == "bar"), largest, SMALLEST),
        )


class Solid(NamedTuple):
    """A view in pixels, with the sizes to be written on its edges."""

    wide: float
    high: float
    aside: float
    up: float
    left_label: str
    lower_label: str
    depth_label: str
    further: str

    @property
    def left(self) -> float:
        """Pixels left of the middle of its face."""
        beside = width(self.left_label, SMALL) + 4 if self.left_label else 0
        return max(self.wide / 2 + beside, width(self.lower_label, SMALL) / 2, width(self.further, SMALL) / 2)

    @property
    def right(self) -> float:
        """Pixels right of the middle of its face."""
        beside = self.aside / 2 + 4 + width(self.depth_label, SMALL) if self.depth_label else 0
        lower = max(width(self.lower_label, SMALL), width(self.further, SMALL)) / 2
        return max(self.wide / 2 + max(self.aside, beside), lower)

    @property
    def above(self) -> float:
        """Pixels above the middle of its face."""
        return self.high / 2 + self.up

    @property
    def below(self) -> float:
        """Pixels below it, labels included."""
        return self.high / 2 + 16 + (14 if self.further else 0)

    def draw(self, canvas: Canvas, x: float, y: float, style: str) -> None:
        """Draws it with the middle of its face at a point."""
        left, right = x - self.wide / 2, x + self.wide / 2
        top, bottom = y - self.high / 2, y + self.high / 2
        if self.aside:
            outline = (
                (left, bottom), (left, top), (left + self.aside, top - self.up), (right + self.aside, top - self.up),
                (right + self.aside, bottom - self.up), (right, bottom),
            )  # fmt: skip
            canvas.polygon(outline, f"solid {style}")
            lid = ((left, top), (left + self.aside, top - self.up), (right + self.aside, top - self.up), (right, top))
            side = ((right, top), (right + self.aside, top - self.up), (right + self.aside, bottom - self.up),
                    (right, bottom))  # fmt: skip
            canvas.polygon(lid, "lit")
            canvas.polygon(side, "shade")
            canvas.polygon(((left, bottom), (left, top), (right, top), (right, bottom)), f"{style} edge")
            canvas.polygon(((right, top), (right + self.aside, top - self.up)), f"{style} edge")
        else:
            canvas.rectangle((left, top), self.wide, self.high, f"solid {style}")
        if self.left_label:
            canvas.text(left - 4, y + 4, (Span(self.left_label),), SMALL, "end")
        if self.lower_label:
            canvas.text(x, bottom + 13, (Span(self.lower_label),), SMALL, "middle")
        if self.depth_label:
            canvas.text(right + self.aside / 2 + 4, bottom - self.up / 2 + 10, (Span(self.depth_label),), SMALL)
        if self.further:
            canvas.text(x, bottom + 27, (Span(self.further),), SMALL, "middle")


def solid(first: View, last: View, scale: Scale) -> Solid:
    """A view in pixels, ``last`` being what becomes of it the last of several times."""
    if last.kind == "bar":
        return Solid(FLAT * 0.7, scale.bars(last.across), 0, 0, "", _span(first.across, last.across), "", "")
    lower = _span(first.across, last.across)
    left = _span(first.height, last.height) if len(last.sizes) > 1 else ""
    if last.kind == "sheet":
        return Solid(scale.sheets(last.across), scale.sheets(last.height), 0, 0, left, lower, "", "")
    depth = scale.depths(last.channels)
    high = scale.sides(last.height) if len(last.sizes) > 1 else FLAT
    further = f"D = {size_of(last.sizes[-3])}" if len(last.sizes) > 2 else ""
    return Solid(scale.sides(last.across), high, depth * ASIDE, depth * UP, left, lower,
                 _span(first.channels, last.channels), further)  # fmt: skip


def _span(first: Size, last: Size) -> str:
    return size_of(last) if first == last else f"{size_of(first)}–{size_of(last)}"
