"""The answer as Markdown for a pull request: what matters in a line, mistakes as a list, the table and the picture."""

import re
from collections.abc import Iterator
from typing import Final

from service.core.issues import Fix, Issue
from service.diagnosis.examination import Examination
from service.reports.abridged.marks import marks
from service.reports.abridged.names import escaped
from service.reports.abridged.words import abbreviated, counted, exact, shape_of
from service.reports.mermaid import as_mermaid
from service.reports.rows import Row, legend, rows
from service.reports.text import MOST_FIXES, MOST_ISSUES, bytes_in_units, copyable, title, verdict

MOST_OPEN: Final = 16
"""Rows of a table that is shown without being asked for."""
INDENT: Final = " " * 5
"""Of what belongs to a fix, in a list in a list."""


def as_markdown(examination: Examination) -> bytes:
    """GitHub-flavoured Markdown, with a newline at its end."""
    return ("\n".join(_lines(examination)) + "\n").encode()


def _lines(examination: Examination) -> Iterator[str]:
    sums = examination.analysis.totals
    sign = "✅" if examination.valid else "❌"
    yield f"### {sign} {escaped(title(examination))}: {verdict(examination)}"
    yield ""
    yield (
        f"**{abbreviated(sums.parameters)}** parameters · **{abbreviated(sums.macs)}** MACs · "
        f"**{bytes_in_units(sums.weight_bytes)}** weights · **{bytes_in_units(sums.activation_bytes)}** activations"
    )
    found = marks(examination)
    for mark in found.numbered[:MOST_ISSUES]:
        yield ""
        yield from _issue(mark.number, mark.issue)
    if len(found.numbered) > MOST_ISSUES:
        yield f"\n… and {len(found.numbered) - MOST_ISSUES:,} more."
    yield ""
    yield from _table(examination, rows(examination.analysis, found))
    yield ""
    yield from _folded("Picture", ["```mermaid", as_mermaid(examination).decode().rstrip("\n"), "```"])


def _issue(number: int, issue: Issue) -> Iterator[str]:
    sign = "🔴" if issue.severity == "error" else "🟡"
    yield f"{number}. {sign} {escaped(issue.message)} `{issue.code}`"
    for fix in issue.fixes[:MOST_FIXES]:
        yield from _fix(fix)


def _fix(fix: Fix) -> Iterator[str]:
    yield f"   - {escaped(fix.description)}{'' if fix.valid else ' (other mistakes remain)'}"
    first, *more = (line.removeprefix(INDENT) for line in copyable(fix, INDENT))
    if not more:
        yield f"{INDENT}{_code(first)}"
        return
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", "".join((first, *more)))), default=0))
    yield from (f"{INDENT}{line}" for line in (f"{fence}json", first, *more, fence))


def _table(examination: Examination, found: list[Row]) -> Iterator[str]:
    sums = examination.analysis.totals
    lines = ["| | layer | type | output | parameters | MACs |", "| --- | --- | --- | --- | ---: | ---: |"]
    lines += [_row(row) for row in found]
    lines.append(f"| | **total** | | | **{exact(sums.parameters)}** | **{exact(sums.macs)}** |")
    lines += [line for told in legend(found) for line in ("", told)]
    count = len(examination.analysis.readings)
    yield from lines if len(found) <= MOST_OPEN else _folded(f"{count:,} layers", lines)


def _row(row: Row) -> str:
    shape = ""
    if row.reading is not None:
        shape = f"{'≈ ' if row.reading.assumed else ''}{shape_of(row.reading.outcome.output)}"
    name = f"{'&emsp;' * row.depth}{escaped(row.title)}"
    numbers = ", ".join(f"{number}." for number in row.marks)
    cells = (numbers, name, escaped(row.told), escaped(shape), counted(row.parameters), counted(row.macs))
    return f"| {' | '.join(cells)} |"


def _folded(summary: str, lines: list[str]) -> Iterator[str]:
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def _code(text: str) -> str:
    """Text as code, whatever number of backticks it contains."""
    fence = "`"
    while fence in text:
        fence += "`"
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
