"""What changed between two versions: figures, layers, and issues."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic_core import to_json

from service.reports.abridged.names import cleaned, escaped
from service.reports.csv import defused, encoded
from service.reports.mermaid import chart
from service.reports.review.changes import FIGURES, Group, all_changes, grouped, growth, verdict, written
from service.reports.review.compared import annotated, pictured_changes
from service.reports.svg.drawing import drawn
from service.reports.text import COLUMNS, fitted, wrapped
from service.review.difference import Comparison, Difference

MOST_LAYERS: Final = 60
"""Layers that are told about one by one."""


def _as_json(comparison: Comparison) -> bytes:
    found = comparison.difference
    return to_json({**found._asdict(), "changed": [changed._asdict() for changed in found.changed]})


def _as_text(comparison: Comparison) -> bytes:
    return ("\n".join(_lines(comparison)) + "\n").encode()


def _lines(comparison: Comparison) -> Iterator[str]:
    found = comparison.difference
    if found.is_nothing:
        yield "Nothing changed."
        return
    yield verdict(found)
    if found.totals:
        yield ""
        yield from _figures(found)
    groups = grouped(comparison)
    if groups:
        yield ""
    for group in groups[:MOST_LAYERS]:
        yield from _told(group)
    if len(groups) > MOST_LAYERS:
        yield f"… and {sum(len(group.layers) for group in groups[MOST_LAYERS:]):,} more layers"
    for sign, messages in (("✗ new:", found.gained), ("✓ cured:", found.cured)):
        for message in messages:
            yield ""
            yield from _hanging(f"{sign} {message}")


def _figures(found: Difference) -> Iterator[str]:
    cells = [
        (FIGURES[name], written(one), written(other), growth(one, other)) for name, (one, other) in found.totals.items()
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for name, one, other, more in cells:
        change = f"{one.rjust(widths[1])} → {other.rjust(widths[2])}"
        yield f"{name.ljust(widths[0])}  {change}  {more.rjust(widths[3])}".rstrip()


def _told(group: Group) -> Iterator[str]:
    sign, _, _, before, after = group.rows[0]
    if sign != "~":
        yield from _hanging(f"{sign} {cleaned(group.name)}: {written(before or after)}")
        return
    yield from _hanging(f"{sign} {cleaned(group.name)}")
    width = max(len(row.what) for row in group.rows)
    for row in group.rows:
        yield fitted(f"    {cleaned(row.what).ljust(width)}  {written(row.before)} → {written(row.after)}", COLUMNS)


def _hanging(text: str) -> Iterator[str]:
    first, *more = wrapped(text, "  ")
    yield first.removeprefix("  ")
    yield from more


def _as_markdown(comparison: Comparison) -> bytes:
    return ("\n".join(_paragraphs(comparison)) + "\n").encode()


def _paragraphs(comparison: Comparison) -> Iterator[str]:
    found = comparison.difference
    if found.is_nothing:
        yield "### Nothing changed"
        return
    yield f"### {'✅' if found.valid[1] else '❌'} {verdict(found)}"
    for sign, messages in (("🔴 new", found.gained), ("✅ cured", found.cured)):
        for message in messages:
            yield ""
            yield f"- {sign}: {escaped(message)}"
    if found.totals:
        yield from ("", "| | before | after | |", "| --- | ---: | ---: | ---: |")
        for name, (one, other) in found.totals.items():
            yield f"| {FIGURES[name]} | {written(one)} | {written(other)} | {growth(one, other)} |"
    changed = [(group.name, row) for group in grouped(comparison) for row in group.rows]
    if changed:
        yield from ("", "| | layer | | before | after |", "| --- | --- | --- | --- | --- |")
        for name, row in changed[: 4 * MOST_LAYERS]:
            cells = (name, *row[2:])
            yield f"| {row.sign} | {' | '.join(escaped(written(cell)) for cell in cells)} |"
        if len(changed) > 4 * MOST_LAYERS:
            yield f"\n… and {len(changed) - 4 * MOST_LAYERS:,} more changes"


def _as_csv(comparison: Comparison) -> bytes:
    found = comparison.difference
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("change", "layer", "what", "before", "after"))
    changes = {"+": "added", "−": "removed", "~": "changed"}
    plain = [("total", "", name, one, other) for name, (one, other) in found.totals.items()]
    rows = [(changes[row.sign], *row[1:]) for row in all_changes(comparison)]
    issues = [("issue gained", "", message, "", "") for message in found.gained]
    issues += [("issue cured", "", message, "", "") for message in found.cured]
    for line in (*plain, *rows, *issues):
        writer.writerow([_cell(cell) for cell in line])
    return encoded(text.getvalue())


def _cell(value: Any) -> Any:
    """A number as it is, everything else as text that no spreadsheet runs."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return defused(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))


def _as_svg(comparison: Comparison) -> bytes:
    return drawn(pictured_changes(comparison))


def _as_mermaid(comparison: Comparison) -> bytes:
    return chart(pictured_changes(comparison))


DIFFERENCE_WRITERS: Final[Mapping[str, Callable[[Comparison], bytes]]] = MappingProxyType(
    {"json": _as_json, "text": _as_text, "markdown": _as_markdown, "csv": _as_csv, "svg": _as_svg,
     "mermaid": _as_mermaid, "python": annotated}
)  # fmt: skip
"""By the name of the format."""
