"""The lines of a budget, and whether all of them are kept to."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pydantic_core import to_json

from service.reports.abridged.names import escaped
from service.reports.csv import defused
from service.reports.text import wrapped
from service.review.budget import Line


def _as_json(lines: list[Line]) -> bytes:
    return to_json({"passed": all(line.passed for line in lines), "lines": [line._asdict() for line in lines]})


def _as_text(lines: list[Line]) -> bytes:
    told = [_verdict(lines), ""]
    indent = " " * (max(len(line.limit) for line in lines) + 6)
    for line in lines:
        first, *more = wrapped(line.detail, indent)
        told += [f"  {'✓' if line.passed else '✗'} {line.limit.ljust(len(indent) - 4)}{first.lstrip()}", *more]
    return ("\n".join(told) + "\n").encode()


def _as_markdown(lines: list[Line]) -> bytes:
    sign = "✅" if all(line.passed for line in lines) else "❌"
    told = [f"### {sign} {_verdict(lines)}", "", "| | limit | |", "| --- | --- | --- |"]
    told += [f"| {'✅' if line.passed else '❌'} | `{line.limit}` | {escaped(line.detail)} |" for line in lines]
    return ("\n".join(told) + "\n").encode()


def _as_csv(lines: list[Line]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(Line._fields)
    for line in lines:
        expected, actual = (json.dumps(each, ensure_ascii=False) for each in (line.expected, line.actual))
        writer.writerow(
            [defused(cell) for cell in (line.limit, str(line.passed).lower(), expected, actual, line.detail)]
        )
    return text.getvalue().encode()


def _verdict(lines: list[Line]) -> str:
    failed = sum(not line.passed for line in lines)
    return f"{failed} of {len(lines)} limits exceeded" if failed else f"all {len(lines)} limits kept"


BUDGET_WRITERS: Final[Mapping[str, Callable[[list[Line]], bytes]]] = MappingProxyType(
    {"json": _as_json, "text": _as_text, "markdown": _as_markdown, "csv": _as_csv}
)
"""By the name of the format."""
