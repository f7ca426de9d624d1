"""Where a size comes from: the layer upstream that set it last, in a sentence."""

from collections import Counter
from typing import Final

from service.core.sizes import Size, is_known, multiplied_out, product, written
from service.core.tensors import Tensor, is_tuple
from service.diagnosis.place import Place, called, called_short
from service.diagnosis.trails import Step, produced_by

SHOWN_STEPS: Final = 6
MOST_PIECES: Final = 6
"""Sizes of pieces that are written out."""
MOST_PARTS: Final = 64
"""Pieces that are looked at."""


def provenance(place: Place, axis: int, wanted: object = None) -> str:
    """Why axis ``axis`` of the arriving tensor has its size, rather than ``wanted``; empty where there is nothing to
    add."""
    trail = place.ground.trails.follow(place.wire, axis)
    for step in trail.passed:
        given = step.given
        if given is not None and _reduced(step, given) and (step.size != given.shape[-1] or wanted in given.shape):
            # Another axis than the user thinks of has taken the place.
            return f"{called(step.reading)} turns {given} into {step.tensor}"
    if trail.maker is not None:
        return _made(trail.maker)
    model_input = None if trail.model_input is None else place.input_of(trail.model_input)
    return "" if model_input is None else model_input.stated


def _reduced(step: Step, given: Tensor) -> bool:
    """Whether the layer left the axis as the last one of fewer, and not all that was in the others."""
    fewer = given.rank > step.tensor.rank and given.elements != step.tensor.elements
    return fewer and step.axis == step.tensor.rank - 1


def shrinking(place: Place, axis_from_end: int) -> str:
    """Which layers made an axis so small: ``pool1 leaves 16, pool2 leaves 8``."""
    told: list[str] = []
    start: Size = 0
    for reading in place.upstream():
        output, given = reading.outcome.output, reading.inputs[0] if reading.inputs else None
        if not isinstance(output, Tensor) or not isinstance(given, Tensor):
            break
        if min(output.rank, given.rank) < -axis_from_end or output.rank != given.rank:
            break
        size, taken = output.shape[axis_from_end], given.shape[axis_from_end]
        if not is_known(size) or not is_known(taken):
            break
        start = taken
        if size != start:
            told.append(f"{called(reading)} leaves {size}")
        if len(told) == SHOWN_STEPS:
            break
    return f"of {start}, {', '.join(reversed(told))}" if told else ""


def _made(step: Step) -> str:
    """How a layer comes to make an axis so large."""
    reading, tensor = step.reading, step.tensor
    name = called(reading)
    argument = produced_by(step)
    if step.weight is not None:
        return f"{name}.{step.weight} is {tensor}"
    if argument is not None:
        return _declared(name, step, argument)
    given = step.given
    if given is None:
        return f"{name} {'returns' if reading.node.wires else 'is'} {tensor}"
    pieces = _pieces(step, given)
    if pieces:
        return f"{name} splits axis {step.axis} of {given} into {pieces}"
    if tensor.rank < given.rank and tensor.elements == given.elements:
        return _flattened(called_short(reading), given, tensor, step.axis)
    for size in reading.outcome.sizes:
        if size.axis == step.axis and size.result == step.size:
            single = len(reading.outcome.field or ()) == given.rank - 1
            taken = f"takes {given} for a single sample and " if single else ""
            return f"{name} {taken}makes it {size.worked}"
    given_values = step.layer.given().items()
    chosen = [argument for argument, value in given_values if value == step.size and value is not True]
    by = f" with {chosen[0]} = {step.size}" if len(chosen) == 1 else ""
    return f"{name}{by} turns {given} into {tensor}"


def _declared(name: str, step: Step, argument: str) -> str:
    """``lstm is bidirectional and returns 2 directions × hidden_size = 2 × 25 = 50``"""
    value = getattr(step.layer, argument)
    if not getattr(step.layer, "bidirectional", False):
        return f"{name} has {argument} = {value}"
    if value == step.size:
        return f"{name} has {argument} = {value}, and its states keep the two directions apart"
    return f"{name} is bidirectional and returns 2 directions × {argument} = 2 × {value} = {step.size}"


def _pieces(step: Step, given: Tensor) -> str:
    """``2 × 32`` or ``3 × 20 + 4``, if the layer returns the given tensor in pieces along the axis."""
    output, axis = step.reading.outcome.output, step.axis
    if not is_tuple(output) or len(output) > MOST_PARTS:
        return ""
    parts = [part.shape for part in output if isinstance(part, Tensor)]
    if len(parts) < 2 or any(len(shape) != given.rank for shape in parts):
        return ""
    sizes = [shape[axis] for shape in parts]
    if not all(map(is_known, sizes)) or sum(sizes) != given.shape[axis] or given.shape == step.tensor.shape:
        return ""
    runs = [f"{count} × {size}" if count > 1 else str(size) for size, count in Counter(sizes).items()]
    return " + ".join(runs) if len(runs) <= MOST_PIECES else written(sizes)


def _flattened(name: str, given: Tensor, output: Tensor, axis: int) -> str:
    """``Flatten turns [1, 32, 7, 7] into 32 × 7 × 7 = 1568``, if those are the axes that ``axis`` is made of."""
    for end in range(given.rank, axis + 1, -1):
        merged = given.shape[axis:end]
        if (*given.shape[:axis], product(merged), *given.shape[end:]) == output.shape and all(map(is_known, merged)):
            return f"{name} turns {given} into {multiplied_out(merged)} = {product(merged)}"
    return f"{name} turns {given} into {output}"
