"""The arguments of a call by their names, as PyTorch's own parser assigns them."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import torch

from service.export.recording.functions import Argument, Function
from service.export.trace import Value

_NOT_GIVEN: Final = inspect.Parameter.empty
_NAMED: Final = (torch.dtype, torch.layout, torch.memory_format)
"""What schemas pass as an integer."""
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "number": (int, float, complex),
    "int": (int, *_NAMED),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "Device": (torch.device, str),
}


def bound(function: Function, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is given, by name and in the function's order; none if no signature takes it.

    Values stand for tensors.
    """
    for signature in function.signatures:
        found = _bound_to(signature, args, kwargs)
        if found is not None:
            return {**function.implied, **found}
    return None


def _bound_to(
    signature: tuple[Argument, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    left = list(args)
    used = 0
    for index, argument in enumerate(signature):
        if argument.variadic:
            found[argument.name], left = tuple(left), []
        elif left and not argument.keyword_only:
            value = left.pop(0)
            if left and argument.kind == "List[int]" and type(value) is int and _is_last(signature, index):
                value, left = (value, *left), []
            if not _fits(value, argument.kind):
                return None
            found[argument.name] = value
        elif argument.name in kwargs or (argument.name == "input" and "self" in kwargs):
            value = kwargs.get(argument.name, kwargs.get("self"))
            if not _fits(value, argument.kind):
                return None
            used += 1
            found[argument.name] = value
        elif argument.default is _NOT_GIVEN:
            return None
    if left or used < len(kwargs):
        return None
    defaults = {argument.name: argument.default for argument in signature}
    return {name: value for name, value in found.items() if not _same(value, defaults.get(name, _NOT_GIVEN))}


def _is_last(signature: tuple[Argument, ...], index: int) -> bool:
    return all(argument.keyword_only for argument in signature[index + 1 :])


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and not isinstance(value, Value) and bool(value == default)


def _fits(value: Any, kind: str) -> bool:
    """Whether PyTorch's parser takes ``value`` for a type of a schema."""
    if kind.startswith("Optional["):
        return value is None or _fits(value, kind[len("Optional[") : -1])
    match kind:
        case "":
            return True
        case "Tensor":
            return isinstance(value, Value)
        case "List[Tensor]" | "List[Optional[Tensor]]":
            return isinstance(value, (tuple, list)) and all(v is None or isinstance(v, Value) for v in value)
        case "List[int]" | "List[float]" | "List[number]" | "List[bool]":
            inner = kind[len("List[") : -1]
            return (
                all(_fits(each, inner) for each in value) if isinstance(value, (tuple, list)) else _fits(value, inner)
            )
    return isinstance(value, _TYPES.get(kind, ())) and (type(value) is not bool or kind in ("bool", "number"))
