"""An axis followed upstream, from the layer that takes a tensor to the one that made the axis so large.

Most layers hand on the axes they do not work on. Whether an axis is one of those, also behind a ``permute`` or a
``mean``, is asked of the layer itself: of an input with one entry more it returns one entry more.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, Wire
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor, Value, is_tuple
from service.layers.applying import apply
from service.layers.base import Layer
from service.layers.doubts import IN_AND_OUT
from service.layers.recurrent import Recurrent

PRODUCERS: Final = ("out_channels", "out_features", "embedding_dim", "proj_size", "hidden_size")
"""The arguments that say how many channels or features a layer makes."""

MOVING: Final = frozenset(
    {"permute", "transpose", "movedim", "moveaxis", "swapaxes", "swapdims", "t", "view", "reshape"}
)
"""Layers behind which an axis may be another one, though it is as large."""

FARTHEST: Final = 256
"""Layers walked upstream from a fault, so that the work on a fault does not grow with the document."""
MOST_ASKED: Final = 16
"""Layers on one trail that are asked which axis is which."""
MOST_INPUTS: Final = 4
"""Inputs of a layer that is asked."""
MOST_PARTS: Final = 64
"""Tensors that a layer returns which is asked."""


class Step(NamedTuple):
    """A layer on the way, and the axis as it returns it."""

    node: int
    reading: LayerReading
    part: tuple[int | str, ...]
    """Indices of the tensor concerned, where the layer returns several or one of its weights is taken."""
    tensor: Tensor
    axis: int

    @property
    def size(self) -> Size:
        """The size of the axis."""
        return self.tensor.shape[self.axis]

    @property
    def given(self) -> Tensor | None:
        """What arrives at the layer first, if that is a tensor."""
        given = self.reading.inputs[0] if self.reading.inputs else None
        return given if isinstance(given, Tensor) else None

    @property
    def is_rearranged(self) -> bool:
        """Whether the layer has to be asked which axis is which."""
        given, moves = self.given, self.layer.type in MOVING or any(self.part)
        return given is None or given.rank != self.tensor.rank or moves

    @property
    def weight(self) -> str | None:
        """The name of the weight that the tensor is, if it is one."""
        return next((index for index in self.part if isinstance(index, str)), None)

    @property
    def layer(self) -> Layer:
        """The layer itself."""
        return self.reading.node.layer


class Trail(NamedTuple):
    """The layers that hand on an axis, nearest first, and where it comes from."""

    passed: tuple[Step, ...]
    maker: Step | None
    """The layer that made the axis as large as it is."""
    model_input: Source | None
    """The model input that has it."""
    axis: int
    """The axis there."""


class Trails:
    """The trails of one analysis, each followed once."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self._followed: dict[tuple[Wire | None, int], Trail] = {}

    def follow(self, wire: Wire | None, axis: int) -> Trail:
        """The trail of axis ``axis`` of what a wire carries."""
        known = self._followed.get((wire, axis))
        if known is None:
            known = self._followed[wire, axis] = _follow(self.analysis, wire, axis)
        return known


def _follow(analysis: Analysis, wire: Wire | None, axis: int) -> Trail:
    passed: list[Step] = []
    asked = 0
    for _ in range(FARTHEST):
        if not isinstance(wire, Source):
            break
        if wire.node < 0:
            return Trail(tuple(passed), None, wire, axis + len(wire.path))
        step = _step(analysis, wire, axis)
        if step is None:
            break
        asked += step.is_rearranged
        origin = None if step.weight is not None or asked > MOST_ASKED else handed_on(step)
        if origin is None:
            return Trail(tuple(passed), step, None, step.axis)
        passed.append(step)
        position, axis = origin
        wire = step.reading.node.wires[position]
    return Trail(tuple(passed), None, None, axis)


def _step(analysis: Analysis, source: Source, axis: int) -> Step | None:
    """The layer a source is of, with what it returns itself; each index into a tensor takes away an axis in front."""
    reading = analysis.readings[source.node]
    value: Value = reading.outcome.output
    for depth, index in enumerate(source.path):
        if isinstance(index, str):
            shape = next((weight.shape for weight in reading.outcome.weights if weight.name == index), None)
            if shape is None:
                return None
            value = Tensor(shape)
        elif is_tuple(value):
            if not -len(value) <= index < len(value):
                return None
            value = value[index]
        else:
            return _found(source, reading, source.path[:depth], value, axis + len(source.path) - depth)
    part = source.path
    while is_tuple(value) and value:
        # Of a tuple, as of a state with its cell, the first tensor stands for all.
        value, part = value[0], (*part, 0)
    return _found(source, reading, part, value, axis)


def _found(source: Source, reading: LayerReading, part: tuple[int | str, ...], value: Value, axis: int) -> Step | None:
    known = isinstance(value, Tensor) and -value.rank <= axis < value.rank
    return Step(source.node, reading, part, value, axis % value.rank) if known and isinstance(value, Tensor) else None


def handed_on(step: Step) -> tuple[int, int] | None:
    """The input, and the axis of it, that a layer returns as it came; none if the layer makes the axis anew."""
    reading, axis, size = step.reading, step.axis, step.size
    if not is_known(size) or produced_by(step) is not None or reading.node.keywords:
        return None
    inputs = [
        (position, given)
        for position, given in enumerate(reading.inputs[: len(reading.node.wires)])
        if isinstance(given, Tensor)
    ]
    if step.layer.type not in MOVING and not any(step.part):
        for position, given in inputs:
            if given.rank == step.tensor.rank and given.shape[axis] == size:
                return position, axis
    output = reading.outcome.output
    many = len(inputs) > MOST_INPUTS or (is_tuple(output) and len(output) > MOST_PARTS)
    if reading.outcome.faults or many or not step.is_rearranged:
        return None
    found = [
        (position, candidate)
        for position, given in inputs
        for candidate, other in enumerate(given.shape)
        if other == size and _grows_with(step, position, given, candidate)
    ]
    # That it grows with several is a product of them.
    return found[0] if len(found) == 1 else None


def merged(step: Step) -> int | None:
    """The first of the axes that a layer merges into one, if that is how it makes the axis."""
    given, tensor, axis = step.given, step.tensor, step.axis
    if given is None or tensor.rank >= given.rank or tensor.elements != given.elements:
        return None
    return axis if tensor.shape[:axis] == given.shape[:axis] and tensor.shape[axis] != given.shape[axis] else None


def produced_by(step: Step) -> str | None:
    """The argument by which the layer says how many channels or features it returns along the axis, if it does."""
    layer, windows, rank = step.layer, step.reading.outcome.field, step.tensor.rank
    directions = layer.directions if isinstance(layer, Recurrent) else 1
    for argument in among(type(layer), PRODUCERS):
        value = getattr(layer, argument)
        if is_known(step.size) and step.size in (value, directions * value):
            # Channels stand before the spatial axes, features in the last one.
            channels = rank - len(windows) - 1 if windows else 1
            return argument if step.axis == (channels if argument == "out_channels" else rank - 1) else None
    return _changed_in_passing(step)


@cache
def among(layer: type[Layer], arguments: Iterable[str]) -> tuple[str, ...]:
    """Those of the arguments that a layer has."""
    return tuple(argument for argument in arguments if argument in layer.model_fields)


def _changed_in_passing(step: Step) -> str | None:
    """The argument that declares what arrives and what is returned alike, where something else arrives."""
    given = step.given
    if given is not None and given.rank == step.tensor.rank and given.shape[step.axis] == step.size:
        return None
    declaring = among(type(step.layer), IN_AND_OUT)
    return next((argument for argument in declaring if getattr(step.layer, argument) == step.size), None)


def _grows_with(step: Step, position: int, given: Tensor, axis: int) -> bool:
    """Whether the returned axis grows as the given one does."""
    longer = given.reshaped(*given.shape[:axis], given.shape[axis] + 1, *given.shape[axis + 1 :])
    inputs = (*step.reading.inputs[:position], longer, *step.reading.inputs[position + 1 :])
    outcome = apply(step.layer, inputs, {}, training=False)
    value: Value = outcome.output
    for index in step.part:
        if not is_tuple(value) or isinstance(index, str) or not -len(value) <= index < len(value):
            return False
        value = value[index]
    if outcome.faults or not isinstance(value, Tensor):
        return False
    shape = step.tensor.shape
    return value.shape == (*shape[: step.axis], step.size + 1, *shape[step.axis + 1 :])
