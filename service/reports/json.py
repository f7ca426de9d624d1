"""The answer as JSON bytes, in the form that :mod:`service.reports.answer` describes."""

from fractions import Fraction
from typing import Any

from pydantic_core import to_json

from service.analysis.fields import Field
from service.analysis.reading import Analysis, LayerReading
from service.core.issues import Issue
from service.core.sizes import Size, Unknown
from service.core.tensors import Tensor, Value, is_tuple
from service.diagnosis.examination import Examination
from service.layers.base import Outcome
from service.layers.weights import counted

Json = dict[str, Any]


def as_json(examination: Examination) -> bytes:
    """The answer to ``POST /analyze``."""
    return to_json(answer(examination), fallback=_null)


def answer(examination: Examination) -> Json:
    """The answer as plain data; unknown sizes are still :data:`~service.core.sizes.UNKNOWN` in it."""
    analysis, issues = examination.analysis, examination.issues
    figures: dict[int, Json] = {}
    return {
        "name": examination.document.name,
        "valid": examination.valid,
        "layers": [_layer(reading, analysis, figures) for reading in analysis.readings],
        "outputs": [part for name, value in analysis.outputs for part in _outputs(value, name)],
        "totals": analysis.totals._asdict(),
        "issues": [_issue(issue) for issue in issues],
    }


def _null(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Fraction):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _layer(reading: LayerReading, analysis: Analysis, figures: dict[int, Json]) -> Json:
    node, outcome = reading.node, reading.outcome
    # Layers with the same arguments and inputs have one outcome between them, and one account of it.
    account = figures.get(id(outcome))
    if account is None:
        account = figures[id(outcome)] = _figures(outcome)
    layer = {
        "name": node.name,
        "type": node.layer.type,
        "pointer": node.pointer,
        "input_shapes": _shapes(reading.inputs),
        **account,
        "outputs": _outputs(outcome.output, node.name),
        "receptive_field": None if reading.field is None else _fields(reading.field),
        "shares": None,
        "assumed": reading.assumed,
    }
    if node.shares is not None:
        layer |= _without_weights(analysis.graph.nodes[node.shares].name)
    return layer


def _figures(outcome: Outcome) -> Json:
    """What two layers with the same outcome have in common."""
    first = _first(outcome.output)
    parameters: Size = 0
    frozen: Size = 0
    buffers: Size = 0
    weight_bytes: Size = 0
    weights: dict[str, Any] = {}
    buffer_shapes: dict[str, Any] = {}
    for weight in outcome.weights:
        weight_bytes = weight_bytes + weight.bytes
        if weight.buffer:
            buffer_shapes[weight.name] = weight.shape
            buffers = buffers + weight.elements
        else:
            weights[weight.name] = weight.shape
            parameters = parameters + weight.elements
            frozen = frozen + (0 if weight.trainable else weight.elements)
    return {
        "output_shape": None if first is None else first.shape,
        "parameters": parameters,
        "trainable_parameters": parameters - frozen,
        "buffers": buffers,
        "weights": weights,
        "buffer_shapes": buffer_shapes,
        "macs": outcome.macs,
        "bytes": {"output": _bytes(outcome.output), "weights": weight_bytes},
        "formulas": {
            "sizes": [
                {"axis": size.axis, "formula": size.formula.text, "worked": size.worked} for size in outcome.sizes
            ],
            "parameters": counted(outcome.weights) or None,
            "macs": [working.worked for working in outcome.macs_workings],
        },
        "inferred": outcome.inferred,
    }


def _without_weights(owner: str) -> Json:
    nothing = {"parameters": 0, "trainable_parameters": 0, "buffers": 0, "weights": {}, "buffer_shapes": {}}
    return {**nothing, "shares": owner}


def _first(value: Value) -> Tensor | None:
    while is_tuple(value) and value:
        value = value[0]
    return value if isinstance(value, Tensor) else None


def _shapes(values: tuple[Value, ...]) -> list[Any]:
    shapes: list[Any] = []
    for value in values:
        if isinstance(value, Tensor):
            shapes.append(value.shape)
        elif is_tuple(value):
            shapes.extend(_shapes(value))
        else:
            shapes.append(None)
    return shapes


def _outputs(value: Value, ref: str) -> list[Json]:
    if isinstance(value, Tensor):
        return [{"ref": ref, "shape": value.shape, "dtype": value.dtype}]
    if is_tuple(value):
        return [part for index, inner in enumerate(value) for part in _outputs(inner, f"{ref}[{index}]")]
    return [{"ref": ref, "shape": None, "dtype": None}]


def _bytes(value: Value) -> Any:
    if isinstance(value, Tensor):
        return value.bytes
    if is_tuple(value):
        total: Any = 0
        for part in value:
            total = total + _bytes(part)
        return total
    return value


def _fields(fields: tuple[Field, ...]) -> list[Json]:
    return [
        {"axis": axis - len(fields), "size": field.size, "stride": field.stride, "offset": field.offset}
        for axis, field in enumerate(fields)
    ]


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


