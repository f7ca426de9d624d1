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
from service.layers.applying import Outcome
from service.layers.weights import counted

Json = dict[str, Any]

LONGEST_REMEMBERED: Final = 8192
"""Bytes; a longer account is not kept beyond its answer."""


class Account(NamedTuple):
    """What can be said of an outcome whichever layer has it, as pieces of JSON between what is a layer's own."""

    outcome: Outcome
    """Keeps the outcome, by whose identity accounts are found, alive."""
    kind: bytes
    """From behind the layer's name to before its pointer."""
    figures: bytes
    """From behind the pointer to before the layer's name, by which it refers to its first output; to the receptive
    field if there is none."""
    outputs: tuple[bytes, ...]
    """From behind the name to before the name again, or the receptive field, for each output."""


MOST_PIECES: Final = 4096
"""Held before they are joined: in the memory of those, the next find room that the processor still has at hand."""

BEGINNING: Final = b',{"name":"'
A_NAME: Final = b"\0"
"""In place of a name in a pattern: JSON has no such byte."""

Accounts = Memory[int, Account]
"""Accounts by the identity of their outcomes."""


def as_json(examination: Examination, accounts: Accounts | None = None) -> bytes:
    """The answer to ``POST /analyze``; ``accounts`` remembers from one answer to the next."""
    analysis = examination.analysis
    layers = _layers(analysis, Accounts() if accounts is None else accounts)
    outputs = [part for name, value in analysis.outputs for part in _outputs(value, name)]
    return b"".join(
        (
            b'{"name":', _dumped(examination.document.name),
            b',"valid":', _dumped(examination.valid),
            b',"layers":[', *layers,
            b'],"outputs":[', b",".join(outputs),
            b'],"totals":', _dumped(analysis.totals._asdict()),
            b',"issues":', _dumped([_issue(issue) for issue in examination.issues]),
            b"}",
        )
    )  # fmt: skip


def _within_quotes(text: str) -> bytes:
    """A string of JSON without the quotes around it."""
    return encode_basestring(text)[1:-1].encode()


def _dumped(value: Any) -> bytes:
    return to_json(value, fallback=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _layers(analysis: Analysis, accounts: Accounts) -> list[bytes]:
    """Every layer, in pieces, with commas between them."""
    writer = _Writer(analysis, accounts)
    written: list[bytes] = []
    done = 0
    for copies in analysis.alike:
        if copies.size == 1 and _is_own(analysis.readings[copies.start].outcome):
            continue  # Their numbers are what the tensors themselves are called.
        written += writer.layers(done, copies.start)
        # Each copy reads as the first one, but for its name: the only thing in JSON that is written as no character.
        pattern = b"".join(writer.layers(copies.start, copies.behind, len(copies.first)))
        name, numbers = _within_quotes(copies.name), range(copies.number, copies.number + copies.further + 1)
        written += [pattern.replace(A_NAME, b"%b.%d" % (name, number)) for number in numbers]
        done = copies.end
    written += writer.layers(done, len(analysis.readings))
    if written:
        written[0] = written[0].removeprefix(b",")
    return written


class _Writer:
    """Writes the layers of an analysis, each behind a comma."""

    def __init__(self, analysis: Analysis, accounts: Accounts) -> None:
        self.analysis, self.accounts = analysis, accounts
        self.known: dict[int, Account] = {}
        self.fields: dict[int, bytes] = {id(None): b"null"}  # by identity, as the analysis keeps them all

    def layers(self, start: int, end: int, prefix: int = 0) -> list[bytes]:
        """The layers from ``start`` to before ``end``, with :data:`A_NAME` in place of the first ``prefix`` characters
        of their names."""
        pieces: list[bytes] = []
        joined: list[bytes] = []
        known, remembered = self.known, self.accounts.get
        prefixed = A_NAME if prefix else b""
        for reading in self.analysis.readings[start:end]:
            if len(pieces) > MOST_PIECES:
                joined.append(b"".join(pieces))
                pieces.clear()
            node, _, outcome, seen, assumed = reading
            account = (remembered(id(outcome)) or known.get(id(outcome))) if node.shares is None else None
            if account is None:
                account = _account(reading, self.analysis, self.accounts)
                if node.shares is None and not _is_own(outcome):
                    known[id(outcome)] = account
            field = self.fields.get(id(seen))
            if field is None:
                field = self.fields[id(seen)] = _fields(seen or ())
            name = prefixed + _within_quotes(node.name[prefix:])
            _, kind, figures, outputs = account
            told = b',"assumed":true}' if assumed else b',"assumed":false}'
            if len(outputs) == 1:
                pieces += (BEGINNING, name, kind, node.pointer.encode(), figures, name, outputs[0], field, told)
            else:
                listed = b"".join([b"%b%b" % (name, output) for output in outputs])
                pieces += (BEGINNING, name, kind, node.pointer.encode(), figures, listed, field, told)
        return [*joined, *pieces]


def _account(reading: LayerReading, analysis: Analysis, accounts: Accounts) -> Account:
    """What can be said of a reading's outcome, unless it was said before."""
    node, _, outcome, _, _ = reading
    if node.shares is not None:
        return _written(reading, _figures(outcome, shares=analysis.graph.nodes[node.shares].name))
    if _is_own(outcome):
        return _written(reading, _figures(outcome, own_name=node.name.rpartition(".")[2]))
    account = _written(reading, _figures(outcome))
    if len(account.figures) <= LONGEST_REMEMBERED:
        accounts[id(outcome)] = account
    return account


def _written(reading: LayerReading, figures: bytes) -> Account:
    outputs = [suffix + tensor for suffix, tensor in _output_pieces(reading.outcome.output)]
    refers, end = b'{"ref":"', b'],"receptive_field":'
    return Account(
        reading.outcome,
        f'","type":"{reading.node.layer.type}","pointer":"'.encode(),
        b'","input_shapes":%b,%b,"outputs":[%b'
        % (_dumped(_shapes(reading.inputs)), figures, refers if outputs else end),
        tuple([output + (b"," + refers if rest else end) for rest, output in enumerate(reversed(outputs))][::-1]),
    )


def _is_own(outcome: Outcome) -> bool:
    """Whether it is a tensor that the model itself owns, whose key is the layer's name."""
    return bool(outcome.weights) and not outcome.weights[0].name


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
    pieces, told, before = [], "", None
    for axis, field in enumerate(fields, -len(fields)):
        if field is not before:
            told, before = _field(*field), field
        pieces.append(f'{{"axis":{axis},{told}')
    return f"[{','.join(pieces)}]".encode()


def _field(size: Size | Fraction, stride: Size | Fraction, offset: Size | Fraction) -> str:
    """A field behind its axis."""
    if type(size) is type(stride) is type(offset) is int:
        return f'"size":{size},"stride":{stride},"offset":{offset}}}'
    parts = {"size": size, "stride": stride, "offset": offset}
    numbers = {name: float(part) if isinstance(part, Fraction) else part for name, part in parts.items()}
    return _dumped(numbers).decode()[1:]


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
