"""What there is to say of a difference, one thing after the other."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from service.analysis.reading import LayerReading
from service.core.dtypes import DEFAULT
from service.core.sizes import is_known
from service.core.tensors import tensors_in
from service.reports.abridged.names import cleaned
from service.reports.abridged.words import abbreviated, details
from service.review.difference import Changed, Comparison, Difference

MODEL: Final = "the model"
"""Whose changes those are that are no layer's."""
FIGURES: Final = MappingProxyType(
    {"parameters": "parameters", "trainable_parameters": "trainable", "buffers": "buffers", "macs": "MACs",
     "weight_bytes": "weight bytes", "activation_bytes": "activation bytes"}
)  # fmt: skip

TELLS_NAMES: Final = frozenset({"name", "inputs"})
_NUMBER: Final = re.compile(r"(?<=\.)\d+(?![^.,\[])")


class Row(NamedTuple):
    """One thing about one layer, or about the model, which has no name; a layer that came or went has a single one."""

    sign: str
    layer: str
    what: str = ""
    before: Any = ""
    after: Any = ""


def all_changes(comparison: Comparison) -> Iterator[Row]:
    """Everything that changed about the model, then about its layers."""
    found = comparison.difference
    yield from about_model(found)
    former = set(comparison.kept.values())
    for index, reading in enumerate(comparison.after.analysis.readings):
        if index not in comparison.kept:
            yield Row("+", reading.node.name, "new", "", _figured(reading))
    for index, reading in enumerate(comparison.before.analysis.readings):
        if index not in former:
            yield Row("−", reading.node.name, "gone", _figured(reading), "")
    for changed in found.changed:
        yield from changes_of(changed)


class Group(NamedTuple):
    """What there is to say of a layer, and of those to which the same happened in other copies of its block."""

    rows: tuple[Row, ...]
    layers: tuple[str, ...]
    """All of them; a single empty name for the model."""

    @property
    def name(self) -> str:
        """What they are called."""
        first, *others = self.layers
        return f"{first} and {len(others)} like it, up to {others[-1]}" if others else first or MODEL


def grouped(comparison: Comparison) -> list[Group]:
    """All changes, by layers; copies once."""
    found: dict[tuple[Any, ...], Group] = {}
    for _, each in groupby(all_changes(comparison), key=lambda row: (row.sign, row.layer)):
        rows = tuple(each)
        layer = rows[0].layer
        key = tuple((row.sign, _of_any_copy(row.layer), row.what, *map(repr, _ends(row))) for row in rows)
        known = found.get(key)
        found[key] = Group(rows, (layer,)) if known is None else known._replace(layers=(*known.layers, layer))
    return list(found.values())


def _ends(row: Row) -> tuple[Any, Any]:
    """What was and what is, whichever copy it is of."""
    if row.what in TELLS_NAMES:
        return _of_any_copy(row.before), _of_any_copy(row.after)
    return row.before, row.after


def _of_any_copy(name: str) -> str:
    """A name without the numbers of copies."""
    return _NUMBER.sub("*", name)


def described(reading: LayerReading) -> str:
    """A layer by its type and the arguments by which people know it."""
    return f"{reading.node.layer.type} {', '.join(details(reading))}".rstrip()


def _figured(reading: LayerReading) -> str:
    """The same with what it returns, and what it costs."""
    costs = ((reading.outcome.counts.parameters, "parameters"), (reading.outcome.macs, "MACs"))
    told = (f"{written(size if is_known(size) else None)} {word}" for size, word in costs if size != 0)
    returned = ", ".join(map(str, tensors_in(reading.outcome.output)))
    return "; ".join([described(reading), returned, *told])


def about_model(found: Difference) -> Iterator[Row]:
    """What changed about no layer."""
    yield from (Row("~", "", what, *_or("none", pair)) for what, pair in found.document.items())
    for name, (before, after) in found.inputs.items():
        yield Row("~", "", f"input {name}", _tensor(before), _tensor(after))
    if found.outputs is not None:
        before, after = (", ".join(f"{each['ref']} {_tensor(each)}" for each in outputs) for outputs in found.outputs)
        yield Row("~", "", "outputs", before, after)


def changes_of(changed: Changed) -> Iterator[Row]:
    """What changed about a layer."""
    arguments = {name: _or("default", pair) for name, pair in changed.arguments.items()}
    pairs = {"type": changed.type, **arguments, "inputs": _joined(changed.inputs),
             "output": changed.output_shape, "parameters": changed.parameters, "MACs": changed.macs}  # fmt: skip
    if changed.renamed_from:
        yield Row("~", changed.layer, "name", changed.renamed_from, changed.layer)
    for what, pair in pairs.items():
        if pair is not None:
            yield Row("~", changed.layer, what, *pair)


def _or(absent: str, pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """A pair in which a word stands for what was not given."""
    before, after = (absent if value is None else value for value in pair)
    return before, after


def _joined(pair: tuple[list[str], list[str]] | None) -> tuple[str, ...] | None:
    return None if pair is None else tuple(", ".join(names) for names in pair)


def _tensor(described: dict[str, Any] | None) -> str:
    """A tensor as people write it: its element type only where that is not the usual one."""
    if described is None:
        return "none"
    shape = "?" if described["shape"] is None else json.dumps(described["shape"]).replace("null", "?")
    return shape if described["dtype"] in (DEFAULT, None) else f"{shape} {described['dtype']}"


def written(value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return "?"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return cleaned(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))


def verdict(found: Difference) -> str:
    """Whether it stands, and whether it did."""
    before, after = ("sound" if valid else "broken" for valid in found.valid)
    return f"{before} → {after}" if before != after else f"still {after}"


def growth(one: int | None, other: int | None) -> str:
    """By how much a figure changed."""
    if one is None or other is None:
        return ""
    sign = "+" if other > one else "−"
    share = f" ({sign}{abs(other - one) / one:.1%})" if 0 < one < 2**1000 > other else ""
    return f"{sign}{abbreviated(abs(other - one))}{share}"
