"""A layer whose result nobody takes.

It costs parameters and time and changes nothing, which mostly means that a reference was forgotten or that the layer
behind it takes its input from further up. A buffer is state, which a model may keep for other than its forward pass.
"""

from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View
from service.layers.owned import Buffer


def find(view: View, node: int) -> Finding | None:
    """A layer that leads nowhere."""
    if not view.idle(node) or isinstance(view.layer(node), Buffer):
        return None
    return Finding("nobody takes what {layer} returns, and the model does not return it", None, without(view, node))


RULE = Rule("unused-result", frozenset(), find)
