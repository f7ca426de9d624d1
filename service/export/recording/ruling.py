"""What the catalogue's own rules say that an operation returns, where PyTorch cannot tell on the ``meta`` device."""

from typing import Any

import torch

from service.core.sizes import is_known
from service.core.tensors import Tensor, strided, strides_of
from service.export import trace
from service.export.recording.expressing import Expression, Operand, written
from service.layers.applying import apply


def told_by_rule(expression: Expression) -> Any:
    """The result on ``meta``; none where the rules refuse, or do not know the sizes."""
    if not all(isinstance(value, trace.Value) for value in (*expression.inputs, *expression.keywords.values())):
        return None
    inputs = tuple(map(_arriving, expression.inputs))
    keywords = {name: _arriving(value) for name, value in expression.keywords.items()}
    outcome = apply(expression.layer, inputs, keywords, training=False)
    return None if outcome.faults else _made(outcome.output)


def _arriving(value: Operand) -> Tensor:
    assert isinstance(value, trace.Value)  # noqa: S101  numbers are told apart before
    tensor = value.tensor
    return strided(tuple(tensor.shape), written(tensor.dtype), tensor.stride())


def _made(value: Any) -> Any:
    if isinstance(value, Tensor):
        if not all(map(is_known, value.shape)):
            return None
        return torch.empty_strided(value.shape, strides_of(value), dtype=getattr(torch, value.dtype), device="meta")
    if isinstance(value, tuple):
        parts = tuple(map(_made, value))
        return None if None in parts else parts
    return None
