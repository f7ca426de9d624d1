"""A view or reshape that does not come out even, or that the memory is not laid out for."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, cast

from service.core.faults import NotViewable, WrongElementCount
from service.core.issues import Operation
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures import resized
from service.diagnosis.cures.divisors import nearest_divisors
from service.diagnosis.cures.geometry import Flattening, input_sizes
from service.diagnosis.cures.producers import feeding_size, producing
from service.diagnosis.edits import inserted, retyping, setting
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.provenance import provenance

MOST_PAIRS: Final = 2
LARGEST_IMAGE: Final = 2**48
"""Positions of which a root is taken."""


def explain_count(place: Place, fault: WrongElementCount) -> str:
    """Which layer returns so many elements."""
    for reading in place.upstream():
        given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
        if not isinstance(given, Tensor) or not isinstance(output, Tensor):
            break
        if given.elements != output.elements:
            return f"{called(reading)} turns {given} into {output}"
    model_input = place.model_input()
    if model_input is None or model_input.tensor.elements != fault.tensor.elements:
        return provenance(place, fault.tensor.rank - 1) if fault.tensor.rank else ""
    return model_input.stated


def propose_count(place: Place, fault: WrongElementCount) -> Iterator[Proposal]:
    """One size that makes the product right, the samples left apart; or so many elements that it is right."""
    if fault.argument is None or not is_known(fault.tensor.elements):
        return
    arriving = fault.tensor.shape
    if resized.is_agreed(place, fault):
        yield from resized.come_out_even(place, fault)
    candidates = [*_square(fault), *_one_changed(fault)]
    apart = [candidate for candidate in candidates if candidate[0] in (-1, *arriving[:1])]
    for candidate in apart or candidates:
        change = setting(place.ground, place.pointer, fault.argument, candidate)
        yield Proposal(f"Set {fault.argument} of {place.name} to {candidate}.", (change,))
        yield from _with_next(place, candidate, fault, change)
    yield from _made_to_measure(place, fault)
    for candidate in _two_changed(place, fault):
        change = setting(place.ground, place.pointer, fault.argument, candidate)
        yield Proposal(f"Set {fault.argument} of {place.name} to {candidate}.", (change,))
    if len(fault.shape) == 2 and len(arriving) > 2:
        before = list(place.upstream())
        yield from input_sizes(Flattening(place, fault.tensor, before), fault.shape[1])
    yield from resized.come_out_even(place, fault)


def _one_changed(fault: WrongElementCount) -> Iterator[list[int]]:
    """Other shapes with one size changed, from the last."""
    shape, arriving, elements = list(fault.shape), fault.tensor.shape, fault.tensor.elements
    for axis in range(len(shape) - 1, -1, -1):
        others = product(size for at, size in enumerate(shape) if at != axis and size != -1)
        if -1 in shape and shape[axis] != -1:
            sizes = _dividing(elements, others, arriving if axis else arriving[:1])
        else:
            sizes = [elements // others] if others and elements % others == 0 else []
        yield from ([*shape[:axis], size, *shape[axis + 1 :]] for size in sizes)
    if len(shape) == 2 and len(arriving) > 1 and arriving[0]:
        yield [arriving[0], -1]


def _two_changed(place: Place, fault: WrongElementCount) -> Iterator[list[int]]:
    """Two neighbouring sizes that multiply to what the others leave, as heads and the features of each."""
    shape, elements = list(fault.shape), fault.tensor.elements
    first = 0 if place.reading.node.layer.type.lower() == "unflatten" else 1
    for axis in range(len(shape) - 2, first - 1, -1):
        rest = product((*shape[:axis], *shape[axis + 2 :]))
        if min(shape) > 0 and elements % rest == 0:
            pair = elements // rest
            for size in islice(nearest_divisors(pair, shape[axis]), MOST_PAIRS):
                yield [*shape[:axis], size, pair // size, *shape[axis + 2 :]]


def _made_to_measure(place: Place, fault: WrongElementCount) -> Iterator[Proposal]:
    """As many features arriving as the shape counts on, where that takes apart one axis only."""
    arriving, layer = place.arriving, cast("Any", place.reading.node.layer)
    if not isinstance(arriving, Tensor) or not arriving.rank:
        return
    if layer.type.lower() == "unflatten":
        axis, parts = layer.dim % arriving.rank, fault.shape
    else:
        axis, parts = arriving.rank - 1, fault.shape[arriving.rank - 1 :]
        kept = zip(arriving.shape[:-1], fault.shape, strict=False)
        if not all(wanted in (-1, size) for size, wanted in kept):
            return
    if parts and min(parts) > 0:
        yield from producing(place, product(parts), axis)
        yield from feeding_size(place, axis, product(parts))


def _with_next(place: Place, shape: list[int], fault: WrongElementCount, change: Operation) -> Iterator[Proposal]:
    """The view together with the Linear right behind it, which counts on the features it was to make."""
    following = place.following()
    layer: Any = following.node.layer if following is not None else None
    counted_on = layer is not None and layer.type == "Linear" and fault.shape[-1:] == (layer.in_features,)
    if following is None or not counted_on or len(shape) != 2 or 0 in shape:
        return
    features = shape[1] if shape[1] != -1 else fault.tensor.elements // shape[0]
    if features == layer.in_features:
        return
    operation = setting(place.ground, following.node.pointer, "in_features", features)
    yield Proposal(
        f"Set {fault.argument} of {place.name} to {shape}, and in_features of {called(following)} to {features}.",
        (change, operation),
    )


def _square(fault: WrongElementCount) -> Iterator[list[int]]:
    """The channels kept, and an image as high as wide made of what each of them holds of one sample."""
    shape, arriving, axes = list(fault.shape), fault.tensor.shape, len(fault.shape) - 2
    if axes < 1 or fault.shape[1] < 1 or len(set(fault.shape[2:])) != 1 or fault.tensor.rank < 2:
        return
    positions = product(arriving[1:]) // shape[1]
    side = round(positions ** (1 / axes)) if 0 < positions < LARGEST_IMAGE else 0
    if side > 0 and side**axes * shape[1] == product(arriving[1:]) and shape[0] in (-1, arriving[0]):
        yield [*shape[:2], *[side] * axes]


def _dividing(elements: int, others: int, arriving: tuple[int, ...]) -> list[int]:
    """The first of the sizes that arrive which leaves a whole number for the -1."""
    sizes = (size for size in (*(product(arriving[1:]) for _ in arriving[1:2]), *arriving) if size and others)
    return list(islice((size for size in sizes if elements % (size * others) == 0), 1))


def explain_layout(place: Place, _fault: NotViewable) -> str:
    """Which layer laid the memory out otherwise."""
    for reading in place.upstream():
        given = reading.inputs[0] if reading.inputs else None
        if isinstance(given, Tensor) and given.strides is None:
            return f"{called(reading)} returns it so"
    return ""


def propose_layout(place: Place, _fault: NotViewable) -> Iterator[Proposal]:
    """Reshape copies where it has to; contiguous always does."""
    kind = place.reading.node.layer.type
    if kind.startswith("view"):
        copying = kind.replace("view", "reshape")
        yield Proposal(
            f"Make {place.name} a {copying}, which copies where it has to.",
            (retyping(place.ground, place.pointer, copying),),
        )
    yield from inserted(place, f"Put contiguous before {place.name}, which copies.", {"type": "contiguous"})
