"""The answer as CSV (RFC 4180), a row a layer, for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from service.core.sizes import is_known
from service.core.tensors import Tensor, Value, is_tuple
from service.diagnosis.examination import Examination
from service.layers.applying import Outcome

HEAD: Final = (
    "name", "type", "pointer", "input_shapes", "output_shape", "dtype", "parameters", "trainable_parameters",
    "buffers", "macs", "output_bytes", "weight_bytes", "assumed", "shares", "issues",
)  # fmt: skip
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the start of a formula."""


def as_csv(examination: Examination) -> bytes:
    """The layers as rows; what is not known is left empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEAD)
    for row in _rows(examination):
        writer.writerow([defused(cell) for cell in row])
    return encoded(text.getvalue())


def _rows(examination: Examination) -> Iterator[list[Any]]:
    codes: dict[str, list[str]] = {}
    for issue in examination.issues:
        codes.setdefault(issue.layer or "", []).append(issue.code)
    nodes = examination.analysis.graph.nodes
    for node, inputs, outcome, _, assumed in examination.analysis.readings:
        first = _first(outcome.output)
        shares = None if node.shares is None else nodes[node.shares].name
        yield [
            node.name, node.layer.type, node.pointer, " ".join(_shape(value) for value in inputs), _shape(first),
            first.dtype if isinstance(first, Tensor) else "", *_owned(outcome, owns=shares is None),
            outcome.macs, outcome.counts.output_bytes, outcome.counts.weight_bytes if shares is None else 0,
            str(assumed).lower(), shares or "", " ".join(codes.get(node.name, ())),
        ]  # fmt: skip


def _owned(outcome: Outcome, *, owns: bool) -> tuple[int, int, int]:
    counts = outcome.counts
    return (counts.parameters, counts.trainable_parameters, counts.buffers) if owns else (0, 0, 0)


def _first(value: Value) -> Value:
    while is_tuple(value) and value:
        value = value[0]
    return value


def _shape(value: Value) -> str:
    if is_tuple(value):
        return f"({' '.join(_shape(part) for part in value)})"
    return f"[{' '.join(map(str, value.shape))}]" if isinstance(value, Tensor) else ""


def encoded(text: str) -> bytes:
    """Text as UTF-8. Excel takes it for that only where a mark stands first, which programs take for a part of the
    first column's name; so it is there where it is needed."""
    # Lone surrogates never arrive: the document was UTF-8.
    return text.encode() if text.isascii() else text.encode("utf-8-sig")


def defused(cell: Any) -> Any:
    """The cell so that no spreadsheet runs it: text that looks like a formula gets an apostrophe before it."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
    return cell if is_known(cell) else ""
