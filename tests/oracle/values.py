"""Values of arriving tensors, where zeros would not do: what PyTorch makes of them depends on more than shapes."""

from collections.abc import Callable
from typing import Any, Final

import torch

from service.core.layouts import has_repeated
from service.core.tensors import Tensor, Value
from service.layers.base import Layer
from service.layers.combining import Combinations


def counts(layer: Any, tensors: tuple[Any, ...]) -> None:
    """Counts that add up to the size announced."""
    repeats = tensors[-1]
    if not isinstance(repeats, torch.Tensor) or repeats.dtype not in (torch.int32, torch.int64):
        return
    if repeats.numel() and layer.output_size:
        entries = tensors[0].numel() if layer.dim is None else tensors[0].shape[layer.dim]
        alike = len(tensors) > 1 and repeats.numel() == 1
        repeats[(0,) * repeats.dim()] = layer.output_size // max(entries, 1) if alike else layer.output_size


def probabilities(_: Any, tensors: tuple[Any, ...]) -> None:
    """Numbers from 0 to 1."""
    if tensors[0].is_floating_point():
        memory = tensors[0].untyped_storage().size() // tensors[0].element_size()
        tensors[0].as_strided((memory,), (1,)).uniform_(0.1, 0.9)


def marks(_: Any, tensors: tuple[Any, ...]) -> None:
    """As many places marked as there are values for them."""
    whole, *indices, values = tensors
    values.zero_()  # A number is converted, if it can be.
    masks = [index for index in indices if index.dtype in (torch.bool, torch.uint8)]
    behind = whole.dim() - len(indices) - sum(mask.dim() - 1 for mask in masks)
    for mask in masks:
        count = values.shape[-1 - behind] if values.dim() > behind >= 0 else 1
        mask.copy_(torch.arange(mask.numel()).view(mask.shape) < count)


def invertible(_: Any, tensors: tuple[Any, ...]) -> None:
    """The matrix that changes nothing."""
    matrices = tensors[0]
    if matrices.dim() > 1:
        matrices.copy_(torch.eye(*matrices.shape[-2:]))


def weights(_: Any, tensors: tuple[Any, ...]) -> None:
    """Weights that do not add up to zero."""
    for tensor in tensors[1:]:
        tensor.fill_(1)


INVERTING: Final = frozenset({
    "cholesky_inverse", "linalg_cholesky", "linalg_cholesky_ex", "linalg_inv", "linalg_inv_ex", "linalg_lu_factor",
    "linalg_solve",
})  # fmt: skip
"""Those that refuse matrices that have no inverse."""

FITTED: Final[dict[str, Callable[[Any, tuple[Any, ...]], None]]] = {
    **dict.fromkeys(INVERTING, invertible),
    "bernoulli": probabilities,
    "cov": weights,
    "index_put": marks,
    "multinomial": probabilities,
    "poisson": probabilities,
    "repeat_interleave": counts,
}

UNSHARED: Final = INVERTING | {"repeat_interleave"}
"""Those whose values have to differ where an expanded tensor has but one."""


MOST_CHOICES: Final = 10**6


def can_fit(layer: Layer, inputs: tuple[Value, ...]) -> bool:
    """Whether there are values of these inputs that fit the layer's arguments, and memory for what PyTorch does."""
    if isinstance(layer, Combinations) and isinstance(inputs[0], Tensor):
        return bool(inputs[0].shape[0] ** layer.r <= MOST_CHOICES)
    return layer.type not in UNSHARED or not any(isinstance(value, Tensor) and has_repeated(value) for value in inputs)


def fit(layer: Layer, tensors: tuple[Any, ...]) -> None:
    """Puts values that fit the layer's arguments into its inputs."""
    if layer.type in FITTED and tensors:
        FITTED[layer.type](layer, tensors)
