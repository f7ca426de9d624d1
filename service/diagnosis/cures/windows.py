"""A kernel, a padding or a pool reaches beyond what arrives: the layers before have made it too small."""

import re
from collections.abc import Iterator
from operator import ge
from typing import Any, Final

from service.core.faults import WindowTooLarge
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures.geometry import leading_to, spatial_axes
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.edits import remade, removing, setting
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.provenance import shrinking
from service.layers.arguments import spread

_POOL: Final = re.compile(r"^(Avg|Max)Pool[123]d$")
FLATTENING: Final = frozenset({"flatten", "view", "reshape", "squeeze"})
ENLARGEMENTS: Final = (2, 4, 8)
"""How many times as large an image may well have been meant to be."""


def explain(place: Place, fault: WindowTooLarge) -> str:
    """Which layers ate the axis."""
    return shrinking(place, fault.axis - fault.tensor.rank)


def propose(place: Place, fault: WindowTooLarge) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    size, smallest = fault.tensor.shape[fault.axis], fault.smallest
    if not is_known(size) or not is_known(smallest):
        return
    missing = _most_missing(place, smallest - size)
    axis = fault.axis - fault.tensor.rank
    # A border taken from inside the axis has to shrink; one of zeros has to grow.
    padding = -missing if fault.arguments == ("padding",) else -(-missing // 2)
    for argument in fault.arguments:
        yield from _changed(place, argument, axis, missing, padding)
        if argument == "kernel_size":
            yield from _adaptive(place)
    yield from _gentler_before(place)
    yield from _larger_input(place, fault, axis)


def _most_missing(place: Place, missing: Size) -> Size:
    """Along that axis, or any other where a single number for all axes is refused, too."""
    others = (
        other.smallest - other.tensor.shape[other.axis]
        for other in place.reading.outcome.faults
        if isinstance(other, WindowTooLarge) and is_known(other.smallest) and is_known(other.tensor.shape[other.axis])
    )
    return max(missing, *others)


def _changed(place: Place, argument: str, axis: int, missing: Size, padding: Size) -> Iterator[Proposal]:
    """The argument changed by as much as is missing along the axis."""
    layer: Any = place.reading.node.layer
    value, dilation = getattr(layer, argument, None), getattr(layer, "dilation", 1)
    axes = len(place.reading.outcome.field or ()) or spatial_axes(layer) or max(-axis, 1)
    if isinstance(value, str) or value is None:
        return
    step = spread(dilation, axes)[axis] if -axis <= axes else 1
    change = {"padding": padding, "kernel_size": -missing // max(step, 1)}.get(argument, -missing)
    if type(value) is not int and not isinstance(value, tuple):
        return
    per_axis = list(spread(value, axes))
    if len(per_axis) < -axis:
        return
    # One number stands for every axis; it stays one.
    wanted = [entry + change for entry in per_axis] if not isinstance(value, tuple) else per_axis
    if isinstance(value, tuple):
        wanted[axis] = per_axis[axis] + change
    if min(wanted) >= (1 if argument != "padding" else 0):
        new = wanted if isinstance(value, tuple) else wanted[0]
        yield Proposal(
            f"Set {argument} of {place.name} to {new}.", (setting(place.ground, place.pointer, argument, new),)
        )


def _adaptive(place: Place) -> Iterator[Proposal]:
    """The pool that takes images of any size, in the place of one that was to leave a single value of each channel."""
    match, following = _POOL.match(place.reading.node.layer.type), place.following()
    if match is not None and following is not None and following.node.layer.type.lower() in FLATTENING:
        yield remade(place, f"Adaptive{match[0]}", output_size=1)


def _gentler_before(place: Place) -> Iterator[Proposal]:
    """The nearest layer before that shrinks the axis by a factor taken away, or its stride."""
    for reading in place.upstream():
        given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
        if not isinstance(given, Tensor) or not isinstance(output, Tensor) or given.rank != output.rank:
            return
        layer: Any = reading.node.layer
        if not reading.outcome.field or getattr(layer, "stride", 1) in (1, (1,) * len(reading.outcome.field)):
            continue
        if "Pool" in layer.type:
            patch = removing(place.ground, reading.node.pointer)
            if patch:
                yield Proposal(f"Take {called(reading)} away.", patch)
        yield Proposal(
            f"Set stride of {called(reading)} to 1.", (setting(place.ground, reading.node.pointer, "stride", 1),)
        )
        return


def _larger_input(place: Place, fault: WindowTooLarge, axis: int) -> Iterator[Proposal]:
    """The smallest input that is no smaller along any axis than the one there is, and large enough; then the one
    there is a few times as large, by which what comes behind may count."""
    model_input = place.model_input()
    if model_input is None or model_input.tensor.rank != fault.tensor.rank:
        return
    spatial = spatial_axes(place.reading.node.layer) or fault.tensor.rank - 2
    if spatial < 1 or -axis > spatial or not all(map(is_known, fault.tensor.shape)):
        return
    wanted = list(fault.tensor.shape[-spatial:])
    wanted[axis] = fault.smallest
    current = model_input.tensor.shape[-spatial:]
    sizes = leading_to(wanted, list(place.upstream()), current)
    if sizes is None:
        return
    sizes = list(map(max, sizes, current))
    if len(set(current)) == 1:
        sizes = [max(sizes)] * spatial
    enlarged = ([factor * size for size in current] for factor in ENLARGEMENTS)
    for candidate in (sizes, *(larger for larger in enlarged if all(map(ge, larger, sizes)))):
        yield feeding_shape(model_input, [*model_input.tensor.shape[:-spatial], *candidate])
