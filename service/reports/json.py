"""The answer as JSON bytes, in the form that :mod:`service.reports.answer` describes.

Layers with the same arguments and inputs have one outcome between them, and what can be said of it is written only
once: a layer's JSON is put together from fragments.
"""

from fractions import Fraction
from json.encoder import encode_basestring
from typing import Any

from pydantic_core import to_json

from service.analysis.fields import Field
from service.analysis.reading import Analysis, LayerReading
from service.core.issues import Issue
from service.core.sizes import Shape, Size, Unknown
from service.core.tensors import NOTHING, Tensor, Value, is_tuple
from service.diagnosis.examination import Examination
from service.layers.base import Outcome
from service.layers.weights import counted

Json = dict[str, Any]


def as_json(examination: Examination) -> bytes:
    """The answer to ``POST /analyze``."""
    analysis = examination.analysis
    writer = _LayerWriter(analysis)
    layers = ",".join(map(writer.layer, analysis.readings))
    outputs = ",".join(part for name, value in analysis.outputs for part in _outputs(value, name))
    return (
        f'{{"name":{_dumped(examination.document.name)},"valid":{_dumped(examination.valid)},'
        f'"layers":[{layers}],"outputs":[{outputs}],"totals":{_dumped(analysis.totals._asdict())},'
        f'"issues":{_dumped([_issue(issue) for issue in examination.issues])}}}'
    ).encode()


def _dumped(value: Any) -> str:
    return to_json(value, fallback=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Fraction):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


class _LayerWriter:
    """Writes layers, and remembers what it wrote of outcomes, inputs and receptive fields."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.accounts: dict[int, tuple[str, list[tuple[str, str]]]] = {}
        self.inputs: dict[tuple[Value, ...], str] = {}
        self.fields: dict[tuple[Field, ...] | None, str] = {None: "null"}

    def layer(self, reading: LayerReading) -> str:
        node, outcome = reading.node, reading.outcome
        account = self.accounts.get(id(outcome))
        if account is None:
            account = self.accounts[id(outcome)] = (_account(outcome), _output_fragments(outcome.output, ""))
        inputs = self.inputs.get(reading.inputs)
        if inputs is None:
            inputs = self.inputs[reading.inputs] = _dumped(_shapes(reading.inputs))
        field = self.fields.get(reading.field)
        if field is None:
            field = self.fields[reading.field] = _fields(reading.field or ())
        name = encode_basestring(node.name)
        outputs = ",".join([f'{{"ref":{name[:-1]}{suffix}",{tensor}}}' for suffix, tensor in account[1]])
        figures = account[0]
        if node.shares is not None:
            figures = _account(outcome, shares=self.analysis.graph.nodes[node.shares].name)
        elif outcome.weights and not outcome.weights[0].name:
            # A tensor that the model itself owns: its key is the layer's name.
            figures = _account(outcome, own_name=node.name.rpartition(".")[2])
        return (
            f'{{"name":{name},"type":"{node.layer.type}","pointer":"{node.pointer}","input_shapes":{inputs},'
            f'{figures},"outputs":[{outputs}],"receptive_field":{field},'
            f'"assumed":{"true" if reading.assumed else "false"}}}'
        )


def _account(outcome: Outcome, shares: str | None = None, own_name: str = "") -> str:
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


def _output_fragments(value: Value, suffix: str) -> list[tuple[str, str]]:
    """How each tensor is referred to behind the layer's name, and its shape and element type as JSON."""
    if isinstance(value, Tensor):
        return [(suffix, f'"shape":{_dumped(value.shape)},"dtype":"{value.dtype}"')]
    if is_tuple(value):
        parts = enumerate(value)
        return [fragment for index, part in parts for fragment in _output_fragments(part, f"{suffix}[{index}]")]
    return [] if value is NOTHING else [(suffix, '"shape":null,"dtype":null')]


def _outputs(value: Value, ref: str) -> list[str]:
    return [f'{{"ref":{_dumped(ref + suffix)},{tensor}}}' for suffix, tensor in _output_fragments(value, "")]


def _fields(fields: tuple[Field, ...]) -> str:
    axes = enumerate(fields, -len(fields))
    return f"[{','.join([_field(axis, *field) for axis, field in axes])}]"


def _field(axis: int, size: Size | Fraction, stride: Size | Fraction, offset: Size | Fraction) -> str:
    if type(size) is type(stride) is type(offset) is int:
        return f'{{"axis":{axis},"size":{size},"stride":{stride},"offset":{offset}}}'
    return _dumped({"axis": axis, "size": size, "stride": stride, "offset": offset})


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
