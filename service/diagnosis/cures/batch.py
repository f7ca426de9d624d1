"""A model input without the axis for the batch.

Convolutions, recurrent layers and attention take a single sample as well, so that the mistake shows only later: where a
Flatten keeps axis 0, a normalization counts axes, or an index means another one.
"""

from collections.abc import Iterator
from typing import Final

from service.core import faults
from service.core.faults import Fault, listed
from service.core.issues import Operation
from service.core.sizes import UNKNOWN_SIZE, Size, differ, is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.geometry import is_single
from service.diagnosis.edits import setting
from service.diagnosis.place import NEAR, ModelInput, Place, Proposal
from service.diagnosis.proven import same_kind
from service.layers.applying import apply

FLATTENING: Final = frozenset({"Flatten", "flatten"})
MOST_INPUTS: Final = 8
"""Model inputs that are given a batch axis together."""


def propose(place: Place, fault: Fault) -> Iterator[Proposal]:
    """The model input that leads here fed with a batch axis, then all of them together, where something tells that
    this is what is missing."""
    if not _is_missed(place, fault):
        return
    found, every = place.model_input(), list(place.model_inputs())
    for fed in ([found] if found is not None else [], every):
        if 0 < len(fed) <= MOST_INPUTS and all(_has_room(place, one) for one in fed):
            yield _fed(fed, _samples(fault))
            if isinstance(fault, faults.SizeMismatch):
                yield from _fed_and_fitted(place, fault, fed)


def _is_missed(place: Place, fault: Fault) -> bool:
    match fault:
        case faults.WrongRank(ranks=ranks, tensor=tensor, channels=channels):
            rank = tensor.rank
            fits = rank + 1 in ranks if len(ranks) > 1 else rank < ranks[0]
            return fits and (rank + 2 not in ranks or channels is None or channels in tensor.shape[:1])
        case faults.SizeMismatch():
            return _stands_in_place_of_batch(place, fault)
        case faults.WrongElementCount():
            return True
        case faults.ShapesDisagree(shapes=shapes):
            return len({len(shape) for shape in shapes}) > 1
        case faults.DimOutOfRange(argument=argument, received=received, rank=rank):
            # That the default names an axis too many tells more of the tensor than of the layer.
            likely = rank == 1 or argument not in place.given
            return likely and isinstance(received, int) and received >= rank
        case faults.NoSuchRow():
            return False
        case faults.BadValue():
            return _asks_for_more(place, fault)
    return False


def _stands_in_place_of_batch(place: Place, fault: faults.SizeMismatch) -> bool:
    """Whether the first axis of a single sample is taken for the batch, or has come to where the features are."""
    if _is_single(place):
        return True
    trail = place.ground.trails.follow(place.wire, fault.axis)
    if trail.model_input is not None and trail.axis == 0:
        return any(step.given is not None and step.given.rank > step.tensor.rank for step in trail.passed)
    for reading in () if place.ground.types.isdisjoint(FLATTENING) else place.upstream(NEAR):
        given = reading.inputs[0] if reading.inputs else None
        if reading.node.layer.type in FLATTENING and isinstance(given, Tensor):
            return bool(given.elements == fault.expected)
    return False


def _is_single(place: Place) -> bool:
    """Whether what arrives was made of a single sample."""
    return place.ground.has_windows and is_single(place.upstream(NEAR))


def _fed_and_fitted(place: Place, fault: faults.SizeMismatch, fed: list[ModelInput]) -> Iterator[Proposal]:
    """The batch axis and the argument, where it is wrong as well: a layer before took its input for a single sample."""
    if fault.argument is None or fault.argument not in place.given or not _is_single(place):
        return
    arriving = place.ground.batched.readings[place.node].inputs[place.input]
    size = arriving.shape[fault.axis - fault.tensor.rank] if isinstance(arriving, Tensor) else UNKNOWN_SIZE
    value = size // fault.step
    if differ(size, fault.tensor.shape[fault.axis]) and differ(value, fault.expected):
        both = _fed(fed, 1)
        description = f"{both.description.removesuffix('.')}, and set {fault.argument} of {place.name} to {value}."
        change = setting(place.ground, place.pointer, fault.argument, value)
        yield both._replace(description=description, patch=(*both.patch, change))


def _asks_for_more(place: Place, fault: Fault) -> bool:
    """Whether the layer does not object any more to the same tensors with an axis in front, which are not too many."""
    inputs = [value.reshaped(1, *value.shape) for value in place.reading.inputs if isinstance(value, Tensor)]
    if not inputs or len(inputs) < len(place.reading.inputs) or place.reading.node.keywords:
        return False
    outcome = apply(place.reading.node.layer, tuple(inputs), {}, training=place.ground.training)
    return not any(same_kind(fault, other) or isinstance(other, faults.WrongRank) for other in outcome.faults)


def _has_room(place: Place, model_input: ModelInput) -> bool:
    """Whether there are layers for so many axes."""
    return model_input.tensor.rank <= (4 if place.ground.has_volumes else 3)


def _samples(fault: Fault) -> Size:
    """How many samples a view counts on; otherwise one."""
    if isinstance(fault, faults.WrongElementCount) and fault.shape and is_known(fault.tensor.elements):
        count = fault.shape[0]
        if count > 1 and product(fault.shape) == count * fault.tensor.elements:
            return count
    return 1


def _fed(inputs: list[ModelInput], samples: Size) -> Proposal:
    shapes = [[samples, *one.tensor.shape] for one in inputs]
    whose = ["the model" if one.name == "input" else one.name for one in inputs]
    missing = listed([one.described for one in inputs], "and")
    batch = "a single sample" if samples == 1 else f"a batch of {samples}"
    return Proposal(
        f"Feed {listed([f'{name} {shape}' for name, shape in zip(whose, shapes, strict=True)], 'and')}.",
        tuple(Operation("replace", one.pointer, shape) for one, shape in zip(inputs, shapes, strict=True)),
        cause=f"The batch axis is missing from {missing}; {batch} is fed as {listed(shapes, 'and')}.",
    )  # fmt: skip
