"""What kind of entry a layer is: what it takes, and how many it is in one."""

from functools import cache

from service.layers.arguments import Stacked
from service.layers.base import Layer
from service.layers.structure import Structure


@cache
def is_sourceless(kind: type[Layer]) -> bool:
    """Whether entries of a kind take no input, as ``parameter`` does."""
    signature = None if issubclass(kind, Structure) else kind.signature()
    return signature is not None and not signature.parameters and not signature.variadic


@cache
def stacked(kind: type[Layer]) -> tuple[str, ...]:
    """The arguments that say how many layers an entry is, if it is many in one."""
    return tuple(
        name for name, field in kind.model_fields.items() if any(isinstance(mark, Stacked) for mark in field.metadata)
    )


def depth(layer: Layer) -> int:
    """How many layers an entry is in one, perhaps a mistaken number of them."""
    depths = stacked(type(layer))
    return sum([getattr(layer, name) for name in depths]) if depths else 1


@cache
def is_single(kind: type[Layer]) -> bool:
    """Whether an entry is one layer that takes something, as nearly all are."""
    return not issubclass(kind, Structure) and not stacked(kind) and not is_sourceless(kind)
