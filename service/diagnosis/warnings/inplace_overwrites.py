"""An in-place activation overwrites a tensor that another layer takes as well.

Which of the two values the other layer sees depends on the order, and it is hardly ever the one meant: in a residual
block the shortcut then carries the activated values. PyTorch warns of it only where autograd notices:
https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

from service.architecture.graph import Source
from service.diagnosis.place import called
from service.diagnosis.warnings.families import ACTIVATIONS, DROPOUT
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """An in-place layer that is not alone in taking its input."""
    reading = view.readings[node]
    layer, wires = reading.node.layer, reading.node.wires
    if len(wires) != 1 or not isinstance(wires[0], Source):
        return None
    others = [
        other
        for other in view.consumers.get(wires[0].node, ())
        if other > node and wires[0] in view.readings[other].node.wires
    ]
    if not others or (layer.type in DROPOUT and not view.ground.training):
        return None
    return Finding(
        f"{{layer}} overwrites {view.ground.analysis.graph.name_of(wires[0])}, which "
        f"{called(view.readings[others[0]])} takes as well, after it",
        "inplace", expected=False, received=True,
    )  # fmt: skip


RULE = Rule("inplace-overwrites", ACTIVATIONS | DROPOUT, find, when=lambda layer: getattr(layer, "inplace", False))
