"""The layer upstream that makes a size makes another one instead."""

from collections.abc import Iterator
from typing import Any, Final

from service.core.issues import Operation
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.edits import setting
from service.diagnosis.patching import value_at
from service.diagnosis.place import ModelInput, Place, Proposal, called, owner_of
from service.diagnosis.provenance import PRODUCERS

_PASSING: Final = ("num_features", "num_channels", "normalized_shape", "num_parameters")
"""The arguments that declare a size which the layer hands on as it is."""


def producing(place: Place, wanted: Size, received: Size) -> Iterator[Proposal]:
    """The nearest layer that returns ``received`` because one argument says so returns ``wanted``.

    What stands between and declares the size is changed with it.
    """
    between: list[Operation] = []
    if not is_known(wanted) or not is_known(received):
        return
    for reading in place.upstream():
        owner = owner_of(place.analysis, reading)
        pointer, layer = owner.node.pointer, owner.node.layer
        argument = next((name for name in PRODUCERS if hasattr(layer, name)), None)
        if argument is not None:
            made = _argument_for(layer, argument, wanted, received)
            if made is not None:
                patch = (setting(place.ground, pointer, argument, made), *between)
                along = ", with what it passes through" if between else ""
                yield Proposal(f"Set {argument} of {called(owner)} to {made}{along}.", patch)
            return
        given = value_at(place.raw, pointer)
        between += [
            setting(place.ground, pointer, name, wanted)
            for name in _PASSING
            if name in given and given[name] == received
        ]
        if isinstance(reading.outcome.output, Tensor) and received not in reading.outcome.output.shape:
            return


def _argument_for(layer: Any, argument: str, wanted: Size, received: Size) -> Size | None:
    """The value of the argument that makes ``wanted`` of what made ``received``; both directions of an LSTM count."""
    declared = getattr(layer, argument)
    if declared == received:
        return wanted
    if getattr(layer, "bidirectional", False) and 2 * declared == received and wanted % 2 == 0:
        return wanted // 2
    return None


def fed(place: Place, tensor: Tensor) -> ModelInput | None:
    """The model input that arrives as ``tensor``, where no layer on the way makes channels or features of its own."""
    model_input = place.model_input()
    if model_input is None or model_input.tensor.shape != tensor.shape:
        return None
    made = any(hasattr(reading.node.layer, name) for reading in place.upstream() for name in PRODUCERS)
    return None if made else model_input


def feeding_size(place: Place, axis: int, wanted: Size) -> Iterator[Proposal]:
    """A model input that arrives as it is has another size along an axis."""
    arriving = place.arriving
    model_input = fed(place, arriving) if isinstance(arriving, Tensor) else None
    if model_input is not None:
        shape = list(model_input.tensor.shape)
        shape[axis] = wanted
        yield feeding_shape(model_input, shape)


def feeding_shape(model_input: ModelInput, shape: list[Size]) -> Proposal:
    """A model input of another shape."""
    whose = "the model" if model_input.name == "input" else model_input.name
    return Proposal(f"Feed {whose} {shape}.", (Operation("replace", model_input.pointer, shape),))


def fed_as(place: Place, tensor: Tensor, shape: list[int]) -> Iterator[Proposal]:
    """The model input itself in another shape, where it arrives as it was fed."""
    model_input = fed(place, tensor)
    if model_input is not None:
        yield feeding_shape(model_input, shape)
