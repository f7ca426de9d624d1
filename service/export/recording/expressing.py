"""From a call of a PyTorch function to an entry of the catalogue, its arguments and its inputs.

The catalogue's fields and the parameters of its ``forward`` have PyTorch's names, by which arguments find their places.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import EllipsisType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast

import torch
from pydantic import ValidationError

from service.export.problems import InexpressibleError
from service.export.recording.binding import bound
from service.export.recording.functions import OPERATIONS, Function
from service.export.trace import Value
from service.layers.base import COMMON_KEYS, Layer, type_name
from service.layers.joining import Joining
from service.layers.operation import Operation
from service.layers.subscript import TENSOR

AnyLayer = TypeVar("AnyLayer", bound=Layer)

Operand: TypeAlias = Value | complex
"""What goes in: a value, or a number in place of a tensor."""


class Expression(NamedTuple):
    """An operation in the words of a document."""

    layer: Operation
    inputs: tuple[Operand, ...]
    keywords: Mapping[str, Operand]


_ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "view": {"size": "shape"},
    "normal": {"shape": "size"},
    "vdot": {"other": "tensor"},
    "det": {"A": "input"},
    "slogdet": {"A": "input"},
    "linalg_inv": {"input": "A"},
    "linalg_pinv": {"input": "A"},
    "linalg_eig": {"input": "A"},
    "grouped_mm": {"input": "mat_a", "mat2": "mat_b", "weight": "mat_b"},
    "embedding": {"indices": "input"},
    "embedding_bag": {"indices": "input"},
    "dropout": {"train": "training"},
    "alpha_dropout": {"train": "training"},
    "feature_alpha_dropout": {"train": "training"},
    "split": {"split_size": "split_size_or_sections", "split_sizes": "split_size_or_sections"},
    "tensor_split": {"sections": "indices_or_sections", "indices": "indices_or_sections"},
    "hsplit": {"sections": "indices_or_sections", "indices": "indices_or_sections"},
    "vsplit": {"sections": "indices_or_sections", "indices": "indices_or_sections"},
    "dsplit": {"sections": "indices_or_sections", "indices": "indices_or_sections"},
}
"""Where PyTorch has two names for an argument, and the catalogue the other one."""

_OF_ONE: Final[Mapping[str, str]] = {
    "stack": "unsqueeze", "cat": "clone", "concat": "clone", "concatenate": "clone", "hstack": "atleast_1d",
    "vstack": "atleast_2d", "row_stack": "atleast_2d", "dstack": "atleast_3d",
}  # fmt: skip
"""What joins a list of one tensor, which no document has."""

_OF_NO_CONSEQUENCE: Final = frozenset(
    {
        "out", "device", "layout", "pin_memory", "memory_format", "generator", "requires_grad", "_stacklevel", "names",
        "non_blocking", "copy", "implicit", "half_to_float", "driver", "cudnn_enabled", "cudnn_enable",
    }
)  # fmt: skip
"""Arguments that change neither shapes nor numbers."""


def expressed(function: Function, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Expression:
    """The call in the words of a document; raises :class:`InexpressibleError`."""
    if function.self_at:
        args, kwargs = _as_function(function.self_at, args, kwargs)
    special = _SPECIAL.get(function.name)
    if special is not None:
        return special(*args, **kwargs)
    entry = OPERATIONS.get(function.name)
    if entry is None:
        raise InexpressibleError("no operation of the catalogue does what it does")
    arguments = bound(function, args, kwargs)
    if arguments is None:
        names = [parameter.name for parameter in entry.signature().parameters]
        if len(args) > len(names) or entry.signature().variadic:
            raise InexpressibleError("it is called in a way that no signature of PyTorch has")
        arguments = {**dict(zip(names, args, strict=False)), **kwargs}
    elsewhere = _ELSEWHERE.get(function.name, {})
    return arranged(entry, {elsewhere.get(name, name): value for name, value in arguments.items()})


def _as_function(
    place: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """A method's arguments in the order of the function, which has the tensor elsewhere."""
    first, *rest = args
    return (
        ((*rest[:place], first, *rest[place:]), kwargs)
        if len(rest) >= place
        else (tuple(rest), {**kwargs, "self": first})
    )


def operation(type: str, *inputs: Operand, **fields: Any) -> Expression:
    """An operation by its name."""
    return Expression(_layer(OPERATIONS[type], fields), inputs, {})


def arranged(entry: type[Operation], arguments: dict[str, Any]) -> Expression:
    """Named arguments as fields, inputs and inputs by keyword."""
    inputs: list[Operand] = []
    keywords: dict[str, Operand] = {}
    signature = entry.signature()
    names = [parameter.name for parameter in signature.parameters]
    if names and "input" in arguments and "input" not in names and "input" not in entry.model_fields:
        arguments[names[0]] = arguments.pop("input")
    if signature.variadic:
        for name in [name for name, value in arguments.items() if _has_value(value)]:
            inputs += _flattened(arguments.pop(name))
    for position, name in enumerate(names):
        value = arguments.get(name)
        if isinstance(value, Value) or (isinstance(value, (int, float, complex)) and not _is_field(entry, name, value)):
            by_place = len(inputs) == position < len(names) - signature.keyword_only
            if by_place:
                inputs.append(arguments.pop(name))
            else:
                keywords[name] = arguments.pop(name)
    if issubclass(entry, Joining) and len(inputs) == 1 and type_name(entry) in _OF_ONE:
        name = _OF_ONE[type_name(entry)]
        return operation(name, *inputs, **({"dim": arguments.get("dim", 0)} if name == "unsqueeze" else {}))
    return Expression(_layer(entry, arguments), tuple(inputs), keywords)


def _is_field(entry: type[Operation], name: str, value: complex) -> bool:
    """Whether a number has a place of its own; operands that are infinite or complex are tensors."""
    is_tensor = isinstance(value, complex) or math.isinf(value)
    return name in entry.model_fields and not is_tensor


def _has_value(value: Any) -> bool:
    return isinstance(value, Value) or (isinstance(value, (tuple, list)) and any(map(_has_value, value)))


def _flattened(value: Any) -> Iterator[Operand]:
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from _flattened(part)
    else:
        yield value


def _layer(entry: type[Operation], arguments: Mapping[str, Any]) -> Operation:
    fields = {}
    for name, value in arguments.items():
        if name not in entry.model_fields or name in COMMON_KEYS:
            if name not in _OF_NO_CONSEQUENCE:
                raise InexpressibleError(f"the catalogue's operation has no argument {name}")
        elif _has_value(value):
            raise InexpressibleError(f"{name} is a tensor, of which only a run knows the numbers")
        else:
            fields[name] = written(value)
    return made(entry, fields)


def made(entry: type[AnyLayer], fields: Mapping[str, Any]) -> AnyLayer:
    """The layer with these arguments, those left out that are the default."""
    if not issubclass(entry, Operation):
        # It may matter whether an operation is given an argument at all.
        fields = {name: value for name, value in fields.items() if not _is_default(entry, name, value)}
    key = (entry, tuple((name, type(value), _frozen(value)) for name, value in fields.items()))
    return cast("AnyLayer", _validated(key))


@cache
def _validated(key: tuple[type[Layer], tuple[tuple[str, type, Any], ...]]) -> Layer:
    entry, fields = key
    kind = entry.model_fields["type"].annotation.__args__[0]  # type: ignore[union-attr]
    given = {name: value for name, _, value in fields}
    try:
        return entry.model_validate({"type": kind, **given})
    except ValidationError as error:
        # PyTorch takes one number for a list of one.
        wrong = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
        lists = {name: (given[name],) for name in wrong if isinstance(given.get(name), int)}
        if lists:
            return _validated((entry, tuple((name, type(v), v) for name, v in {**given, **lists}.items())))
        detail = error.errors()[0]
        raise InexpressibleError(
            f"{'.'.join(map(str, detail['loc']))} = {detail['input']!r}: {detail['msg']}"
        ) from None


def _is_default(entry: type[Layer], name: str, value: Any) -> bool:
    default = entry.model_fields[name].get_default(call_default_factory=False)
    return type(value) is type(default) and bool(value == default)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, (tuple, list)) else value


def written(value: Any) -> Any:
    """An argument as a document writes it."""
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, (tuple, list)):
        return tuple(map(written, value))
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value.item() if hasattr(value, "item") else value


Index: TypeAlias = int | slice | EllipsisType | Value | None


def subscript(input: Value, index: Any) -> Expression:
    """``input[index]``."""
    items = index if isinstance(index, tuple) else (index,)
    tensors = tuple(item for item in items if isinstance(item, Value))
    texts = tuple(map(_item, items))
    fields = {"index": texts if isinstance(index, tuple) else texts[0]}
    return Expression(_layer(OPERATIONS["getitem"], fields), (input, *tensors), {})


def _item(item: Index) -> Any:
    if isinstance(item, Value):
        return TENSOR
    if item is ...:
        return "..."
    if isinstance(item, slice):
        start, stop = ("" if bound is None else int(bound) for bound in (item.start, item.stop))
        return f"{start}:{stop}" + ("" if item.step is None else f":{int(item.step)}")
    if item is None:
        return None
    try:
        return item.__index__()
    except (AttributeError, TypeError):
        raise InexpressibleError(f"it is indexed by {item!r}") from None


def _part(input: Value, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Expression:
    index = (slice(None),) * (dim % input.tensor.dim()) + (slice(start, end, None if step == 1 else step),)
    return subscript(input, index)


def _converted(input: Value, *args: Any, dtype: Any = None, other: Any = None, **_: Any) -> Expression:
    """``Tensor.to``: of devices nothing is known here."""
    for arg in args:
        if isinstance(arg, Value):
            other = arg
        elif isinstance(arg, torch.dtype):
            dtype = arg
    if isinstance(other, Value):
        dtype = other.tensor.dtype
    return operation("to", input, dtype=dtype or input.tensor.dtype)


def _einsum(equation: Any, *operands: Any) -> Expression:
    if not isinstance(equation, str):
        raise InexpressibleError("its equation is not a text")
    return operation("einsum", *_flattened(operands), equation=equation)


def _where(condition: Value, *others: Any, **named: Any) -> Expression:
    if not others and not named:
        return operation("nonzero", condition, as_tuple=True)
    values = dict(zip(("input", "other"), others, strict=False)) | {
        "input" if name in ("self", "input") else name: value for name, value in named.items()
    }
    return arranged(OPERATIONS["where"], {"condition": condition, **values})


_SPECIAL: Final[Mapping[str, Callable[..., Expression]]] = {
    "getitem": subscript,
    "slice": _part,
    "to": _converted,
    "einsum": _einsum,
    "where": _where,
}
"""Functions that no signature tells how to write."""
