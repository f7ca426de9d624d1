"""What a recorded run leaves: what was applied to what, within which module, in the order of time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import torch

from service.layers.base import Layer


class Node:
    """Where a value comes from. ``result`` is what it returned on the ``meta`` device."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.real: Any = UNEVALUATED
        """What it returns in numbers, once somebody asked."""


class _Unevaluated:
    pass


UNEVALUATED: Final = _Unevaluated()


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor: what a node returned, indexed by ``path``."""

    node: Node
    path: tuple[int, ...] = ()

    @property
    def tensor(self) -> torch.Tensor:
        """It on the ``meta`` device."""
        return at(self.node.result, self.path)  # type: ignore[no-any-return]


class Given(Node):
    """What goes into the model; ``example`` is a tensor with numbers, if one was given."""

    def __init__(self, name: str, result: torch.Tensor, example: torch.Tensor | None) -> None:
        super().__init__(result)
        self.name, self.example = name, example


class Owned(Node):
    """A parameter or buffer of a module, by the name that ``named_parameters()`` or ``named_buffers()`` gives it."""

    def __init__(self, name: str, tensor: torch.Tensor, result: torch.Tensor) -> None:
        super().__init__(result)
        self.name, self.tensor = name, tensor
        self.module, _, self.key = name.rpartition(".")
        self.is_buffer = not isinstance(tensor, torch.nn.Parameter)


class Applied(Node):
    """A layer or operation, applied to values. ``module`` is the module that it is, if it is one."""

    def __init__(
        self, layer: Layer, inputs: tuple[Value, ...], keywords: Mapping[str, Value], result: Any, module: "Unit | None"
    ) -> None:
        super().__init__(result)
        self.layer, self.inputs, self.keywords, self.module = layer, inputs, keywords, module

    @property
    def takes(self) -> tuple[Value, ...]:
        """Everything that it takes."""
        return (*self.inputs, *self.keywords.values())


class Constant(Applied):
    """A tensor that is there whatever goes in; ``number`` is what it consists of, as far as that is known."""

    def __init__(self, layer: Layer, result: torch.Tensor, number: torch.Tensor | None) -> None:
        super().__init__(layer, (), {}, result, None)
        self.number = number


class Unit(NamedTuple):
    """A module of the model in its place; ``name`` is none for one that the model does not register."""

    module: torch.nn.Module
    name: str | None


class Frame:
    """One call of a module that is looked into: what was applied within, calls of other modules among it."""

    def __init__(self, unit: Unit, parent: "Frame | None") -> None:
        self.unit, self.parent = unit, parent
        self.items: list[Applied | Frame] = []
        self.arguments: list[Value] = []

    def applied(self) -> Iterator[Applied]:
        """Everything that was applied within, in order."""
        for item in self.items:
            if isinstance(item, Frame):
                yield from item.applied()
            else:
                yield item


class Trace(NamedTuple):
    """A whole run."""

    model: Frame
    given: tuple[Given, ...]
    owned: Mapping[str, Owned]
    """All parameters and buffers by name, in the model's order."""
    outputs: tuple[Value, ...]


def at(nested: Any, path: tuple[int, ...]) -> Any:
    """What stands at ``path`` in nested tuples."""
    for step in path:
        nested = nested[step]
    return nested


def tensors_in(nested: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], torch.Tensor]]:
    """Every tensor of nested tuples and lists with its path."""
    if isinstance(nested, torch.Tensor):
        yield path, nested
    elif isinstance(nested, (tuple, list)):
        for index, part in enumerate(nested):
            yield from tensors_in(part, (*path, index))
