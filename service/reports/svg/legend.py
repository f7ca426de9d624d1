"""What colours, dashes and sizes in a drawing mean, as far as they occur in it."""

from collections.abc import Iterator, Sequence
from typing import Final

from service.analysis.reading import Analysis
from service.reports.abridged.outline import Part
from service.reports.abridged.subject import Subject
from service.reports.abridged.words import shape_of
from service.reports.svg.canvas import Canvas, Point, Span
from service.reports.svg.fonts import width, wrapped
from service.reports.svg.layer_boxes import kind_of
from service.reports.svg.volumes import Ruler, Scale

SIZE: Final = 12.0
LINE: Final = 18.0
SWATCH: Final = 12.0
BETWEEN: Final = 18.0
COLOURS: Final = {
    "conv": "convolution",
    "pool": "pooling",
    "dense": "matrix products",
    "weights": "other weights",
    "plain": "no weights",
}
CHANGES: Final = {"added": "new", "changed": "changed", "removed": "removed, with what took from it"}


def swatches(subject: Subject, part: Part) -> list[str]:
    """The kinds of layers that are drawn, or what became of layers, if there are several."""
    changes = subject.marks.changes
    if changes is not None:
        styles = {change.style for change in changes.values()}
        return [style for style in CHANGES if style in styles]
    layers = (inner for inner in part.inside() if inner.kind == "layer" and not inner.parts)
    found = {kind_of(subject.analysis.readings[layer.first]) for layer in layers}
    return [kind for kind in COLOURS if kind in found] if len(found) > 1 else []


def remarks(analysis: Analysis, part: Part, scale: Scale | None) -> Iterator[str]:
    """Whatever else has to be said."""
    if scale is not None:
        yield _scaled(scale)
    if any(inner.count > 1 for inner in part.inside()):
        ranges = "; 64–256 is a size of the first and of the last time" if _has_ranges(analysis, part) else ""
        yield f"×N: stands N times in a row{ranges}."
    if any(reading.assumed for reading in analysis.readings):
        yield "Dashed: assumed, since it stands on a mistake."


def _has_ranges(analysis: Analysis, part: Part) -> bool:
    """Whether what repeats returns other shapes the last time than the first."""
    readings = analysis.readings
    return any(
        shape_of(readings[node].outcome.output)
        != shape_of(readings[node + inner.end - inner.first - inner.period].outcome.output)
        for inner in part.inside() if inner.count > 1 for node in inner.shown
    )  # fmt: skip


def _scaled(scale: Scale) -> str:
    sides, depths = scale.sides, scale.depths
    faces = "Faces are height × width, the depth is the channels"
    if sides.power == 1 and depths.power == 1:
        return f"{faces}, to scale."
    return f"{faces}; sides are drawn {_power(sides)}, depths {_power(depths)}, so that small ones can be seen."


def _power(ruler: Ruler) -> str:
    return "to scale" if ruler.power == 1 else f"as size^{ruler.power:.2f}"


def draw_legend(canvas: Canvas, kinds: Sequence[str], words: Sequence[str], corner: Point, room: float) -> float:
    """Draws it; returns its height."""
    left, top = x, y = corner
    if kinds:
        y += LINE
    for kind in kinds:
        told = {**COLOURS, **CHANGES}[kind]
        wide = SWATCH + 6 + width(told, SIZE) + BETWEEN
        if x + wide > left + room:
            x, y = left, y + LINE
        canvas.rectangle((x, y - SWATCH + 1.5), SWATCH, SWATCH, kind, 3)
        canvas.text(x + SWATCH + 6, y, (Span(told, "muted"),), SIZE)
        x += wide
    for remark in words:
        for line in wrapped(remark, room, SIZE, 3):
            y += LINE
            canvas.text(left, y, (Span(line, "muted"),), SIZE)
    return y - top
