"""The answer as JSON bytes, in the form that :mod:`service.reports.answer` describes.

Layers with the same arguments and inputs have one outcome between them, and what can be said of it is written only
once: a layer's JSON is put together from fragments.
"""

from fractions import Fraction
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from service.analysis.fields import Field
from service.analysis.reading import Analysis, LayerReading
from service.core.issues import Issue
from service.core.memory import Memory
from service.core.sizes import Shape, Size, Unknown
from service.core.tensors import NOTHING, Tensor, Value, is_tuple
from service.diagnosis.examination import Examination
from service.layers.base import Outcome
from service.layers.weights import counted

Json = dict[str, Any]

LONGEST_REMEMBERED: Final = 8192
"""Bytes; a longer account is not kept beyond its answer."""


class Account(NamedTuple):
    """What can be said of an outcome whichever layer has it, as pieces of JSON."""

    outcome: Outcome
    """Keeps the outcome, by whose identity accounts are found, alive."""
    figures: bytes
    outputs: tuple[tuple[bytes, bytes], ...]
    """How each tensor is referred to behind the layer's name, and the rest of what is said of it."""


Accounts = Memory[int, Account]
"""Accounts by the identity of their outcomes."""


def as_json(examination: Examination, accounts: Accounts | None = None) -> bytes:
    """The answer to ``POST /analyze``; ``accounts`` remembers from one answer to the next."""
    analysis = examination.analysis
    writer = _LayerWriter(analysis, Accounts() if accounts is None else accounts)
    for reading in analysis.readings:
        writer.layer(reading)
    outputs = [part for name, value in analysis.outputs for part in _outputs(value, name)]
    return b"".join(
        (
            b'{"name":', _dumped(examination.document.name),
            b',"valid":', _dumped(examination.valid),
            b',"layers":[', *writer.pieces[:-1],
            b"}" if writer.pieces else b"",
            b'],"outputs":[', b",".join(outputs),
            b'],"totals":', _dumped(analysis.totals._asdict()),
            b',"issues":', _dumped([_issue(issue) for issue in examination.issues]),
            b"}",
        )
    )  # fmt: skip


def _dumped(value: Any) -> bytes:
    return to_json(value, fallback=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Fraction):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


class _LayerWriter:
    """Writes layers piece by piece, and remembers what it wrote of outcomes, inputs and receptive fields."""

    def __init__(self, analysis: Analysis, accounts: Accounts) -> None:
        self.analysis = analysis
        self.accounts = accounts
        self.known: dict[int, Account] = {}
        self.pieces: list[bytes] = []
        self.inputs: dict[tuple[Value, ...], bytes] = {}
        self.fields: dict[tuple[Field, ...] | None, bytes] = {None: b"null"}

    def account(self, outcome: Outcome) -> Account:
        """What can be said of an outcome, unless it was said before."""
        account = self.accounts.get(id(outcome))
        if account is None:
            account = Account(outcome, _figures(outcome), _output_pieces(outcome.output))
            if len(account.figures) <= LONGEST_REMEMBERED:
                self.accounts[id(outcome)] = account
        self.known[id(outcome)] = account
        return account

    def layer(self, reading: LayerReading) -> None:
        """Writes one layer, and the comma behind it."""
        node, arriving, outcome, seen, assumed = reading
        account = self.known.get(id(outcome)) or self.account(outcome)
        inputs = self.inputs.get(arriving)
        if inputs is None:
            inputs = self.inputs[arriving] = _dumped(_shapes(arriving))
        field = self.fields.get(seen)
        if field is None:
            field = self.fields[seen] = _fields(seen or ())
        name = encode_basestring(node.name)[:-1].encode()
        figures = account.figures
        if node.shares is not None:
            figures = _figures(outcome, shares=self.analysis.graph.nodes[node.shares].name)
        elif outcome.weights and not outcome.weights[0].name:
            # A tensor that the model itself owns: its key is the layer's name.
            figures = _figures(outcome, own_name=node.name.rpartition(".")[2])
        self.pieces += (
            b'{"name":', name, b'","type":"', node.layer.type.encode(), b'","pointer":"', node.pointer.encode(),
            b'","input_shapes":', inputs, b",", figures, b',"outputs":[',
        )  # fmt: skip
        for position, (suffix, tensor) in enumerate(account.outputs):
            self.pieces += (b',{"ref":' if position else b'{"ref":', name, suffix, tensor)
        self.pieces += (b'],"receptive_field":', field, b',"assumed":true' if assumed else b',"assumed":false', b"},")


def _figures(outcome: Outcome, shares: str | None = None, own_name: str = "") -> bytes:
    """What two layers with the same outcome have in common, without the braces around it.

    The weights of a layer that is applied again were counted where they stand, at ``shares``.
    """
    counts, first = outcome.counts, _first(outcome.output)
    weights = outcome.weights if shares is None else ()
    figures = {
        "output_shape": None if first is None else first.shape,
        "parameters": counts.parameters if shares is None else 0,
        "trainable_parameters": counts.trainable_parameters if shares is None else 0,
        "buffers": counts.buffers if shares is None else 0,
        "weights": {weight.name or own_name: weight.shape for weight in weights if not weight.buffer},
        "buffer_shapes": {weight.name or own_name: weight.shape for weight in weights if weight.buffer},
        "macs": outcome.macs,
        "bytes": {"output": counts.output_bytes, "weights": counts.weight_bytes if shares is None else 0},
        "formulas": {
            "sizes": [
                {"axis": size.axis, "formula": size.formula.text, "worked": size.worked} for size in outcome.sizes
            ],
            "parameters": counted(weights) or None,
            "macs": [working.worked for working in outcome.macs_workings],
        },
        "inferred": outcome.inferred,
        "shares": shares,
    }
    return _dumped(figures)[1:-1]


def _first(value: Value) -> Tensor | None:
    while is_tuple(value) and value:
        value = value[0]
    return value if isinstance(value, Tensor) else None


def _shapes(values: tuple[Value, ...]) -> list[Shape | None]:
    shapes: list[Shape | None] = []
    for value in values:
        if is_tuple(value):
            shapes.extend(_shapes(value))
        else:
            shapes.append(value.shape if isinstance(value, Tensor) else None)
    return shapes


def _output_pieces(value: Value, suffix: str = "") -> tuple[tuple[bytes, bytes], ...]:
    if is_tuple(value):
        parts = enumerate(value)
        return tuple(piece for index, part in parts for piece in _output_pieces(part, f"{suffix}[{index}]"))
    if value is NOTHING:
        return ()
    tensor = (
        {"shape": value.shape, "dtype": value.dtype} if isinstance(value, Tensor) else {"shape": None, "dtype": None}
    )
    return ((f'{suffix}",'.encode(), _dumped(tensor)[1:]),)


def _outputs(value: Value, ref: str) -> list[bytes]:
    name = encode_basestring(ref)[:-1].encode()
    return [b"".join((b'{"ref":', name, suffix, tensor)) for suffix, tensor in _output_pieces(value)]


def _fields(fields: tuple[Field, ...]) -> bytes:
    axes = enumerate(fields, -len(fields))
    return f"[{','.join([_field(axis, *field) for axis, field in axes])}]".encode()


def _field(axis: int, size: Size | Fraction, stride: Size | Fraction, offset: Size | Fraction) -> str:
    if type(size) is type(stride) is type(offset) is int:
        return f'{{"axis":{axis},"size":{size},"stride":{stride},"offset":{offset}}}'
    return _dumped({"axis": axis, "size": size, "stride": stride, "offset": offset}).decode()


def _issue(issue: Issue) -> Json:
    return {
        **issue._asdict(),
        "fixes": [
            {
                "description": fix.description,
                "patch": [operation.as_json() for operation in fix.patch],
                "valid": fix.valid,
                "effect": {"parameters": fix.parameters, "macs": fix.macs},
            }
            for fix in issue.fixes
        ],
    }
