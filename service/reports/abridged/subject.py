"""What is drawn: a model, what is said of it, and what stands above it."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from service.analysis.reading import Analysis
from service.diagnosis.examination import Examination
from service.reports.abridged.folding import Wiring
from service.reports.abridged.marks import Marks, marks
from service.reports.abridged.names import cleaned
from service.reports.abridged.words import abbreviated, counted, plural, shape_of

MOST_REMARKS: Final = 24
MOST_NAMED: Final = 3
"""Inputs and outputs whose shapes stand above."""


class Remark(NamedTuple):
    """A line above the picture."""

    style: str
    """The class of the style sheet; none for a plain one."""
    word: str
    """What the style says, for those who do not see it."""
    text: str


def few(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """As many of them as a person reads, and how many more there are."""
    found = tuple(remarks)
    more = len(found) - MOST_REMARKS
    return found if more <= 0 else (*found[:MOST_REMARKS], Remark("", "", f"… and {more:,} more"))


class Heading(NamedTuple):
    """What stands above a picture."""

    name: str
    verdict: str
    style: str
    """The verdict's class in the style sheet."""
    figures: str
    remarks: tuple[Remark, ...] = ()


class Subject(NamedTuple):
    """All that a picture is drawn from."""

    heading: Heading
    analysis: Analysis
    wiring: Wiring
    marks: Marks


def subject_of(examination: Examination, remarks: Iterable[Remark] = ()) -> Subject:
    """A document, with further lines above."""
    analysis, found = examination.analysis, marks(examination)
    heading = Heading(model_name(examination), *_verdict(found), figures(examination), few(remarks))
    return Subject(heading, analysis, Wiring(analysis), found)


def model_name(examination: Examination) -> str:
    """What the model is called."""
    return cleaned(examination.document.name or "") or "Model"


def _verdict(found: Marks) -> tuple[str, str]:
    """Whether PyTorch runs the model, in a few words, and their class in the style sheet."""
    errors = sum(mark.style == "error" for mark in found.numbered)
    warnings = len(found.numbered) - errors
    told = [plural(errors, "mistake")] if errors else []
    told += [plural(warnings, "warning")] if warnings else []
    if errors:
        return ", ".join(told), "error"
    return (f"Sound, {told[0]}", "warning") if told else ("Sound", "sound")


def figures(examination: Examination) -> str:
    """What goes in, what comes out, and the totals."""
    analysis = examination.analysis
    inputs = [shape_of(tensor) for _, tensor in analysis.graph.inputs[:MOST_NAMED]]
    outputs = [shape_of(value) for _, value in analysis.outputs[:MOST_NAMED]]
    inputs += ["…"] if len(analysis.graph.inputs) > MOST_NAMED else []
    outputs += ["…"] if len(analysis.outputs) > MOST_NAMED else []
    totals = analysis.totals
    parts = [
        f"{' and '.join(inputs)} → {' and '.join(outputs)}",
        plural(len(analysis.readings), "layer"),
        f"{counted(totals.parameters)} parameters",
        f"{abbreviated(totals.macs)} multiply-accumulates",
    ]
    return "  ·  ".join([*parts, *(["training mode"] if examination.document.mode == "train" else [])])
