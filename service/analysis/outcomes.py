"""What layers made of their inputs, remembered: what occurs again with the same arguments is worked out once."""

from collections.abc import Hashable
from typing import Final, TypeAlias

from service.core.memory import Memory
from service.core.tensors import Value
from service.layers.applying import Outcome
from service.layers.base import COMMON_KEYS, Layer
from service.layers.operation import is_subtle

_KEY_STARTS: Final = len(COMMON_KEYS)

Met: TypeAlias = tuple[Outcome, Layer, tuple[Value, ...]]
"""An outcome, and the objects that it is met by, which are kept alive so that they can be told by their identity."""


class Outcomes(Memory[Hashable, Outcome]):
    """Outcomes by layer and inputs."""

    __slots__ = ("met",)

    def __init__(self, size: int = 2048) -> None:
        super().__init__(size)
        self.met: Memory[tuple[int, ...], Met] = Memory(size)
        """The same by identity: a layer that was read before meets a tensor that it met before."""


MOST_REMEMBERED: Final = 64
"""An outcome of more weights or inputs than this is not kept beyond its document, lest a few of them fill it."""


def is_small(outcome: Outcome, inputs: tuple[Value, ...]) -> bool:
    """Whether an outcome is kept beyond its document."""
    return len(outcome.weights) <= MOST_REMEMBERED and len(inputs) <= MOST_REMEMBERED


def question(layer: Layer, inputs: tuple[Value, ...], keywords: dict[str, Value], training: bool) -> Hashable:
    """Everything that an outcome depends on."""
    kind = type(layer)
    arguments = tuple(layer.__dict__.values())[_KEY_STARTS:]
    details: tuple[Hashable, ...] = ()
    if is_subtle(kind):
        details = (tuple(map(type, arguments)), frozenset(layer.__pydantic_fields_set__))
    if keywords:
        details = (*details, tuple(keywords.items()))
    if kind.tells_apart:
        first: dict[int, int] = {}
        given = (*inputs, *keywords.values())
        same = tuple([first.setdefault(id(value), place) for place, value in enumerate(given)])
        details = (*details, same)
    return (kind, arguments, inputs, training, details)
