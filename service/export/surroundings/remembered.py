"""What a library remembers of a run on ``meta``, by ``functools.lru_cache``, and could not compute with afterwards."""

import gc
import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

import torch
from torch.nn import Module

from service.export.surroundings.moving import held

Cached: TypeAlias = "_lru_cache_wrapper[Any]"


def caches_of(model: Module) -> list[Cached]:
    """The caches that stand in the classes of a model's modules or beside them, also behind a decorator."""
    return [cache for space in spaces_of(model) for value in list(vars(space).values()) for cache in _caches_in(value)]


def spaces_of(model: Module) -> list[type | ModuleType]:
    """The classes of a model's modules, but PyTorch's own, and the files in which they stand."""
    kinds = {type(module) for module in model.modules()}
    classes = {each for kind in kinds for each in kind.__mro__ if not _is_pytorchs(each.__module__)}
    beside = {each.__module__ for each in classes}
    return [*classes, *(sys.modules[name] for name in beside if name in sys.modules)]


def forget_meta(caches: list[Cached]) -> None:
    """Empties those that hold tensors without numbers."""
    for cache in caches:
        if cache.cache_info().currsize and any(tensor.is_meta for tensor in held(gc.get_referents(cache))):
            cache.cache_clear()


def _caches_in(value: Any) -> Iterator[Cached]:
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, _lru_cache_wrapper):
        yield value
    elif isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:  # It is filled only later.
                continue
            if isinstance(content, _lru_cache_wrapper):
                yield content


def _is_pytorchs(module: str) -> bool:
    return module == torch.__name__ or module.startswith(f"{torch.__name__}.") or module == object.__module__
