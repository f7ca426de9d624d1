"""Tensors of more bytes than 64 bits count: fewer samples, if that is what they are many of."""

from collections.abc import Iterator

from service.core.faults import Uncountable
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.place import Place, Proposal


def explain(_place: Place, _fault: Uncountable) -> str:
    """The message says it all."""
    return ""


def propose(place: Place, _fault: Uncountable) -> Iterator[Proposal]:
    """A single sample."""
    model_input = place.model_input()
    if model_input is not None and model_input.tensor.rank > 1 and model_input.tensor.shape[0] != 1:
        yield feeding_shape(model_input, [1, *model_input.tensor.shape[1:]])
