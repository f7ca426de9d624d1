"""The answer as a table of at most 100 columns, for a terminal or a chat; what is wrong stands below it."""

import json
import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from wcwidth import wcswidth, wcwidth

from service.core.issues import Fix, Issue, Operation
from service.core.sizes import Size, is_known
from service.diagnosis.examination import Examination
from service.reports.abridged.marks import marks
from service.reports.abridged.names import cleaned
from service.reports.abridged.words import abbreviated, counted, exact, plural, shape_of
from service.reports.rows import Row, legend, rows

COLUMNS: Final = 100
WIDEST: Final = (36, 44, 40)
"""Columns for names, for types with arguments, and for shapes; what is longer is shortened in the middle."""
HEAD: Final = ("layer", "type", "output", "parameters", "MACs")
GAP: Final = 2
MOST_ISSUES: Final = 50
MOST_FIXES: Final = 3
MOST_STEPS: Final = 12
"""Changes of one fix."""

_PARTS: Final = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*")+,? ?|, ?')
"""Of JSON, each up to a comma."""


def as_text(examination: Examination) -> bytes:
    """The answer as UTF-8 text, with a newline at its end."""
    return ("\n".join(_lines(examination)) + "\n").encode()


def _lines(examination: Examination) -> Iterator[str]:
    found = marks(examination)
    sign = "✓" if examination.valid else "✗"
    yield fitted(f"{sign} {title(examination)}: {verdict(examination)}", COLUMNS)
    yield ""
    yield from _table(rows(examination.analysis, found))
    yield ""
    yield from totals(examination)
    for mark in found.numbered[:MOST_ISSUES]:
        yield ""
        yield from _issue(mark.number, mark.issue)
    if len(found.numbered) > MOST_ISSUES:
        yield f"\n… and {len(found.numbered) - MOST_ISSUES:,} more."


def title(examination: Examination) -> str:
    """The model's name, or what it is."""
    return cleaned(examination.document.name or "") or "The model"


def verdict(examination: Examination) -> str:
    """Whether it stands, in a few words."""
    errors = sum(issue.severity == "error" for issue in examination.issues)
    warnings = len(examination.issues) - errors
    told = [plural(errors, "mistake")] if errors else ["sound"]
    told += [plural(warnings, "warning")] if warnings else []
    return ", ".join(told)


def totals(examination: Examination) -> Iterator[str]:
    """The figures of the whole model, exact and in human units."""
    sums = examination.analysis.totals
    inputs = ", ".join(f"{cleaned(name)} {shape_of(tensor)}" for name, tensor in examination.analysis.graph.inputs)
    outputs = ", ".join(f"{cleaned(name)} {shape_of(value)}" for name, value in examination.analysis.outputs)
    frozen = sums.parameters - sums.trainable_parameters
    trained = f", {exact(frozen)} of them frozen" if is_known(frozen) and frozen else ""
    yield fitted(f"inputs       {inputs}", COLUMNS)
    yield fitted(f"outputs      {outputs}", COLUMNS)
    yield f"parameters   {_both(sums.parameters)}{trained}"
    if sums.buffers != 0:
        yield f"buffers      {_both(sums.buffers)}"
    yield f"MACs         {_both(sums.macs)}"
    yield f"weights      {_bytes(sums.weight_bytes)}"
    yield f"activations  {_bytes(sums.activation_bytes)}"


def _both(count: Size) -> str:
    whole, short = exact(count), abbreviated(count)
    return whole if whole == short else f"{whole} ({short})"


def _bytes(count: Size) -> str:
    short = bytes_in_units(count)
    return short if not is_known(count) or count < 1024 else f"{exact(count)} B ({short})"


def bytes_in_units(count: Size) -> str:
    """A number of bytes in the unit that suits it."""
    if not is_known(count):
        return "?"
    size, units = float(count), iter(("B", "KiB", "MiB", "GiB", "TiB", "PiB"))
    unit = next(units)
    while size >= 1024 and unit != "PiB":
        size, unit = size / 1024, next(units)
    return f"{count} B" if unit == "B" else f"{size:,.1f} {unit}"


def _table(found: list[Row]) -> Iterator[str]:
    cells = [_cells(row) for row in found]
    widths = [
        max(len(head), *(columns_of(cell[index]) for cell in cells), 0) if cells else len(head)
        for index, head in enumerate(HEAD)
    ]
    numbers = sum(widths[3:]) + 4 * GAP + 2
    room = [min(width, widest) for width, widest in zip(widths, WIDEST, strict=False)]
    while sum(room) > COLUMNS - numbers:
        room[room.index(max(room))] -= 1
    if room[1] < widths[1]:
        cells = [(cell[0], cell[1].replace("padding ", "pad "), *cell[2:]) for cell in cells]
    columns = (*room, *widths[3:])
    yield _line("  ", HEAD, columns)
    yield _line("  ", tuple("─" * width for width in columns), columns)
    for row, cell in zip(found, cells, strict=True):
        yield _line(_mark(row), cell, columns)
    told = legend(found)
    yield from ("", *told) if told else ()


def _cells(row: Row) -> tuple[str, ...]:
    name = f"{'  ' * min(row.depth, 8)}{cleaned(row.title)}"
    if row.reading is None:
        return name, "", "", _count(row.parameters), _count(row.macs)
    assumed = "≈ " if row.reading.assumed else ""
    shape = f"{assumed}{shape_of(row.reading.outcome.output)}"
    return name, row.told, shape, _count(row.parameters), _count(row.macs)


def _count(count: Size) -> str:
    return "–" if count == 0 else counted(count)


def _mark(row: Row) -> str:
    return f"{row.marks[0]}→"[-2:] if row.marks else "  "


def _line(mark: str, cells: tuple[str, ...], columns: tuple[int, ...]) -> str:
    told = [padded(fitted(cell, width), width) for cell, width in zip(cells[:3], columns, strict=False)]
    counts = [cell.rjust(width) for cell, width in zip(cells[3:], columns[3:], strict=True)]
    return f"{mark}{(' ' * GAP).join([*told, *counts])}".rstrip()


def _issue(number: int, issue: Issue) -> Iterator[str]:
    where = f"{cleaned(issue.layer)}  {issue.pointer}" if issue.layer else issue.pointer or "the model"
    yield fitted(f"{number}→ {issue.severity} {issue.code} at {cleaned(where)}", COLUMNS)
    yield from wrapped(issue.message, "   ")
    for fix in issue.fixes[:MOST_FIXES]:
        yield from _fix(fix)


def _fix(fix: Fix) -> Iterator[str]:
    remaining = "" if fix.valid else " (other mistakes remain)"
    yield from wrapped(f"fix: {fix.description}{remaining}", "   ")
    yield from copyable(fix, "     ")


def copyable(fix: Fix, indent: str) -> Iterator[str]:
    """A fix in lines of 100 columns which, copied, are the JSON Patch that it is: they end between parts of it."""
    shown = fix.patch[:MOST_STEPS]
    for number, operation in enumerate(shown):
        line = f"{indent}{' ' if number else '['}"
        end = "]" if number == len(fix.patch) - 1 else ","
        for part in _PARTS.findall(_step(operation) + end):
            if line.strip("[ ") and columns_of(line) + columns_of(part.rstrip()) > COLUMNS:
                yield line.rstrip()
                line = f"{indent}  "
            line += part
        yield fitted(line, COLUMNS)
    if len(fix.patch) > MOST_STEPS:
        yield f"{indent}… and {len(fix.patch) - MOST_STEPS:,} more changes"


def _step(operation: Operation) -> str:
    """A step of a patch as it stands in a JSON Patch; what a terminal doesn't show as it is, is escaped."""
    plain = json.dumps(operation.as_json(), ensure_ascii=False)
    return plain if cleaned(plain) == plain else json.dumps(operation.as_json())


def wrapped(text: str, indent: str) -> list[str]:
    """A message in lines of 100 columns, whatever it contains."""
    lines = wrap(cleaned(text), COLUMNS, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    return [fitted(line, COLUMNS) for line in lines]


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    width: int = wcswidth(text)
    return width if width >= 0 else sum(max(wcwidth(character), 0) for character in text)


def fitted(text: str, width: int) -> str:
    """The text, or its beginning and end around an ellipsis, in so many columns."""
    if columns_of(text) <= width:
        return text
    head, tail = text, ""
    while columns_of(head) + columns_of(tail) > width - 1:
        if columns_of(head) > 2 * columns_of(tail) + 4 and len(tail) < width // 3:
            tail = text[len(text) - len(tail) - 1 :]
            head = text[: min(len(head), len(text) - len(tail))]
        else:
            head = head[:-1]
        if columns_of(head) > 4 * width:
            head = head[: 4 * width]
    return f"{head}…{tail}"


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, so that it takes so many columns."""
    return text + " " * (width - columns_of(text))
