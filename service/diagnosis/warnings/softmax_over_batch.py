"""A softmax over the batch axis rather than over the classes.

Each class then shares 1 among the samples of a batch, and what a sample gets depends on its neighbours. Where ``dim``
is left out, PyTorch takes axis 0 of a tensor with three axes, and warns of it:
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
"""

from typing import Any

from service.core.sizes import product
from service.diagnosis.place import called
from service.diagnosis.warnings.families import SOFTMAX, normalized_axis
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.samples import witness
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A softmax along axis 0, where that is the batch."""
    reading = view.readings[node]
    layer: Any = reading.node.layer
    shape = view.shape(reading)
    if len(shape) < 2 or normalized_axis(layer, len(shape)) != 0 or product(shape[1:]) == 1:
        # Scores of one feature are weights of the members of a set.
        return None
    reason = _reason(view, node, len(shape))
    if reason is None:
        return None
    features = 1 if len(shape) in (2, 4, 5) else len(shape) - 1
    return Finding(
        f"{{layer}} is a {layer.type} {reason}; the classes are in axis {features}",
        "dim", expected=features, received=getattr(layer, "dim", None),
    )  # fmt: skip


def _reason(view: View, node: int, rank: int) -> str | None:
    reading = view.readings[node]
    layer: Any = reading.node.layer
    if getattr(layer, "dim", None) is None:
        return f"without dim, for which PyTorch takes axis 0 of {reading.inputs[0]}"
    before = witness(view, view.source(node))
    if before is not None:
        return f"with dim = {layer.dim}, the axis of {reading.inputs[0]} that {called(before)} takes for the batch"
    if rank == 2 and node in view.returned:
        return f"with dim = {layer.dim}, the batch axis of {reading.inputs[0]}"
    return None


RULE = Rule("softmax-over-batch", SOFTMAX - {"Softmax2d"}, find)
