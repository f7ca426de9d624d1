"""A layer as source: the constructor of its module, and the call of it or of its function."""

from typing import Any, Final

from service.analysis.reading import LayerReading
from service.layers.arguments import AlwaysInferred
from service.layers.base import Layer, inferable
from service.layers.operation import Operation
from service.reports.source.layout import Bracketed, Expression, flat
from service.reports.source.literals import Code, item, literal

OPERATORS: Final = {
    "torch.add": "+", "torch.sub": "-", "torch.mul": "*", "torch.div": "/", "torch.matmul": "@",
}  # fmt: skip
MOST_POSITIONAL: Final = 3
"""Arguments of a constructor that are known by their place."""


def constructor(reading: LayerReading) -> Bracketed:
    """What makes a layer's module, with the arguments that were inferred."""
    return _constructed(reading.node.layer, dict(reading.outcome.inferred))


def _constructed(layer: Layer, inferred: dict[str, Any]) -> Bracketed:
    fields, given = type(layer).model_fields, layer.given()
    known = given | {name: value for name, value in inferred.items() if fields[name].annotation is not AlwaysInferred}
    parts: list[Expression] = []
    # What a layer contains does not always stand in its place.
    by_place = not any(isinstance(value, Layer) for value in known.values())
    for name, field in fields.items():
        if name not in known:
            by_place = by_place and name in ("type", "name", "inputs", "repeat")
            continue
        value = known[name]
        expected = field.is_required() or name in inferable(type(layer))
        written = _constructed(value, {}) if isinstance(value, Layer) else literal(value, name)
        by_place = by_place and expected and len(parts) < MOST_POSITIONAL
        if by_place:
            parts.append(written)
        elif expected or not _is_default(value, field.get_default()):
            parts.append(_keyword(name, written))
    return Bracketed(f"nn.{layer.torch_class()}", tuple(parts))


def _is_default(value: Any, default: Any) -> bool:
    return type(value) is type(default) and value == default


def _keyword(name: str, value: Expression) -> Expression:
    if isinstance(value, str):
        return f"{name}={value}"
    return value._replace(head=f"{name}={value.head}")


def applied(module: str, layer: Layer, inputs: tuple[Any, ...], named: dict[str, Any]) -> Expression:
    """The call of a module."""
    chosen = {name: getattr(layer, name) for name in sorted(layer.forward_arguments & layer.model_fields_set)}
    return called(module, layer.grouped(inputs), {**chosen, **named})


def operation(layer: Operation, inputs: tuple[Any, ...], named: dict[str, Any]) -> Expression:
    """The call of a tensor operation, as one would write it."""
    arguments, keywords = layer.called_with(*inputs, named=named)
    keywords = {**keywords, **named}
    path = layer.callee.split(".")
    first = arguments[0] if arguments else None
    operator = OPERATORS.get(layer.callee)
    if operator and not keywords and len(arguments) == 2 and all(type(each) is Code for each in arguments):
        return f"{arguments[0]} {operator} {arguments[1]}"
    if path[:2] == ["torch", "Tensor"] and type(first) is Code:
        if path[-1] == "__getitem__" and len(arguments) == 2 and not keywords:
            return _subscript(first, arguments[1])
        return called(f"{first}.{path[-1]}", arguments[1:], keywords)
    name = f"F.{path[-1]}" if path[:3] == ["torch", "nn", "functional"] else layer.callee
    return called(name, arguments, keywords)


def called(function: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Bracketed:
    """A call."""
    named = tuple(_keyword(name, literal(value, name)) for name, value in keywords.items())
    return Bracketed(function, (*(literal(value) for value in arguments), *named))


def _subscript(value: str, index: Any) -> Expression:
    parts = index if isinstance(index, tuple) else (index,)
    if not parts:
        return f"{value}[()]"
    written = Bracketed(value, tuple(item(part) for part in parts), "[]")
    return f"{flat(written)[:-1]},]" if isinstance(index, tuple) and len(parts) == 1 else written
