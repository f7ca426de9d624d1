"""The element type of a tensor is not one that the layer computes with: integers where floats are needed, or floats
where indices are."""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.core.dtypes import DEFAULT, FLOATING, INTEGRAL
from service.core.faults import WrongDType
from service.core.issues import Operation
from service.core.sizes import differ, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures import supplied
from service.diagnosis.edits import inserted, removing, setting
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal, called, owner_of

PREFERRED: Final = ("float32", "int64", "bool", "complex64")
FEATURES: Final = ("in_features", "input_size", "embed_dim", "d_model", "normalized_shape")
"""Arguments that say how many features the last axis has."""
VOCABULARY: Final = 10_000
"""Rows of an embedding that is proposed; how many there should be only the user knows."""
MOST_LAYERS: Final = 64
"""Layers whose weights are changed together."""


def explain(place: Place, fault: WrongDType) -> str:
    """Which layer or input has the element type."""
    model_input = place.model_input()
    if model_input is not None and model_input.tensor.dtype == fault.tensor.dtype:
        return f"{model_input.stated} of {model_input.tensor.dtype}"
    maker = _maker(place, fault.tensor.dtype)
    return "" if maker is None else f"{called(maker)} returns it so"


def propose(place: Place, fault: WrongDType) -> Iterator[Proposal]:
    """The ways out, where the element type comes from first."""
    arriving, wanted = fault.tensor.dtype, _wanted(fault)
    parameters = place.reading.node.layer.signature().parameters
    if fault.input and [parameter.name for parameter in parameters][fault.input : fault.input + 1] == ["indices"]:
        yield from supplied.with_indices(place)
    maker = _maker(place, arriving)
    if maker is not None:
        yield from _made_otherwise(place, maker, fault, wanted)
    yield from _fed_as(place, arriving, wanted)
    yield from _embedded(place, fault)
    weights = list(_weights(place, arriving))
    if "dtype" in place.given:
        # The odd one out says so itself.
        yield from weights
    if not (wanted in INTEGRAL and _is_learned(place, arriving)):
        description = f"Convert what arrives at {place.name} to {wanted}."
        yield from inserted(place, description, {"type": "to", "dtype": wanted}, everywhere=True)
    if "dtype" not in place.given:
        yield from weights


def _wanted(fault: WrongDType) -> str:
    """The element type that was probably meant: that of a mask, of indices, or what is usual."""
    if fault.tensor.dtype in INTEGRAL and fault.input and "bool" in fault.allowed:
        return "bool"
    return next((dtype for dtype in PREFERRED if dtype in fault.allowed), min(fault.allowed, default=DEFAULT))


def _maker(place: Place, dtype: str) -> LayerReading | None:
    """The layer that made the element type of what arrives, if one did."""
    for reading in place.upstream():
        output = reading.outcome.output
        if not isinstance(output, Tensor) or output.dtype != dtype:
            return None
        inputs = [value for value in reading.inputs if isinstance(value, Tensor)]
        if all(value.dtype != dtype for value in inputs):
            return reading
    return None


def _made_otherwise(place: Place, maker: LayerReading, fault: WrongDType, wanted: str) -> Iterator[Proposal]:
    """The layer that made the element type makes another, or is taken away if it does nothing else."""
    owner = owner_of(place.analysis, maker)
    given = maker.inputs[0] if len(maker.inputs) == 1 else None
    converts = isinstance(given, Tensor) and given.shape == getattr(maker.outcome.output, "shape", None)
    if converts and isinstance(given, Tensor) and given.dtype in fault.allowed and not maker.outcome.weights:
        patch = removing(place.ground, maker.node.pointer)
        if patch:
            yield Proposal(f"Take {called(maker)} away.", patch)
    if "dtype" in type(owner.node.layer).model_fields:
        change = setting(place.ground, owner.node.pointer, "dtype", wanted)
        yield Proposal(f"Set dtype of {called(owner)} to {wanted}.", (change,))


def _fed_as(place: Place, arriving: str, wanted: str) -> Iterator[Proposal]:
    """The model input itself of another element type, where no layer changes it on the way."""
    model_input = place.model_input()
    if model_input is None or model_input.tensor.dtype != arriving:
        return
    whole = model_input.whole
    if isinstance(value_at(place.raw, whole), dict):
        operation = setting(place.ground, whole, "dtype", wanted)
    else:
        operation = Operation("replace", whole, {"shape": list(model_input.tensor.shape), "dtype": wanted})
    yield Proposal(f"Feed {model_input.called} as {wanted}.", (operation,))


def _embedded(place: Place, fault: WrongDType) -> Iterator[Proposal]:
    """Indices looked up, where the features that the layer takes are not there yet."""
    layer: Any = place.reading.node.layer
    features = next((getattr(layer, name) for name in FEATURES if hasattr(layer, name)), None)
    if fault.tensor.dtype not in INTEGRAL or not isinstance(features, int) or not is_known(features):
        return
    if fault.tensor.rank == 0 or differ(fault.tensor.shape[-1], features):
        yield from inserted(
            place,
            f"Look the indices up in an Embedding before {place.name}, with as many rows as your vocabulary has.",
            {"type": "Embedding", "num_embeddings": VOCABULARY, "embedding_dim": features}, everywhere=True,
        )  # fmt: skip


def _is_learned(place: Place, dtype: str) -> bool:
    """Whether layers with weights made what arrives, so that it is no index of anything."""
    for reading in place.upstream():
        output = reading.outcome.output
        if not isinstance(output, Tensor) or output.dtype != dtype:
            return False
        if reading.outcome.weights:
            return True
    return False


def _weights(place: Place, dtype: str) -> Iterator[Proposal]:
    """The layer, or the whole model, computing with the element type that arrives."""
    if dtype not in FLOATING or "dtype" not in type(place.reading.node.layer).model_fields:
        return
    change = setting(place.ground, place.pointer, "dtype", dtype)
    yield Proposal(f"Make the weights of {place.name} {dtype}.", (change,))
    pointers = {
        reading.node.pointer: None
        for reading in place.analysis.readings
        if reading.node.shares is None and any(weight.dtype in FLOATING - {dtype} for weight in reading.outcome.weights)
    }
    if 1 < len(pointers) <= MOST_LAYERS:
        changes = tuple(setting(place.ground, pointer, "dtype", dtype) for pointer in pointers)
        yield Proposal(f"Make the weights of all layers {dtype}.", changes)
