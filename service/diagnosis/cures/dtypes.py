"""The element type of a tensor is not one that the layer computes with: integers where floats are needed, or floats
where indices are."""

from collections.abc import Iterator
from typing import Any, Final

from service.core.dtypes import DEFAULT, FLOATING, INTEGRAL
from service.core.faults import WrongDType
from service.core.issues import Operation
from service.core.sizes import is_known
from service.diagnosis.edits import inserted, setting
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal

PREFERRED: Final = ("float32", "int64", "bool", "complex64")
VOCABULARY: Final = 10_000
"""Rows of an embedding that is proposed; how many there should be only the user knows."""


def explain(place: Place, fault: WrongDType) -> str:
    """Which layer or input has the element type."""
    model_input = place.model_input()
    if model_input is not None and model_input.tensor.dtype == fault.tensor.dtype:
        return f"{model_input.stated} of {model_input.tensor.dtype}"
    return ""


def propose(place: Place, fault: WrongDType) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    arriving = fault.tensor.dtype
    wanted = next((dtype for dtype in PREFERRED if dtype in fault.allowed), min(fault.allowed, default=DEFAULT))
    yield from _fed_as(place, arriving, wanted)
    description = f"Convert what arrives at {place.name} to {wanted}."
    yield from inserted(place, description, {"type": "to", "dtype": wanted})
    layer: Any = place.reading.node.layer
    if arriving in FLOATING and "dtype" in type(layer).model_fields:
        yield Proposal(
            f"Make the weights of {place.name} {arriving}.",
            (setting(place.ground, place.pointer, "dtype", arriving),),
        )
    features = getattr(layer, "in_features", getattr(layer, "input_size", None))
    if arriving in INTEGRAL and isinstance(features, int) and is_known(features):
        embedding = {"type": "Embedding", "num_embeddings": VOCABULARY, "embedding_dim": features}
        yield from inserted(
            place,
            f"Look the indices up in an Embedding before {place.name}, with as many rows as your vocabulary has.",
            embedding,
        )


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
