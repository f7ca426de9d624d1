"""What a rule is: types of layers it looks at, and a function that says what is suspicious about one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from service.core.issues import Operation, Patch
from service.core.sizes import Size
from service.diagnosis.edits import removing, setting
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.warnings.view import View


class Finding(NamedTuple):
    """Something that PyTorch runs and that is probably not meant."""

    message: str
    """A sentence without its full stop; ``{layer}`` stands for the layer."""
    argument: str | None = None
    """The key of the document that is concerned, if one is."""
    proposals: Iterable[Proposal] | None = None
    """What might cure it; none stands for what is expected in the place of the argument."""
    expected: Any = None
    received: Any = None
    node: int | None = None
    """The layer it is about, if that is not the one the rule was shown."""
    pointer: str = ""
    """Where it stands, if it is about no layer."""


MODEL_INPUT: Final = "a model's input"
"""What stands behind a rule's layers where no layer does."""

Find: TypeAlias = Callable[[View, int], Finding | None]


class Rule(NamedTuple):
    """A rule: a file of this package, whose docstring tells what it finds, why that is likely wrong, and by whom."""

    code: str
    types: frozenset[str]
    """The types of the layers it looks at."""
    find: Find
    when: Callable[[Any], bool] | None = None
    """Whether a layer's arguments are such that it has to be looked at; always if left out."""
    behind: frozenset[str] | None = None
    """Types of layers, or ``MODEL_INPUT``, straight behind one of which it looks; everywhere if left out."""
    alone: bool = False
    """Whether what it says follows from a layer and what arrives, wherever that is."""
    told_together: bool = False
    """Whether all layers it finds are told as one, since one decision led to all of them."""


def replacing(view: View, node: int, layer: dict[str, Any]) -> Patch:
    """Another layer in the place of one, with its name and inputs."""
    pointer = view.place(node).pointer
    kept = {key: value for key, value in value_at(view.ground.raw, pointer).items() if key in ("name", "inputs")}
    return (Operation("replace", pointer, {**layer, **kept}),)


def without(view: View, *nodes: int) -> Iterator[Proposal]:
    """One of the layers taken away, the first of them first."""
    for node in nodes:
        patch = removing(view.ground, view.readings[node].node.pointer)
        if patch is not None:
            yield Proposal(f"Take {view.place(node).name} away.", patch)


def with_next(place: Place, argument: str, value: Any, size: Size) -> Iterator[Proposal]:
    """An argument alone, and with the features or channels that the layer right behind then takes."""
    change = setting(place.ground, place.pointer, argument, value)
    yield Proposal(f"Set {argument} of {place.name} to {value}.", (change,))
    following = place.following()
    for taken in ("in_features", "in_channels"):
        if following is not None and hasattr(following.node.layer, taken):
            yield Proposal(
                f"Set {argument} of {place.name} to {value}, and {taken} of {called(following)} to {size}.",
                (change, setting(place.ground, following.node.pointer, taken, size)),
            )
