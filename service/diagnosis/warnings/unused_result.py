"""A layer whose result nobody takes.

It costs parameters and time and changes nothing, which mostly means that a reference was forgotten or that the layer
behind it takes its input from further up.
"""

from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A layer that leads nowhere."""
    if not view.idle(node):
        return None
    return Finding("nobody takes what {layer} returns, and the model does not return it", None, without(view, node))


RULE = Rule("unused-result", frozenset(), find)
