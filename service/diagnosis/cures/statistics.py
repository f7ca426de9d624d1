"""A statistic over a single value: a batch of one in training, or images that have shrunk to a point."""

from collections.abc import Iterator

from service.core.faults import TooFewValues
from service.core.issues import Operation
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.edits import removing
from service.diagnosis.place import Place, Proposal


def explain(place: Place, fault: TooFewValues) -> str:
    """What a training run would do otherwise."""
    batched = fault.tensor.rank > 1 and fault.tensor.shape[0] == 1
    if place.ground.training and batched and place.reading.node.layer.type.endswith(("BatchNorm1d", "BatchNorm2d")):
        return "in training the statistics of a batch of one say nothing"
    return ""


def propose(place: Place, _fault: TooFewValues) -> Iterator[Proposal]:
    """More samples, no training, or no normalization."""
    model_input = place.model_input()
    if model_input is not None and model_input.tensor.shape[:1] == (1,):
        yield feeding_shape(model_input, [2, *model_input.tensor.shape[1:]])
    if place.ground.training:
        yield Proposal("Analyse the model in evaluation mode.", (Operation("replace", "/mode", "eval"),))
    patch = removing(place.ground, place.reading.node.pointer)
    if patch:
        yield Proposal(f"Take {place.name} away.", patch)
