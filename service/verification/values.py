"""What PyTorch refuses for the values that arrive, whatever their shapes; and which values are put in."""

import re
from collections.abc import Iterable
from typing import Any, Final

import torch

from service.analysis.reading import Analysis
from service.architecture.graph import sources_of
from service.core.tensors import Tensor

OF_VALUES: Final = re.compile(
    r"out of (DATA )?bounds|index -?\d+ out of range|out of range in self|offsets\[(0|-1)\]|tried to access index|"
    "Class values must|not in the valid range|number of ones in mask|broadcast to indexing result|"
    "allocated size|probabilit|p_in >= 0|not finite|non-finite|[Cc]onjugate|ZeroDivisionError|device-side assert|"
    "LinAlgError|invalid max index|singular|positive-definite|failed to converge|Poisson rate|"
    r"weights (sum to zero|cannot be negative)|U\[\d+,\d+\] is zero|non-negative integral|Pivots given to lu_solve"
)
"""Refusals that no shape tells: an index that was computed is too large for what it indexes, or no probability, or a
matrix has no inverse. That a tensor is conjugated only when it is read is not followed, either."""


def inputs_of(analysis: Analysis) -> list[Any]:
    """Values for the model's inputs, as random as they may be."""
    return [random(tensor, _integer(analysis, -1 - place)) for place, (_, tensor) in enumerate(analysis.graph.inputs)]


def random(tensor: Tensor, integer: int) -> Any:
    """Numbers from 0 to 1, which will do as probabilities, too; all integers are ``integer``."""
    dtype = getattr(torch, tensor.dtype)
    if dtype.is_floating_point or dtype.is_complex:
        return torch.rand(tensor.shape, dtype=dtype) if dtype.itemsize > 1 else torch.zeros(tensor.shape, dtype=dtype)
    return torch.full(tensor.shape, integer, dtype=dtype)


def _integer(analysis: Analysis, source: int) -> int:
    """An integer that all layers which take an input can do with: 0 is an index of anything, but no divisor."""
    takers = (node.layer for node in analysis.graph.nodes if any(each.node == source for each in sources_of(node)))
    return max((layer.typical_integer for layer in takers), default=0)


def settle(tensors: Iterable[Any]) -> None:
    """Puts something sensible where memory was only taken: indices of anything, numbers that are finite."""
    for tensor in tensors:
        if torch.nn.parameter.is_lazy(tensor):  # it has no size before something has arrived
            continue
        if not tensor.dtype.is_floating_point or not (tensor.is_meta or bool(torch.isfinite(tensor).all())):
            tensor.data.zero_()
