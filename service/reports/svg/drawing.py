"""The picture of a model: volumes for a stack of convolutions, boxes in layers for any other graph."""

from typing import Final, Protocol

from service.diagnosis.examination import Examination
from service.reports.abridged.bounding import pictured
from service.reports.abridged.subject import Subject, subject_of
from service.reports.svg.canvas import Canvas, escaped, number
from service.reports.svg.frames import Scene
from service.reports.svg.layer_boxes import BoxMaker
from service.reports.svg.legend import draw_legend, remarks, swatches
from service.reports.svg.network import network
from service.reports.svg.page import MARGIN, WIDTH, described, draw_head, draw_issues, head_width
from service.reports.svg.progress import progress
from service.reports.svg.rows import Rows, in_rows
from service.reports.svg.stations import chain, is_stack
from service.reports.svg.style import SHEET
from service.reports.svg.valley import Valley, in_valley
from service.reports.svg.volumes import LARGEST

MOST_VOLUMES: Final = 96
MOST_BOXES: Final = 54
BETWEEN: Final = 30.0
"""Pixels between two pictures."""


class Figure(Protocol):
    """A picture, or one of two."""

    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draws it with its upper left corner at a point."""


def as_svg(examination: Examination) -> bytes:
    """The answer as a picture: SVG without scripts and without anything from elsewhere."""
    return drawn(subject_of(examination))


def drawn(subject: Subject) -> bytes:
    """The picture. What changed is shown in boxes only, in which there is room to say it."""
    heading, analysis, wiring, found = subject
    compares = found.changes is not None
    stack = is_stack(analysis) and not compares
    part = pictured(subject, MOST_VOLUMES if stack else MOST_BOXES)
    scene = Scene.of(analysis, wiring, BoxMaker(analysis, found))
    room = WIDTH - 2 * MARGIN
    stations = chain(analysis, part, scene.maker) if stack else None if compares else progress(analysis, wiring)
    volumes: Rows | Valley | None = None
    if stations is not None:
        volumes = in_valley(stations, room, LARGEST) or in_rows(stations, room, LARGEST)
    figures: list[Figure] = [] if volumes is None else [volumes]
    figures += [] if stack else [network(scene, part, room, found.of_model)]
    width = max(head_width(subject), *(figure.width + 2 * MARGIN for figure in figures))
    canvas = Canvas()
    y = draw_head(canvas, heading, width)
    for figure in figures:
        figure.draw(canvas, (width - figure.width) / 2, y)
        y += figure.height + BETWEEN
    y += draw_issues(canvas, found, y - BETWEEN / 2, width)
    said = list(remarks(analysis, part, None if volumes is None else volumes.scale))
    y += draw_legend(canvas, swatches(subject, part), said, (MARGIN, y), width - 2 * MARGIN)
    return _document(subject, canvas, (width, y + MARGIN))


def _document(subject: Subject, canvas: Canvas, size: tuple[float, float]) -> bytes:
    wide, high = map(number, size)
    title = f"{subject.heading.name}: {subject.heading.verdict}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'role="img" aria-labelledby="plumbline-title plumbline-desc">'
        f'<title id="plumbline-title">{escaped(title)}</title>'
        f'<desc id="plumbline-desc">{escaped(described(subject))}</desc>'
        f'<style>{SHEET}</style><rect class="page" width="100%" height="100%"/>{"".join(canvas.pieces)}</svg>\n'
    ).encode()
