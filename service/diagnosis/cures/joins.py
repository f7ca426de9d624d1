"""Tensors that have to fit each other and do not: a residual's two ways, the parts of a concatenation, the factors of
a product."""

from collections.abc import Iterator

from service.core.faults import ShapesDisagree
from service.core.sizes import is_known
from service.diagnosis.cures import bending, equations, fitting, mistaken, products, resized, states
from service.diagnosis.cures.padding import keeping_padding
from service.diagnosis.cures.producers import producing, redeclared
from service.diagnosis.cures.ways import Pair, apart, pair_of, position, stated
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal


def explain(place: Place, fault: ShapesDisagree) -> str:
    """Which layers the two come from."""
    pair = pair_of(place, fault)
    if pair is None or pair.first.source == pair.second.source:
        return states.explain(place, fault)
    return f"{stated(pair.first, pair.a)}, {stated(pair.second, pair.b)}"


def propose(place: Place, fault: ShapesDisagree) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    yield from states.propose(place, fault)
    yield from fitting.propose(place, fault)
    yield from _batch_first(place)
    yield from resized.in_one_batch(place)
    kind = place.reading.node.layer.type
    if kind == "einsum":
        yield from equations.propose(place)
    if kind == "expand":
        yield from fitting.expanded(place)
    if kind == "linear":
        yield from products.with_weight(place)
    pair = pair_of(place, fault)
    if pair is None or not all(map(is_known, (*pair.a, *pair.b))):
        return
    if kind in products.PRODUCTS:
        yield from products.propose(pair)
    elif not hasattr(place.reading.node.layer, "batch_first"):
        yield from _joined(place, pair)
        for way in (pair, pair.swapped()):
            yield from resized.as_the_other(way)


def _joined(place: Place, pair: Pair) -> Iterator[Proposal]:
    joining = place.reading.node.layer.type in bending.JOINING
    if joining:
        yield from _other_dim(place, pair)
    # The shortcut is the way that starts earlier in the model; it is bent to the other one.
    early = pair if position(pair.first) <= position(pair.second) else pair.swapped()
    both = (early, early.swapped())
    for way in both:
        yield from bending.enlarged(way)
        yield from _declared(way)
    if pair.a[2:] != pair.b[2:]:
        yield from bending.padded(early)
        # A remainder that only one of the two ways loses may be owing to what stands before both.
        yield from keeping_padding(early.second)
        for way in sorted(both, key=lambda way: len(apart(place)[way.first.input])):
            yield from bending.strided(way)
        if joining:
            smaller = early if early.a[2:] < early.b[2:] else early.swapped()
            yield from bending.unstrided(smaller)
    yield from mistaken.propose(place, pair)
    for way in both:
        yield from bending.bent(way)
    # What two ways make of one tensor is made alike; where one of them is a bare shortcut, that is projected.
    produced = [proposal for way in reversed(both) for proposal in _produced(way)]
    made = all(bending.makes(layers) for layers in apart(place)[:2])
    yield from produced if made and not joining else ()
    # What a decoder makes is brought to what the encoder kept.
    decoded = [way for way in both if bending.is_enlarged(way)]
    ways = (*decoded, *(way for way in both if way not in decoded))
    for way in ways:
        yield from bending.projected(way)
    for way in ways:
        yield from bending.interpolated(way)
    for way in decoded:
        yield from bending.evenly_fed(way)
    yield from produced


def _batch_first(place: Place) -> Iterator[Proposal]:
    """The axes of a sequence read the other way."""
    layer = place.reading.node.layer
    first = getattr(layer, "batch_first", None)
    if first is not None:
        yield Proposal(
            f"Set batch_first of {place.name} to {str(not first).lower()}.",
            (setting(place.ground, place.pointer, "batch_first", not first),),
        )


def _declared(pair: Pair) -> Iterator[Proposal]:
    """A tensor of the model's own, such as the embedding of positions, in the shape that fits."""
    joined, shape = bending.joined_axis(pair), list(pair.a)
    for axis in range(1, min(len(pair.a), len(pair.b)) + 1):
        if shape[-axis] != 1 and len(pair.a) - axis != joined:
            shape[-axis] = pair.b[-axis]
    if shape != list(pair.a):
        yield from redeclared(pair.first, shape)


def _produced(pair: Pair) -> Iterator[Proposal]:
    """The layer that makes the first way's channels or features makes those of the second."""
    a, b = pair.a, pair.b
    if len(a) != len(b):
        return
    joining = bending.joined_axis(pair) is not None
    differing = [
        axis
        for axis, (size, wanted) in enumerate(zip(a, b, strict=True))
        if size != wanted and (joining or 1 not in (size, wanted))
    ]
    if len(differing) == 1:
        yield from producing(pair.first, b[differing[0]], differing[0])


def _other_dim(place: Place, pair: Pair) -> Iterator[Proposal]:
    """The axis along which the parts of a concatenation do fit."""
    a, b = pair.a, pair.b
    for dim in range(len(a) if len(a) == len(b) else 0):
        if a[:dim] + a[dim + 1 :] == b[:dim] + b[dim + 1 :]:
            yield Proposal(f"Set dim of {place.name} to {dim}.", (setting(place.ground, place.pointer, "dim", dim),))
