"""A layer whose result nobody takes.

It costs parameters and time and changes nothing, which mostly means that a reference was forgotten or that the layer
behind it takes its input from further up.
"""

from collections.abc import Iterator

from service.architecture.graph import Source, sources_in
from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

CODE = "unused-result"


def unused(view: View) -> Iterator[int]:
    """The nodes whose results lead nowhere."""
    graph = view.ground.analysis.graph
    used: set[int] = set(view.returned)
    for node in graph.nodes:
        wires = node.wires
        if len(wires) == 1 and type(wires[0]) is Source and not node.keywords and node.shares is None:
            used.add(wires[0].node)
        else:
            used.update(source.node for wire in wires for source in sources_in(wire))
            used.update(source.node for _, wire in node.keywords for source in sources_in(wire))
            if node.shares is not None:
                used.add(node.shares)
    if len(used) < len(graph.nodes) or not used.issuperset(range(len(graph.nodes))):
        yield from (node for node in range(len(graph.nodes)) if node not in used)


def find(view: View, node: int) -> Finding | None:
    """A node of :func:`unused`."""
    return Finding("nobody takes what {layer} returns, and the model does not return it", None, without(view, node))


RULE = Rule(CODE, frozenset(), find)
