"""A view or reshape that does not come out even, or that the memory is not laid out for."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from service.core.faults import NotViewable, WrongElementCount
from service.core.issues import Operation
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.divisors import nearest_divisors
from service.diagnosis.cures.geometry import Flattening, input_sizes
from service.diagnosis.edits import inserted, retyping, setting
from service.diagnosis.place import Place, Proposal, called


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
        return ""
    return model_input.stated


def propose_count(place: Place, fault: WrongElementCount) -> Iterator[Proposal]:
    """One size at a time that makes the product right: those behind the batch axis first, from the last."""
    elements = fault.tensor.elements
    if fault.argument is None or not is_known(elements):
        return
    shape, arriving = list(fault.shape), fault.tensor.shape
    candidates = []
    for axis in [*range(len(shape) - 1, 0, -1), 0]:
        others = product(size for at, size in enumerate(shape) if at != axis and size != -1)
        if -1 in shape and shape[axis] != -1:
            sizes = _dividing(elements, others, arriving)
        else:
            sizes = [elements // others] if others and elements % others == 0 else []
        candidates += [[*shape[:axis], size, *shape[axis + 1 :]] for size in sizes]
    if len(arriving) > 1 and arriving[0]:
        candidates.append([arriving[0], -1])
    if place.reading.node.layer.type == "Unflatten" and len(shape) == 2:
        candidates += [[divisor, elements // divisor] for divisor in nearest_divisors(elements, shape[0])]
    for candidate in candidates:
        change = setting(place.ground, place.pointer, fault.argument, candidate)
        yield Proposal(f"Set {fault.argument} of {place.name} to {candidate}.", (change,))
        yield from _with_next(place, candidate, fault, change)
    if len(shape) == 2 and len(arriving) > 2:
        before = list(place.upstream())
        yield from input_sizes(Flattening(place, fault.tensor, before), shape[1])


def _with_next(place: Place, shape: list[int], fault: WrongElementCount, change: Operation) -> Iterator[Proposal]:
    """The view together with the Linear right behind it, which counts on the features it was to make."""
    following = place.following()
    layer: Any = following.node.layer if following is not None else None
    counted_on = layer is not None and layer.type == "Linear" and fault.shape[-1:] == (layer.in_features,)
    if following is None or not counted_on or len(shape) != 2 or 0 in shape:
        return
    features = shape[1] if shape[1] != -1 else fault.tensor.elements // shape[0]
    operation = setting(place.ground, following.node.pointer, "in_features", features)
    yield Proposal(
        f"Set {fault.argument} of {place.name} to {shape}, and in_features of {called(following)} to {features}.",
        (change, operation),
    )


def _dividing(elements: int, others: int, arriving: tuple[int, ...]) -> list[int]:
    """The first of the sizes that arrive which leaves a whole number for the -1."""
    sizes = (size for size in (product(arriving[1:]), *arriving) if size and others)
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
