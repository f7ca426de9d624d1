"""What stands around the picture: the model's name and figures above, what is wrong and what signs mean below."""

from collections.abc import Iterator
from typing import Final

from service.reports.abridged.marks import Mark, Marks
from service.reports.abridged.names import cleaned
from service.reports.abridged.subject import Heading, Subject
from service.reports.abridged.words import plural
from service.reports.svg.boxes import draw_badge
from service.reports.svg.canvas import Canvas, Span, line_width
from service.reports.svg.fonts import shortened, wrapped
from service.reports.svg.fonts import width as width_of

WIDTH: Final = 1200.0
MARGIN: Final = 24.0
NARROWEST: Final = 560.0
NAME: Final = 20.0
TEXT: Final = 13.0
LINE: Final = 18.0
MOST_TOLD: Final = 16
"""Issues that are told in full."""
MOST_LINES: Final = 4
"""Lines of an issue's message."""
INDENT: Final = 28.0
DOT: Final = 16.0
"""Where what stands beside a dot begins."""


def draw_head(canvas: Canvas, heading: Heading, width: float) -> float:
    """The model's name, verdict and figures, and what else is said of it; returns the height."""
    room = width - 2 * MARGIN
    name = shortened(heading.name, room - 160, NAME, bold=True)
    y = MARGIN + NAME - 2
    canvas.text(MARGIN, y, (Span(name, bold=True),), NAME)
    y += 27
    _draw_verdict(canvas, y, heading.style, heading.verdict)
    for line in wrapped(heading.figures, room, TEXT, 3):
        y += LINE + 1
        canvas.text(MARGIN, y, (Span(line, "muted"),), TEXT)
    y += 6 if heading.remarks else 0
    for remark in heading.remarks:
        y += LINE + 1
        word = f"{remark.word}  " if remark.word else ""
        left = MARGIN
        if remark.style:
            _draw_verdict(canvas, y, remark.style, word)
            left += DOT + width_of(word, TEXT, bold=True)
        first, *more = wrapped(cleaned(remark.text), width - MARGIN - left, TEXT, 3)
        canvas.text(left, y, (Span(first),), TEXT)
        for line in more:
            y += LINE
            canvas.text(left, y, (Span(line),), TEXT)
    return y + 20


def _draw_verdict(canvas: Canvas, y: float, style: str, words: str) -> None:
    """A dot and words in the same colour."""
    canvas.circle(MARGIN + 5, y - 4.5, 5, f"badge-{style}" if style != "sound" else "sound")
    canvas.text(MARGIN + DOT, y, (Span(words, style, bold=True),), TEXT)


def draw_issues(canvas: Canvas, marks: Marks, top: float, width: float) -> float:
    """The issues in full; returns the height."""
    y = top
    room = width - 2 * MARGIN - INDENT
    for mark in marks.numbered[:MOST_TOLD]:
        y += 8
        draw_badge(canvas, MARGIN + 9, y + 9, mark)
        for line, style in _told(mark, room):
            canvas.text(MARGIN + INDENT, y + 13.5, (Span(line, style),), TEXT)
            y += LINE
    if len(marks.numbered) > MOST_TOLD:
        more = len(marks.numbered) - MOST_TOLD
        canvas.text(MARGIN + INDENT, y + 22, (Span(f"… and {plural(more, 'issue')} more", "muted"),), TEXT)
        y += LINE + 8
    return y - top


def _told(mark: Mark, room: float) -> Iterator[tuple[str, str]]:
    issue = mark.issue
    for line in wrapped(cleaned(issue.message), room, TEXT, MOST_LINES):
        yield line, ""
    if issue.fixes:
        for line in wrapped(f"→ {cleaned(issue.fixes[0].description)}", room, TEXT, 2):
            yield line, "muted"


def described(subject: Subject) -> str:
    """The picture in words, for those who cannot see it."""
    heading = subject.heading
    told = [f"{remark.word} {cleaned(remark.text)}".strip() for remark in heading.remarks]
    told += [f"{mark.style}: {cleaned(mark.issue.message)}" for mark in subject.marks.numbered[:MOST_TOLD]]
    return shortened(" ".join([f"{heading.verdict}. {heading.figures}.", *told]), 24_000, 12)


def head_width(subject: Subject) -> float:
    """What the name and the figures take in one line, so far as the page is that wide."""
    heading = subject.heading
    wanted = line_width((Span(heading.name, bold=True),), NAME) + 160
    figured = line_width((Span(heading.figures),), TEXT)
    told = 760.0 if subject.marks.numbered or heading.remarks else 0.0
    return min(max(wanted, figured, told, NARROWEST) + 2 * MARGIN, WIDTH)
