"""A layer whose result nobody takes.

It costs parameters and time and changes nothing, which mostly means that a reference was forgotten or that the layer
behind it takes its input from further up.
"""

from collections.abc import Iterator

from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View


def unused(view: View) -> Iterator[int]:
    """The nodes whose results lead nowhere."""
    taken, _ = view.takings
    return (node for node in range(len(view.readings)) if node not in taken)


def find(view: View, node: int) -> Finding | None:
    """A node of :func:`unused`."""
    return Finding("nobody takes what {layer} returns, and the model does not return it", None, without(view, node))


RULE = Rule("unused-result", frozenset(), find)
