"""Modules that learn from their first input how many weights they need."""

import copy
from typing import Any

import torch
from torch.nn import Module
from torch.nn.parameter import UninitializedParameter, is_lazy

from service.export.inputs import Inputs
from service.export.problems import ExportError


def initialized(model: Module, inputs: Inputs) -> Module:
    """A copy on ``meta`` that has seen the inputs; raises :class:`ExportError` if they do not go through."""
    weights = (*model.parameters(), *model.buffers())
    copied = copy.deepcopy(model, {id(weight): _on_meta(weight) for weight in weights})
    with torch.device("meta"), torch.no_grad():
        try:
            copied(*inputs.args, **inputs.kwargs)
        except Exception as error:
            raise ExportError(f"The model is lazy, and its first run fails: {type(error).__name__}: {error}") from error
    return copied


def _on_meta(weight: Any) -> Any:
    if is_lazy(weight):
        # Their constructors take more than their annotations say.
        kind: Any = type(weight)
        trained = {"requires_grad": weight.requires_grad} if isinstance(weight, UninitializedParameter) else {}
        return kind(**trained, device="meta", dtype=weight.dtype)
    moved = torch.empty_strided(weight.shape, weight.stride(), dtype=weight.dtype, device="meta")
    return torch.nn.Parameter(moved, weight.requires_grad) if isinstance(weight, torch.nn.Parameter) else moved
