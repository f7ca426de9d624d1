"""The layer upstream that makes a size makes another one instead."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.architecture.graph import Source
from service.core.issues import Operation
from service.core.sizes import Shape, Size, above, is_known
from service.core.tensors import Tensor, is_tuple
from service.diagnosis.edits import feeding, setting
from service.diagnosis.patching import value_at
from service.diagnosis.place import ModelInput, Place, Proposal, called, owner_of
from service.diagnosis.trails import PRODUCERS, Step, among, merged, produced_by
from service.layers.doubts import IN_AND_OUT

MOST_PIECES: Final = 64
"""Pieces of a tensor among which one of another size is looked for."""
MOST_PARTS: Final = 4
"""Tensors that are joined, each of which may be of a wrong size."""
MOST_FACTORS: Final = 4
"""Layers that cut or merge axes, through which a size is followed."""


def producing(place: Place, wanted: Size, axis: int, *, joined: bool = False) -> Iterator[Proposal]:
    """The layer that made axis ``axis`` of what arrives so large makes ``wanted`` of it.

    What stands between and declares the size is changed with it. ``joined`` says that what arrives is one of several
    tensors that are joined, behind which no others are looked for.
    """
    wire = place.wire
    between: list[Operation] = []
    for _ in range(MOST_FACTORS):
        trail = place.ground.trails.follow(wire, axis)
        maker = trail.maker
        if maker is None or not is_known(wanted) or not is_known(maker.size):
            return
        between += _along(place, trail.passed, wanted)
        if produced_by(maker) is not None:
            yield from _declaring(place, maker, wanted, between)
            return
        yield from _other_piece(place, maker, wanted)
        yield from _given_by(place, maker, wanted, between)
        if not joined:
            yield from _parts(place, maker, wanted, between)
        before = _factor(maker, wanted)
        if before is None:
            return
        axis, wanted = before
        wire = maker.reading.node.wires[0]


def _parts(place: Place, maker: Step, wanted: Size, between: list[Operation]) -> Iterator[Proposal]:
    """One of the tensors that are joined larger or smaller by what is too little or too much."""
    inputs, axis = maker.reading.inputs, maker.axis
    sizes = [value.shape[axis] for value in inputs if isinstance(value, Tensor) and value.rank == maker.tensor.rank]
    if not 1 < len(sizes) == len(inputs) <= MOST_PARTS or not all(map(is_known, sizes)) or sum(sizes) != maker.size:
        return
    for position, size in enumerate(sizes):
        own = size + wanted - maker.size
        if own > 0:
            for proposal in producing(place.at(maker.node, position), own, axis, joined=True):
                yield proposal._replace(patch=(*proposal.patch, *between))


def _along(place: Place, passed: tuple[Step, ...], wanted: Size) -> list[Operation]:
    """The arguments of the layers between that declare the size."""
    owners = [(owner_of(place.analysis, step.reading).node.pointer, step.size) for step in passed]
    return [
        setting(place.ground, pointer, name, wanted)
        for pointer, received in dict.fromkeys(owners)
        for name in IN_AND_OUT
        if value_at(place.raw, pointer).get(name) == received
    ]


def _declaring(place: Place, maker: Step, wanted: Size, between: list[Operation]) -> Iterator[Proposal]:
    """Other arguments of a layer that says itself how many channels or features it returns."""
    owner = owner_of(place.analysis, maker.reading)
    argument = produced_by(maker) or ""
    declared, both = getattr(owner.node.layer, argument), getattr(owner.node.layer, "bidirectional", None)
    arguments: dict[str, Any] = {}
    if declared == maker.size:
        arguments = {argument: wanted}
    elif wanted % 2 == 0:
        arguments = {argument: wanted // 2}
    if both is not None and wanted == (declared if both else 2 * declared) and not maker.part[1:]:
        # One of two directions too many or missing is the smaller change.
        yield _setting(place, owner, "bidirectional", not both, between)
    for name, value in arguments.items():
        yield _setting(place, owner, name, value, between)


def _setting(place: Place, owner: LayerReading, argument: str, value: Any, between: list[Operation]) -> Proposal:
    shown = str(value).lower() if isinstance(value, bool) else value
    along = ", with what it passes through" if between else ""
    change = setting(place.ground, owner.node.pointer, argument, value)
    return Proposal(f"Set {argument} of {called(owner)} to {shown}{along}.", (change, *between))


def _other_piece(place: Place, maker: Step, wanted: Size) -> Iterator[Proposal]:
    """Another of the tensors that a layer returns, which is as large as the one wanted."""
    found, output = place.reference(), maker.reading.outcome.output
    if found is None or place.source != Source(maker.node, maker.part) or len(maker.part) != 1 or not is_tuple(output):
        return
    name = found[1].rpartition("[")[0]
    for index, value in enumerate(output[:MOST_PIECES]):
        if isinstance(value, Tensor) and value.rank == maker.tensor.rank and value.shape[maker.axis] == wanted:
            edit = feeding(place, f"{name}[{index}]")
            if edit is not None:
                yield Proposal(f"Take {name}[{index}] as the input of {place.name}.", *edit)
            return


def _given_by(place: Place, maker: Step, wanted: Size, between: list[Operation]) -> Iterator[Proposal]:
    """The one argument of a layer that is the size itself: ``k`` of ``topk``, ``split_size`` of ``split``."""
    if maker.reading.outcome.field:
        # The argument of a window that happens to be as large.
        return
    owner = owner_of(place.analysis, maker.reading)
    given = owner.node.layer.given().items()
    arguments = [name for name, value in given if value == maker.size and value is not True]
    if len(arguments) == 1 and type(getattr(owner.node.layer, arguments[0])) is int:
        yield _setting(place, owner, arguments[0], wanted, between)


def _factor(maker: Step, wanted: Size) -> tuple[int, Size] | None:
    """The axis that a layer cuts in pieces or merges with others, and how large it would have to be."""
    given, axis = maker.given, maker.axis
    first = merged(maker)
    if first is not None and given is not None and is_known(maker.size) and above(given.shape[first], 0):
        others = maker.size // given.shape[first]
        return (first, wanted // others) if others and wanted % others == 0 else None
    output = maker.reading.outcome.output
    if given is not None and is_tuple(output) and given.rank == maker.tensor.rank:
        return (axis, wanted * len(output)) if given.shape[axis] == maker.size * len(output) else None
    return None


def fed(place: Place, tensor: Tensor) -> ModelInput | None:
    """The model input that arrives as ``tensor``, where no layer on the way makes channels or features of its own."""
    model_input = place.model_input()
    if model_input is None or model_input.tensor.shape != tensor.shape:
        return None
    made = any(among(type(reading.node.layer), PRODUCERS) for reading in place.upstream())
    return None if made else model_input


def feeding_size(place: Place, axis: int, wanted: Size) -> Iterator[Proposal]:
    """A model input that arrives as it is has another size along an axis of channels or features."""
    arriving = place.arriving
    model_input = fed(place, arriving) if isinstance(arriving, Tensor) else None
    if model_input is None or any(reading.node.layer.type.lower() == "flatten" for reading in place.upstream()):
        return
    shape = list(model_input.tensor.shape)
    if shape[axis : axis + 2] != [shape[axis]] * 2:
        # Of two axes alike, height and width, none is the channels.
        shape[axis] = wanted
        yield feeding_shape(model_input, shape)


def feeding_shape(model_input: ModelInput, shape: list[Size], cause: str = "") -> Proposal:
    """A model input of another shape."""
    whose = "the model" if model_input.name == "input" else model_input.name
    patch = (Operation("replace", model_input.pointer, shape),)
    return Proposal(f"Feed {whose} {shape}.", patch, cause=cause.format(input=model_input.described))


def fed_as(place: Place, tensor: Tensor, shape: list[int], cause: str = "") -> Iterator[Proposal]:
    """The model input itself in another shape, where it arrives as it was fed; ``{input}`` in the cause is that."""
    model_input = fed(place, tensor)
    if model_input is not None:
        yield feeding_shape(model_input, shape, cause)


def keeps_square(before: Shape, after: Sequence[Size]) -> bool:
    """Whether an image as high as wide is still so: other images are not what somebody has who has square ones."""
    return len(set(before)) > 1 or len(set(after)) == 1


def redeclared(place: Place, shape: list[Size]) -> Iterator[Proposal]:
    """A tensor of the model's own, such as a learned one or one of zeros, in another shape."""
    source = place.source
    if source is None or source.node < 0 or source.path:
        return
    owner = place.at(source.node)
    argument = next((name for name in ("shape", "size") if name in owner.given), None)
    if argument is not None and not owner.reading.node.wires:
        yield Proposal(
            f"Set {argument} of {owner.name} to {shape}.", (setting(place.ground, owner.pointer, argument, shape),)
        )
