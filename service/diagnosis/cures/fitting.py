"""One tensor whose shape the others leave no choice: a mask, a state to start from."""

from collections.abc import Iterator

from service.core.faults import ShapesDisagree
from service.core.sizes import Shape, is_known
from service.core.tensors import Tensor, is_tuple
from service.diagnosis.cures import numbers
from service.diagnosis.cures.producers import feeding_shape, redeclared
from service.diagnosis.cures.ways import described
from service.diagnosis.edits import feeding, inserted, setting, with_inputs
from service.diagnosis.place import Place, Proposal


def propose(place: Place, fault: ShapesDisagree) -> Iterator[Proposal]:
    """The tensor passed as what it is, its axes moved, or the shape that is wanted where it comes from."""
    shape, wanted = fault.shapes[0], fault.wanted
    if fault.input is None or wanted is None or not all(map(is_known, (*shape, *wanted))):
        return
    yield from _as_another(place)
    yield from _other_part(place, wanted)
    if sorted(shape) == sorted(wanted):
        yield from _moved(place, shape, wanted)
    yield from _with_axes(place, shape, wanted)
    hidden = getattr(place.reading.node.layer, "hidden_size", None)
    if hidden is not None and shape and hidden == wanted[-1] != shape[-1] and shape[:-1] == wanted[:-1]:
        change = setting(place.ground, place.pointer, "hidden_size", shape[-1])
        yield Proposal(f"Set hidden_size of {place.name} to {shape[-1]}.", (change,))
    yield from redeclared(place, list(wanted))
    model_input = place.input_of(place.source) if place.source is not None else None
    if model_input is not None and model_input.tensor.shape == shape:
        yield feeding_shape(model_input, list(wanted))


def _other_part(place: Place, wanted: Shape) -> Iterator[Proposal]:
    """Another of the tensors that a layer returns, as the last state of a GRU for all of them."""
    found, source = place.reference(), place.source
    if found is None or source is None or source.node < 0 or len(source.path) != 1:
        return
    output, name = place.analysis.readings[source.node].outcome.output, found[1].rpartition("[")[0]
    for index, value in enumerate(output if is_tuple(output) else ()):
        if isinstance(value, Tensor) and value.shape == wanted:
            edit = feeding(place, f"{name}[{index}]")
            if edit is not None:
                yield Proposal(f"Take {name}[{index}] instead of {found[1]}.", *edit)


def _as_another(place: Place) -> Iterator[Proposal]:
    """A mask under the name of another mask."""
    references, keyword = place.references(), place.keyword
    if references is None or keyword is None:
        return
    taken = {reference.partition("=")[0] for reference in references if "=" in reference}
    for parameter in place.reading.node.layer.signature().parameters:
        name = parameter.name
        if "mask" in keyword and "mask" in name and name not in taken:
            renamed = [
                f"{name}={reference.partition('=')[2]}" if reference.startswith(f"{keyword}=") else reference
                for reference in references
            ]
            yield Proposal(f"Pass {described(place)} to {place.name} as {name}.", with_inputs(place, renamed))


def expanded(place: Place) -> Iterator[Proposal]:
    """A tensor given the axis that an expansion counts on, or only those of its axes expanded that are single."""
    arriving, sizes = place.arriving, place.given.get("size")
    if not isinstance(arriving, Tensor) or not numbers.are_numbers(sizes):
        return
    if len(sizes) == arriving.rank + 1:
        for dim in range(1, len(sizes)):
            description = f"Give {described(place)} an axis {dim}, of size 1, before {place.name}."
            yield from inserted(place, description, {"type": "unsqueeze", "dim": dim})
    elif len(sizes) == arriving.rank:
        kept = [wanted if size == 1 else -1 for size, wanted in zip(arriving.shape, sizes, strict=True)]
        yield Proposal(f"Set size of {place.name} to {kept}.", (setting(place.ground, place.pointer, "size", kept),))


def _with_axes(place: Place, shape: Shape, wanted: Shape) -> Iterator[Proposal]:
    """An axis of size 1 dropped, or one given."""
    for axis, size in enumerate(shape):
        if size == 1 and (*shape[:axis], *shape[axis + 1 :]) == wanted:
            layer = {"type": "squeeze", "dim": axis}
            yield from inserted(
                place, f"Drop axis {axis}, of size 1, of {described(place)} before {place.name}.", layer
            )
            return
    for axis, size in enumerate(wanted):
        if size == 1 and (*wanted[:axis], *wanted[axis + 1 :]) == shape:
            layer = {"type": "unsqueeze", "dim": axis}
            yield from inserted(
                place, f"Give {described(place)} an axis {axis}, of size 1, before {place.name}.", layer
            )
            return


def _moved(place: Place, shape: Shape, wanted: Shape) -> Iterator[Proposal]:
    left, order = list(range(len(shape))), []
    for size in wanted:
        order.append(next(axis for axis in left if shape[axis] == size))
        left.remove(order[-1])
    yield from inserted(
        place, f"Permute {described(place)} by {order} before {place.name}.", {"type": "permute", "dims": order}
    )
