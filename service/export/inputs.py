"""What goes into a model, as callers describe it: shapes, tensors, or both with what is no tensor."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import torch

from service.export.problems import ExportError
from service.export.trace import Given

_PLAIN: Final = (bool, int, float, str, type(None))
_FORBIDDEN: Final = str.maketrans(dict.fromkeys(".[]=", "_"))


class Inputs(NamedTuple):
    """The arguments of a call, with tensors on ``meta``, and what stands for these in a document."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    given: tuple[Given, ...]


def inputs_of(model: torch.nn.Module, described: Any) -> Inputs:
    """Reads ``inputs`` of :func:`service.export.export`."""
    if _is_shape(described) or isinstance(described, torch.Tensor):
        described = [described]
    taken = {name for name, _ in model.named_children()} | {name for name, _ in model.named_parameters(recurse=False)}
    reading = _Reading(taken | {name for name, _ in model.named_buffers(recurse=False)})
    if isinstance(described, Mapping) and not _is_typed(described):
        return Inputs((), {name: reading.read(value, name) for name, value in described.items()}, reading.done())
    if not isinstance(described, Sequence) or isinstance(described, str):
        raise ExportError(
            f"inputs = {described!r}: a list of shapes and tensors, or a dictionary of them, was expected."
        )
    names = _names(model, len(described))
    args = tuple(reading.read(value, name) for value, name in zip(described, names, strict=True))
    return Inputs(args, {}, reading.done())


class _Reading:
    """Inputs one by one, under names that the model leaves free."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.given: list[Given] = []

    def read(self, value: Any, name: str) -> Any:
        """One argument of the model."""
        if isinstance(value, torch.Tensor):
            return self.tensor(value, name)
        if _is_shape(value):
            return self.tensor(torch.empty(tuple(value), device="meta"), name)
        if isinstance(value, Mapping):
            if _is_typed(value):
                if not _is_shape(value["shape"]):
                    raise ExportError(f"The input {name} = {dict(value)!r}: a list of sizes was expected as its shape.")
                dtype = dtype_of(value.get("dtype", torch.float32))
                return self.tensor(torch.empty(tuple(value["shape"]), dtype=dtype, device="meta"), name)
            return {key: self.read(part, f"{name}_{key}") for key, part in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)([self.read(part, f"{name}_{index}") for index, part in enumerate(value)])
        if isinstance(value, _PLAIN):
            return value
        raise ExportError(f"The input {name} is {value!r}: a shape, a tensor or a plain value was expected.")

    def tensor(self, tensor: torch.Tensor, name: str) -> torch.Tensor:
        name = name.translate(_FORBIDDEN)
        while name in self.taken:
            name = f"{name}_input"
        self.taken.add(name)
        moved = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
        self.given.append(Given(name, moved, None if tensor.is_meta else tensor.detach()))
        return moved

    def done(self) -> tuple[Given, ...]:
        """Everything that goes in; a single input has the name that documents give it."""
        if not self.given:
            raise ExportError("The model is given no tensor; inputs needs at least one shape.")
        if len(self.given) == 1 and "input" not in self.taken - {self.given[0].name}:
            self.given[0].name = "input"
        return tuple(self.given)


def dtype_of(named: Any) -> torch.dtype:
    """An element type by its name."""
    name = str(named).removeprefix("torch.")
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        meant = get_close_matches(
            name, (each for each in vars(torch) if isinstance(getattr(torch, each), torch.dtype)), 1
        )
        raise ExportError(f"{name} is no element type{f'; did you mean {meant[0]}?' if meant else '.'}")
    return dtype


def _is_shape(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(type(size) is int and size >= 0 for size in value)


def _is_typed(value: Mapping[Any, Any]) -> bool:
    return "shape" in value and set(value) <= {"shape", "dtype"}


def _names(model: torch.nn.Module, count: int) -> Iterator[str]:
    """What the forward pass calls its arguments, if it has a signature: what was traced has none."""
    found = 0
    try:
        parameters = tuple(inspect.signature(model.forward).parameters.values())
    except ValueError:
        parameters = ()
    for parameter in parameters:
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD) and found < count:
            found += 1
            yield parameter.name
    yield from (f"input_{index}" for index in range(found, count))
