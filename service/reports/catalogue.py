"""The catalogue for reading: each entry's summary, arguments and example, taken from its class."""

from typing import Any, Final

from service.core.tensors import Tensor, Value, is_tuple
from service.layers.applying import apply
from service.layers.base import COMMON_KEYS, Example, Layer, inferable, key_of, summary, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.layers.structure import Structure
from service.layers.weights import counted
from service.reports.answer import Formulas, SizeFormula
from service.reports.catalogue_answer import Argument, LayerEntry, LayerSummary

DOCUMENTATION: Final = "https://docs.pytorch.org/docs/stable/"


def summaries() -> list[LayerSummary]:
    """Every entry in a line."""
    return [_summary(layer) for layer in CATALOGUE.values()]


def entry(layer: type[Layer]) -> LayerEntry:
    """One entry, whole."""
    return LayerEntry(
        **_summary(layer).model_dump(),
        arguments=_arguments(layer),
        example=example_document(layer),
        formulas=_formulas(layer),
        documentation=_page(layer),
    )


def _summary(layer: type[Layer]) -> LayerSummary:
    name = type_name(layer)
    return LayerSummary(type=name, summary=summary(layer), path=f"/layers/{name}")


def _arguments(layer: type[Layer]) -> list[Argument]:
    whole = layer.model_json_schema(ref_template="/schemas/document#/$defs/{model}")
    # A block contains layers of every kind, itself included: its schema stands among the definitions.
    schemas = whole.get("properties") or whole["$defs"][layer.__name__]["properties"]
    open_arguments = inferable(layer)
    arguments = []
    for name, field in layer.model_fields.items():
        schema = schemas[key_of(name, field)]
        if name in COMMON_KEYS or schema == {"not": {}}:
            continue
        has_default = not field.is_required() and name not in open_arguments
        arguments.append(
            Argument(
                name=key_of(name, field),
                required=field.is_required(),
                inferred=name in open_arguments,
                default=field.get_default() if has_default else None,
                json_schema={key: value for key, value in schema.items() if key != "description"},
                description=field.description or "",
            )
        )
    return arguments


def example_document(layer: type[Layer]) -> dict[str, Any]:
    """An example of the entry as a whole document."""
    if issubclass(layer, Structure):
        return layer.document
    given = _example(layer)
    node: dict[str, Any] = {"type": type_name(layer), **given.arguments}
    tensors = {f"input{index + 1}": value for index, value in enumerate(given.inputs)} | dict(given.keywords)
    if len(tensors) == 1 and not given.keywords:
        return {"input": _input(given.inputs[0]), "layers": [node]}
    if not tensors:
        return {"input": [1], "layers": [node]}
    names = [name if name not in given.keywords else f"{name}={name}" for name in tensors]
    return {
        "inputs": {name: _input(value) for name, value in tensors.items()},
        "layers": [{**node, "inputs": names}],
    }


def _example(layer: type[Layer]) -> Example:
    """The first that takes no tuple, which no model is given."""
    return next(each for each in layer.examples if not any(map(is_tuple, each.inputs)))


def _formulas(layer: type[Layer]) -> Formulas | None:
    if issubclass(layer, Structure):
        return None
    given = _example(layer)
    outcome = apply(layer(type=type_name(layer), **given.arguments), given.inputs, given.keywords, training=False)
    return Formulas(
        sizes=[SizeFormula(axis=size.axis, formula=size.formula.text, worked=size.worked) for size in outcome.sizes],
        parameters=counted(outcome.weights) or None,
        macs=[working.worked for working in outcome.macs_workings],
    )


def _input(value: Value) -> Any:
    assert isinstance(value, Tensor)  # noqa: S101 (tuples were sorted out before)
    return list(value.shape) if value.dtype == "float32" else {"shape": list(value.shape), "dtype": value.dtype}


def _page(layer: type[Layer]) -> str:
    name = layer.function if issubclass(layer, Operation) else f"torch.nn.{layer.torch_class()}"
    # All functions of torch.special stand on one page.
    usual = f"special.html#{name}" if name.startswith("torch.special.") else f"generated/{name}.html"
    # A class below another has a page of its own.
    return DOCUMENTATION + (vars(layer).get("page") or usual)
