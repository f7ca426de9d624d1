"""A softmax at the end of a model over the batch axis rather than over the classes.

Each class then shares 1 among the samples of a batch, and what a sample gets depends on its neighbours.
"""

from collections.abc import Iterator
from typing import Any

from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.softmax_inside import SOFTMAX
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A softmax of rows and classes that runs along the rows, and that the model returns."""
    reading = view.readings[node]
    layer: Any = reading.node.layer
    if len(view.shape(reading)) != 2 or getattr(layer, "dim", None) not in (0, -2) or node not in view.returned:
        return None
    return Finding(
        f"{{layer}} is a {layer.type} with dim = {layer.dim}, the batch axis of {reading.inputs[0]}; the classes are "
        "in axis 1",
        "dim", _over_classes(view, node), 1, layer.dim,
    )  # fmt: skip


def _over_classes(view: View, node: int) -> Iterator[Proposal]:
    place = view.place(node)
    yield Proposal(f"Set dim of {place.name} to 1.", (setting(view.ground, place.pointer, "dim", 1),))


RULE = Rule("softmax-over-batch", SOFTMAX - {"Softmax2d"}, find)
