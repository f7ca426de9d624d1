"""What a review found, in words: the lines of a budget, and what changed between two versions."""

import json
from collections.abc import Iterator
from typing import Any

from service.reports.abridged.names import cleaned
from service.reports.abridged.words import abbreviated
from service.reports.text import COLUMNS, fitted, wrapped
from service.review.budget import Line
from service.review.difference import Changed, Difference


def budget_as_text(lines: list[Line]) -> str:
    """A line for each limit, and whether all of them are kept to."""
    failed = sum(not line.passed for line in lines)
    verdict = f"{failed} of {len(lines)} limits exceeded" if failed else f"all {len(lines)} limits kept"
    told = [verdict, ""]
    for line in lines:
        told += wrapped(f"{'✓' if line.passed else '✗'} {line.limit}: {line.detail}", "  ")
    return "\n".join(told) + "\n"


def difference_as_text(found: Difference) -> str:
    """What changed, a line each."""
    return "\n".join(_difference(found)) + "\n"


def _difference(found: Difference) -> Iterator[str]:
    if found.is_nothing:
        yield "Nothing changed."
        return
    before, after = ("sound" if valid else "broken" for valid in found.valid)
    yield f"{before} → {after}" if before != after else f"still {after}"
    for name, (one, other) in found.totals.items():
        yield f"{name}: {_count(one)} → {_count(other)}{_by(one, other)}"
    for sign, names in (("+", found.added), ("−", found.removed)):
        yield from (fitted(f"{sign} {cleaned(name)}", COLUMNS) for name in names)
    for changed in found.changed:
        yield from wrapped(f"~ {_changed(changed)}", "")
    for sign, messages in (("new:", found.gained), ("cured:", found.cured)):
        for message in messages:
            yield from wrapped(f"{sign} {message}", "")


def _changed(changed: Changed) -> str:
    told = [f"was {changed.renamed_from}"] if changed.renamed_from else []
    pairs = {"type": changed.type, **changed.arguments, "output": changed.output_shape,
             "parameters": changed.parameters, "MACs": changed.macs}  # fmt: skip
    told += [f"{name} {_value(pair[0])} → {_value(pair[1])}" for name, pair in pairs.items() if pair is not None]
    return f"{changed.layer}: {', '.join(told)}"


def _value(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else json.dumps(value, default=str)


def _count(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"


def _by(one: int | None, other: int | None) -> str:
    if one is None or other is None:
        return ""
    return f" ({'+' if other > one else '−'}{abbreviated(abs(other - one))})"
