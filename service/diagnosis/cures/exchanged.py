"""Things taken for each other: what goes in and what comes out, the first input and the second, a layer and another one
of its kind."""

from collections.abc import Iterator
from typing import Final

from service.core.faults import SizeMismatch
from service.core.issues import Operation
from service.core.sizes import Size, is_known
from service.diagnosis.cures.ways import described
from service.diagnosis.edits import inserted, setting, with_inputs
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal, owner_of
from service.diagnosis.wording import with_article

OPPOSITES: Final = {"in_features": "out_features", "in_channels": "out_channels", "input_size": "hidden_size"}
FAR: Final = 1.5
"""How many times as large a size is that was not merely mistyped."""


def arguments(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """What goes in declared as what comes out, and the other way round."""
    argument = fault.argument or ""
    opposite, given = OPPOSITES.get(argument, ""), place.given
    if argument in given and opposite in given and given[opposite] == fault.received and _far(given[argument], fault):
        changes = ((argument, given[opposite]), (opposite, given[argument]))
        yield Proposal(
            f"Exchange {argument} and {opposite} of {place.name}.",
            tuple(setting(place.ground, place.pointer, name, value) for name, value in changes),
        )


def _far(declared: Size, fault: SizeMismatch) -> bool:
    """Whether a size is hardly the one that arrives, mistyped."""
    sizes = declared, int(fault.received)
    return max(sizes) >= FAR * min(sizes)


def inputs(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The second input first, where neither fits."""
    both = {
        other.input
        for other in place.reading.outcome.faults
        if isinstance(other, SizeMismatch) and other.input in (0, 1)
    }
    if len(both) == 2 and fault.input in both:
        yield from factors(place)


def factors(place: Place) -> Iterator[Proposal]:
    """The first two inputs the other way round."""
    references = place.references()
    if references is not None and len(references) > 1:
        exchanged = [references[1], references[0], *references[2:]]
        told = str(exchanged).replace("'", '"')
        yield Proposal(f"Let {place.name} take {told}.", with_inputs(place, exchanged))


def other_features(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """A Linear that brings what is attended to, such as an encoder's result, to the features of what attends."""
    if fault.input and fault.argument in ("d_model", "embed_dim") and is_known(fault.received):
        layer = {"type": "Linear", "in_features": fault.received, "out_features": fault.expected}
        description = f"Project {described(place)} to {fault.expected} features with a Linear before {place.name}."
        yield from inserted(place, description, layer, everywhere=True)


def weights(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """A layer of its own instead of one applied again."""
    pointer, argument = place.reading.node.pointer, fault.argument or ""
    owner = owner_of(place.analysis, place.reading).node
    again = value_at(place.raw, pointer)
    if place.reading.node.shares is None or again["type"] != "reuse" or owner.layer.type == "Sequential":
        return
    kept = {key: value for key, value in again.items() if key in ("name", "inputs")}
    own = {
        key: value
        for key, value in value_at(place.raw, owner.pointer).items()
        if key not in ("name", "inputs", "repeat")
    }
    layer = {**own, argument: fault.received, **kept}
    kind = with_article(own["type"])
    description = f"Make {place.name} {kind} of its own with {argument} = {fault.received}."
    yield Proposal(description, (Operation("replace", pointer, layer),))
