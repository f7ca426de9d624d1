"""Arguments on their way to the ``meta`` device and back: what holds tensors, and what names devices."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import torch
from torch.utils._device import _device_constructors

META: Final = torch.device("meta")
CLAIMED: Final = torch.device("cpu")
"""Where tensors say that they are, so that a model does what it does on the CPU."""


def alike(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor on ``meta`` that lies in memory as another does elsewhere; itself if it is there."""
    if tensor.is_meta:
        return tensor
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)


def replaced(nested: Any, by: Callable[[torch.Tensor], Any]) -> Any:
    """The same tuples, lists and dictionaries with something in place of each tensor."""
    if isinstance(nested, torch.Tensor):
        return by(nested)
    kind = type(nested)
    if kind is tuple or kind is list:
        return kind([replaced(part, by) for part in nested])
    if kind is dict:
        return {key: replaced(part, by) for key, part in nested.items()}
    if isinstance(nested, tuple) and not isinstance(nested, torch.Size):
        parts = [replaced(part, by) for part in nested]
        return kind(*parts) if hasattr(nested, "_fields") else tuple(parts)
    return nested


def on_meta(nested: Any) -> Any:
    """The same without any other device."""
    if isinstance(nested, torch.device):
        return META
    if type(nested) is tuple or type(nested) is list:
        return type(nested)([on_meta(part) for part in nested])
    return nested


def with_device(called: Callable[..., Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a call that makes nothing elsewhere than on ``meta``."""
    if kwargs.get("device") is not None or called in _device_constructors():
        return {**kwargs, "device": META}
    return dict(kwargs)


def held(nested: Any) -> Iterator[torch.Tensor]:
    """Every tensor in what a model takes or returns: in tuples, lists, dictionaries and dataclasses."""
    if isinstance(nested, torch.Tensor):
        yield nested
    elif isinstance(nested, Mapping):
        for part in nested.values():
            yield from held(part)
    elif isinstance(nested, (tuple, list)):
        for part in nested:
            yield from held(part)
    elif dataclasses.is_dataclass(nested) and not isinstance(nested, type):
        for field in dataclasses.fields(nested):
            # Attributes that are computed, or refused, are none that were stored.
            stored = getattr(nested, "__dict__", None)
            yield from held(getattr(nested, field.name, None) if stored is None else stored.get(field.name))


def is_transformed(tensor: torch.Tensor) -> bool:
    """Whether ``torch.func``, or what was there before it, stands between the tensor and what is computed."""
    wrapped = torch._C._functorch  # noqa: SLF001
    return wrapped.is_functorch_wrapped_tensor(tensor) or wrapped.is_legacy_batchedtensor(tensor)
