"""What stands around the picture: the model's name and figures above, what is wrong and what signs mean below."""

from collections.abc import Iterator
from typing import Final

from service.diagnosis.examination import Examination
from service.reports.abridged.marks import Mark, Marks
from service.reports.abridged.names import cleaned
from service.reports.abridged.words import abbreviated, counted, shape_of
from service.reports.svg.boxes import draw_badge
from service.reports.svg.canvas import Canvas, Span, line_width
from service.reports.svg.fonts import shortened, wrapped

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


def model_name(examination: Examination) -> str:
    """What the model is called."""
    return cleaned(examination.document.name or "") or "Model"


def verdict(marks: Marks) -> tuple[str, str]:
    """Whether PyTorch runs the model, in a few words, and their class in the style sheet."""
    errors = sum(mark.style == "error" for mark in marks.numbered)
    warnings = len(marks.numbered) - errors
    told = [_plural(errors, "mistake")] if errors else []
    told += [_plural(warnings, "warning")] if warnings else []
    if errors:
        return ", ".join(told), "error"
    return (f"Sound, {told[0]}", "warning") if told else ("Sound", "sound")


def _plural(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def figures(examination: Examination) -> str:
    """What goes in, what comes out, and the totals."""
    analysis = examination.analysis
    inputs = [shape_of(tensor) for _, tensor in analysis.graph.inputs[:3]]
    outputs = [shape_of(value) for _, value in analysis.outputs[:3]]
    inputs += ["…"] if len(analysis.graph.inputs) > 3 else []
    outputs += ["…"] if len(analysis.outputs) > 3 else []
    totals = analysis.totals
    count = len(analysis.readings)
    parts = [
        f"{' and '.join(inputs)} → {' and '.join(outputs)}",
        f"{count:,} layer{'' if count == 1 else 's'}",
        f"{counted(totals.parameters)} parameters",
        f"{abbreviated(totals.macs)} multiply-accumulates",
    ]
    return "  ·  ".join([*parts, *(["training mode"] if examination.document.mode == "train" else [])])


def draw_head(canvas: Canvas, examination: Examination, marks: Marks, width: float) -> float:
    """The model's name, verdict and figures; returns the height."""
    room = width - 2 * MARGIN
    words, style = verdict(marks)
    name = shortened(model_name(examination), room - 160, NAME, bold=True)
    y = MARGIN + NAME - 2
    canvas.text(MARGIN, y, (Span(name, bold=True),), NAME)
    canvas.circle(MARGIN + 5, y + 22.5, 5, f"badge-{style}" if style != "sound" else "sound")
    canvas.text(MARGIN + 16, y + 27, (Span(words, style, bold=True),), TEXT)
    y += 27
    for line in wrapped(figures(examination), room, TEXT, 3):
        y += LINE + 1
        canvas.text(MARGIN, y, (Span(line, "muted"),), TEXT)
    return y + 20


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
        canvas.text(MARGIN + INDENT, y + 22, (Span(f"… and {_plural(more, 'issue')} more", "muted"),), TEXT)
        y += LINE + 8
    return y - top


def _told(mark: Mark, room: float) -> Iterator[tuple[str, str]]:
    issue = mark.issue
    for line in wrapped(cleaned(issue.message), room, TEXT, MOST_LINES):
        yield line, ""
    if issue.fixes:
        for line in wrapped(f"→ {cleaned(issue.fixes[0].description)}", room, TEXT, 2):
            yield line, "muted"


def described(examination: Examination, marks: Marks) -> str:
    """The picture in words, for those who cannot see it."""
    words, _ = verdict(marks)
    told = [f"{mark.style}: {cleaned(mark.issue.message)}" for mark in marks.numbered[:MOST_TOLD]]
    return shortened(" ".join([f"{words}. {figures(examination)}.", *told]), 24_000, 12)


def head_width(examination: Examination, marks: Marks) -> float:
    """What the name and the figures take in one line, so far as the page is that wide."""
    wanted = line_width((Span(model_name(examination), bold=True),), NAME) + 160
    figured = line_width((Span(figures(examination)),), TEXT)
    issues = 760.0 if marks.numbered else 0.0
    return min(max(wanted, figured, issues, NARROWEST) + 2 * MARGIN, WIDTH)
