"""What changed between two versions: figures, layers, and issues."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from service.reports.abridged.names import cleaned, escaped
from service.reports.abridged.words import abbreviated
from service.reports.csv import defused
from service.reports.text import COLUMNS, fitted, wrapped
from service.review.difference import Changed, Difference

MOST_LAYERS: Final = 60
"""Layers that are told about one by one."""
FIGURES: Final = MappingProxyType(
    {"parameters": "parameters", "trainable_parameters": "trainable", "buffers": "buffers", "macs": "MACs",
     "weight_bytes": "weight bytes", "activation_bytes": "activation bytes"}
)  # fmt: skip


class _Row(NamedTuple):
    """One thing about one layer; a layer that came or went has a single one."""

    sign: str
    layer: str
    what: str = ""
    before: Any = ""
    after: Any = ""


def _rows(found: Difference) -> Iterator[_Row]:
    for sign, names in (("+", found.added), ("−", found.removed)):
        yield from (_Row(sign, name, "new" if sign == "+" else "gone") for name in names)
    for changed in found.changed:
        yield from _changes(changed)


def _changes(changed: Changed) -> Iterator[_Row]:
    pairs = {"type": changed.type, **changed.arguments, "inputs": _joined(changed.inputs),
             "output": changed.output_shape, "parameters": changed.parameters, "MACs": changed.macs}  # fmt: skip
    if changed.renamed_from:
        yield _Row("~", changed.layer, "name", changed.renamed_from, changed.layer)
    for what, pair in pairs.items():
        if pair is not None:
            yield _Row("~", changed.layer, what, *pair)


def _joined(pair: tuple[list[str], list[str]] | None) -> tuple[str, ...] | None:
    return None if pair is None else tuple(", ".join(names) for names in pair)


def _value(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return cleaned(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))


def _as_json(found: Difference) -> bytes:
    return to_json({**found._asdict(), "changed": [changed._asdict() for changed in found.changed]})


def _as_text(found: Difference) -> bytes:
    return ("\n".join(_lines(found)) + "\n").encode()


def _lines(found: Difference) -> Iterator[str]:
    if found.is_nothing:
        yield "Nothing changed."
        return
    yield _verdict(found)
    if found.totals:
        yield ""
        yield from _figures(found)
    groups = [list(group) for _, group in groupby(_rows(found), key=lambda row: (row.sign, row.layer))]
    if groups:
        yield ""
    for group in groups[:MOST_LAYERS]:
        yield from _told(group)
    if len(groups) > MOST_LAYERS:
        yield f"… and {len(groups) - MOST_LAYERS:,} more layers"
    for sign, messages in (("✗ new:", found.gained), ("✓ cured:", found.cured)):
        for message in messages:
            yield ""
            yield from _hanging(f"{sign} {message}")


def _verdict(found: Difference) -> str:
    before, after = ("sound" if valid else "broken" for valid in found.valid)
    return f"{before} → {after}" if before != after else f"still {after}"


def _figures(found: Difference) -> Iterator[str]:
    cells = [
        (FIGURES[name], _value(one), _value(other), _by(one, other)) for name, (one, other) in found.totals.items()
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for name, one, other, by in cells:
        change = f"{one.rjust(widths[1])} → {other.rjust(widths[2])}"
        yield f"{name.ljust(widths[0])}  {change}  {by.rjust(widths[3])}".rstrip()


def _told(group: list[_Row]) -> Iterator[str]:
    yield fitted(f"{group[0].sign} {cleaned(group[0].layer)}", COLUMNS)
    if group[0].sign != "~":
        return
    width = max(len(row.what) for row in group)
    for row in group:
        yield fitted(f"    {cleaned(row.what).ljust(width)}  {_value(row.before)} → {_value(row.after)}", COLUMNS)


def _hanging(text: str) -> Iterator[str]:
    first, *more = wrapped(text, "  ")
    yield first.removeprefix("  ")
    yield from more


def _as_markdown(found: Difference) -> bytes:
    return ("\n".join(_paragraphs(found)) + "\n").encode()


def _paragraphs(found: Difference) -> Iterator[str]:
    if found.is_nothing:
        yield "### Nothing changed"
        return
    yield f"### {'✅' if found.valid[1] else '❌'} {_verdict(found)}"
    for sign, messages in (("🔴 new", found.gained), ("✅ cured", found.cured)):
        for message in messages:
            yield ""
            yield f"- {sign}: {escaped(message)}"
    if found.totals:
        yield from ("", "| | before | after | |", "| --- | ---: | ---: | ---: |")
        for name, (one, other) in found.totals.items():
            yield f"| {FIGURES[name]} | {_value(one)} | {_value(other)} | {_by(one, other)} |"
    rows = list(_rows(found))
    if rows:
        yield from ("", "| | layer | | before | after |", "| --- | --- | --- | --- | --- |")
        for row in rows[: 4 * MOST_LAYERS]:
            yield f"| {row.sign} | {' | '.join(escaped(_value(cell)) for cell in row[1:])} |"
        if len(rows) > 4 * MOST_LAYERS:
            yield f"\n… and {len(rows) - 4 * MOST_LAYERS:,} more changes"


def _as_csv(found: Difference) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("change", "layer", "what", "before", "after"))
    changes = {"+": "added", "−": "removed", "~": "changed"}
    plain = [("total", "", name, one, other) for name, (one, other) in found.totals.items()]
    rows = [(changes[row.sign], *row[1:]) for row in _rows(found)]
    issues = [("issue gained", "", message, "", "") for message in found.gained]
    issues += [("issue cured", "", message, "", "") for message in found.cured]
    for line in (*plain, *rows, *issues):
        writer.writerow([_cell(cell) for cell in line])
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """A number as it is, everything else as text that no spreadsheet runs."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return defused(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))


def _by(one: int | None, other: int | None) -> str:
    if one is None or other is None:
        return ""
    sign = "+" if other > one else "−"
    share = f" ({sign}{abs(other - one) / one:.1%})" if 0 < one < 2**1000 > other else ""
    return f"{sign}{abbreviated(abs(other - one))}{share}"


DIFFERENCE_WRITERS: Final[Mapping[str, Callable[[Difference], bytes]]] = MappingProxyType(
    {"json": _as_json, "text": _as_text, "markdown": _as_markdown, "csv": _as_csv}
)
"""By the name of the format."""
