"""The lines of a budget, and whether all of them are kept to."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pydantic_core import to_json

from service.reports.abridged.names import escaped
from service.reports.abridged.subject import Remark, Subject, subject_of
from service.reports.abridged.words import plural
from service.reports.csv import defused, encoded
from service.reports.mermaid import chart
from service.reports.source.program import program
from service.reports.svg.drawing import drawn
from service.reports.text import wrapped
from service.review.budget import Check, Line


def _as_json(check: Check) -> bytes:
    return to_json({"passed": check.passed, "lines": [line._asdict() for line in check.lines]})


def _as_text(check: Check) -> bytes:
    lines = check.lines
    told = [_verdict(lines), ""]
    indent = " " * (max(len(line.limit) for line in lines) + 6)
    for line in lines:
        first, *more = wrapped(line.detail, indent)
        told += [f"  {'✓' if line.passed else '✗'} {line.limit.ljust(len(indent) - 4)}{first.lstrip()}", *more]
    return ("\n".join(told) + "\n").encode()


def _as_markdown(check: Check) -> bytes:
    lines = check.lines
    sign = "✅" if check.passed else "❌"
    told = [f"### {sign} {_verdict(lines)}", "", "| | limit | |", "| --- | --- | --- |"]
    told += [f"| {'✅' if line.passed else '❌'} | `{line.limit}` | {escaped(line.detail)} |" for line in lines]
    return ("\n".join(told) + "\n").encode()


def _as_csv(check: Check) -> bytes:
    lines = check.lines
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(Line._fields)
    for line in lines:
        expected, actual = (json.dumps(each, ensure_ascii=False) for each in (line.expected, line.actual))
        writer.writerow(
            [defused(cell) for cell in (line.limit, str(line.passed).lower(), expected, actual, line.detail)]
        )
    return encoded(text.getvalue())


def _verdict(lines: tuple[Line, ...]) -> str:
    failed = sum(not line.passed for line in lines)
    limits = plural(len(lines), "limit")
    return f"{failed} of {limits} exceeded" if failed else f"{limits} kept"


def _as_svg(check: Check) -> bytes:
    return drawn(_subject(check))


def _as_mermaid(check: Check) -> bytes:
    return chart(_subject(check))


def _subject(check: Check) -> Subject:
    """The model as it is, with the verdict on its budget above it."""
    words = {True: ("sound", "✓"), False: ("error", "✗")}
    remarks = (Remark(*words[line.passed], f"{line.limit}: {line.detail}") for line in check.lines)
    found = subject_of(check.examination, remarks)
    style = "sound" if check.passed else "error"
    return found._replace(heading=found.heading._replace(verdict=_verdict(check.lines).capitalize(), style=style))


def _as_python(check: Check) -> bytes:
    lines = (f"{'✓' if line.passed else '✗'} {line.limit}: {line.detail}" for line in check.lines)
    return program(check.examination, [f"Budget: {_verdict(check.lines)}.", *lines], {})


BUDGET_WRITERS: Final[Mapping[str, Callable[[Check], bytes]]] = MappingProxyType(
    {"json": _as_json, "text": _as_text, "markdown": _as_markdown, "csv": _as_csv, "svg": _as_svg,
     "mermaid": _as_mermaid, "python": _as_python}
)  # fmt: skip
"""By the name of the format."""
