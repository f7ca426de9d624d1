"""Tensors that are there whatever goes in, as a document writes them."""

import math
from typing import Any, Final

import torch

from service.export.problems import InexpressibleError
from service.export.recording.expressing import made, written
from service.export.recording.functions import OPERATIONS
from service.export.trace import Constant

MOST_NUMBERS: Final = 256
"""A constant of more numbers is written by its shape alone."""
_DEEPEST: Final = 3


def constant(tensor: torch.Tensor, moved: torch.Tensor) -> Constant:
    """What a document says of a tensor: its numbers, if they are few or all the same, and else its shape."""
    number = None if tensor.is_meta else tensor.detach()
    fields = {"size": tuple(tensor.shape), "dtype": _dtype(tensor)}
    if number is None or number.numel() == 0 or not _is_finite(number):
        return Constant(made(OPERATIONS["empty"], fields), moved, number)
    if number.numel() == 1 or bool((number == number.reshape(-1)[0]).all()):
        filled = {**fields, "fill_value": written(number.reshape(-1)[0].item()), "dtype": written(tensor.dtype)}
        return Constant(made(OPERATIONS["full"], filled), moved, number)
    if number.numel() <= MOST_NUMBERS and number.dim() <= _DEEPEST:
        try:
            return Constant(made(OPERATIONS["tensor"], _literal(number)), moved, number)
        except InexpressibleError:
            pass
    return Constant(made(OPERATIONS["empty"], fields), moved, number)


def _literal(number: torch.Tensor) -> dict[str, Any]:
    data = written(tuple(number.tolist()))
    return {"data": data, "dtype": None if torch.tensor(data).dtype == number.dtype else written(number.dtype)}


def _dtype(tensor: torch.Tensor) -> str | None:
    return None if tensor.dtype == torch.get_default_dtype() else written(tensor.dtype)


def _is_finite(number: torch.Tensor) -> bool:
    if number.is_complex():
        return False
    if number.numel() == 1:
        return not math.isnan(number.item())
    return bool(number.isfinite().all()) if number.is_floating_point() else True
