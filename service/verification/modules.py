"""From an entry of the catalogue to what PyTorch calls: the module, or the function of an operation."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, cast

import torch

from service.layers.arguments import AlwaysInferred
from service.layers.base import Layer
from service.layers.operation import Operation


def module_of(layer: Layer, arguments: Mapping[str, Any] | None = None) -> torch.nn.Module:
    """The ``torch.nn`` module that a layer stands for; ``arguments`` adds those that were inferred."""
    fields = type(layer).model_fields
    given = layer.given() | {
        name: value for name, value in (arguments or {}).items() if fields[name].annotation is not AlwaysInferred
    }
    constructor = getattr(torch.nn, layer.torch_class())
    module: torch.nn.Module = constructor(**{name: real(value, name) for name, value in given.items()})
    return module


def function_of(operation: Operation) -> Callable[..., Any]:
    """The function that an operation names."""
    path = operation.callee.removeprefix("torch.").split(".")
    return cast("Callable[..., Any]", reduce(getattr, path, torch))


def real(value: Any, name: str = "") -> Any:
    """An argument as PyTorch takes it."""
    if isinstance(value, Layer):
        return module_of(value)
    if name.endswith("dtype") and isinstance(value, str):
        return getattr(torch, value)
    return value
