"""Another size of the model's inputs: one by which a shape in numbers comes out even, or that another input has."""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import lcm
from typing import Any, Final

from service.core.faults import WrongElementCount, listed
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.cures.ways import Pair
from service.diagnosis.place import ModelInput, Place, Proposal

STRIDES: Final = 32
"""Networks that see an image in stages as a rule end with a position for so many rows: ResNet, Swin, ConvNeXt."""
_TEXT: Final = 2
"""Axes of a batch of texts."""


def come_out_even(place: Place, fault: WrongElementCount) -> Iterator[Proposal]:
    """The sizes of the input, rounded to what the shape divides, or such that it has as many elements."""
    model_input = place.model_input()
    if model_input is None or not all(map(is_known, (*model_input.tensor.shape, *fault.tensor.shape))):
        return
    for axes in _extents(model_input):
        given = model_input.tensor.shape
        sizes = [given[axis] for axis in axes]
        counts = _rounded(place, fault, sizes) if _is_unflattening(place) else _scaled(fault, given[0], sizes)
        for candidate in dict.fromkeys(map(tuple, counts)):
            if min(candidate) > 0 and list(candidate) != sizes:
                changed = dict(zip(axes, candidate, strict=True))
                yield feeding_shape(model_input, [changed.get(axis, size) for axis, size in enumerate(given)])


def as_the_other(pair: Pair) -> Iterator[Proposal]:
    """Where the two ways begin at two inputs, the first one's sizes are those of the second, channels left out."""
    one, other = pair.first.model_input(), pair.second.model_input()
    if one is None or other is None or one == other or one.tensor.rank != other.tensor.rank:
        return
    shape = list(other.tensor.shape)
    if len(shape) > _TEXT:
        shape[1] = one.tensor.shape[1]
    if shape != list(one.tensor.shape):
        yield feeding_shape(one, shape)


def in_one_batch(place: Place) -> Iterator[Proposal]:
    """Where several inputs of the model arrive in batches of two sizes, those of either size are fed in the other,
    the fewer ones first."""
    axis = 1 if getattr(place.reading.node.layer, "batch_first", True) is False else 0
    found: dict[str, ModelInput] = {}
    for position, value in enumerate(place.reading.inputs):
        way = place._replace(input=position)
        trail = place.ground.trails.follow(way.wire, axis)
        model_input = None if trail.model_input is None else place.input_of(trail.model_input)
        if isinstance(value, Tensor) and value.rank > axis == trail.axis and model_input is not None:
            found[model_input.pointer] = model_input
    sizes = dict.fromkeys(one.tensor.shape[axis] for one in found.values() if one.tensor.rank > axis)
    if len(sizes) != 2:
        return
    changed = [[(one, wanted) for one in found.values() if one.tensor.shape[axis] != wanted] for wanted in sizes]
    for changes in sorted(changed, key=len):
        shapes = [
            feeding_shape(one, [*one.tensor.shape[:axis], wanted, *one.tensor.shape[axis + 1 :]])
            for one, wanted in changes
        ]
        told = listed([shape.description.removeprefix("Feed ").removesuffix(".") for shape in shapes], "and")
        yield Proposal(f"Feed {told}.", tuple(chain.from_iterable(shape.patch for shape in shapes)))


def is_agreed(place: Place, fault: WrongElementCount) -> bool:
    """Whether several layers take an axis into the same parts, so that these are hardly a mistake."""
    return -1 in fault.shape and len(list(_taken_apart(place))) > 1


def _extents(model_input: ModelInput) -> Iterator[Sequence[int]]:
    """Axes of height and width, or of the length of a sequence."""
    rank = model_input.tensor.rank
    if rank > 3:
        yield range(2, rank)
    elif rank == 3:
        yield from ((2,), (1,))
    elif rank == _TEXT and model_input.tensor.dtype == "int64":
        yield (1,)


def _rounded(place: Place, fault: WrongElementCount, sizes: list[int]) -> Iterator[list[int]]:
    """One axis is taken apart: so often as it goes into the input's, the input's has to be divisible."""
    parts = product(size for size in fault.shape if size != -1)
    apart = [_times(size, sizes) for size in _taken_apart(place)]
    if not parts or not apart:
        return
    fine, coarse = parts * lcm(*apart), parts * lcm(STRIDES, *apart)
    # What comes behind a stage that is refused is unknown, so that more may be needed than shows.
    for step in (coarse, fine) if len(sizes) > 1 and coarse <= min(sizes) else (fine, coarse):
        yield [max(size // step, 1) * step for size in sizes]
        yield [-(-size // step) * step for size in sizes]


def _times(size: int, sizes: list[int]) -> int:
    """How often an axis goes into that of the input which it comes from, likely the one that it all but divides."""
    times = [(max(round(each / size), 1), each / size) for each in sizes]
    return min(times, key=lambda pair: abs(pair[1] - pair[0]) / pair[0])[0]


def _is_unflattening(place: Place) -> bool:
    return place.reading.node.layer.type.lower() == "unflatten"


def _taken_apart(place: Place) -> Iterator[int]:
    """The axes that layers like this one take into the same parts."""
    layer: Any = place.reading.node.layer
    argument = "sizes" if hasattr(layer, "sizes") else "unflattened_size"
    for reading in place.analysis.readings if _is_unflattening(place) else ():
        like: Any = reading.node.layer
        given = reading.inputs[0] if type(like) is type(layer) and reading.inputs else None
        if not isinstance(given, Tensor) or getattr(like, argument) != getattr(layer, argument):
            continue
        size = given.shape[like.dim] if -given.rank <= like.dim < given.rank else 0
        if is_known(size) and size > 0:
            yield size


def _scaled(fault: WrongElementCount, batch: int, sizes: list[int]) -> Iterator[list[int]]:
    """The whole is: the input has so many elements more as the shape counts on."""
    wanted = product(size for size in fault.shape if size != -1) * (batch if -1 in fault.shape else 1)
    if fault.tensor.elements:
        factor = (wanted / fault.tensor.elements) ** (1 / len(sizes))
        yield [round(size * factor) for size in sizes]
