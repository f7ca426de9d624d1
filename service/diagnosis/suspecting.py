"""One pass over the layers, each shown to the rules for its type and for what stands straight before it."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from service.architecture.graph import Source
from service.diagnosis.warnings import CONCERNS, Concern, Rules, unused_input, unused_result
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

_UNUSED_RESULT: Final[Rules] = (unused_result.RULE,)
_UNUSED_INPUT: Final[Rules] = (unused_input.RULE,)


class Suspicion(NamedTuple):
    """What a rule found, and at which node it was asked; model inputs are negative, as in a :class:`Source`."""

    rule: Rule
    asked: int
    finding: Finding

    @property
    def node(self) -> int:
        """The node it is about."""
        return self.asked if self.finding.node is None else self.finding.node


def suspicions(view: View, nodes: Iterable[int] | None = None) -> list[Suspicion]:
    """Everything the rules find in the model, or all that they find at some nodes of it."""
    found: list[Suspicion] = []
    readings, consumers = view.readings, view.consumers
    told: dict[int, Rules] = {}
    for node in range(len(readings)) if nodes is None else nodes:
        reading = readings[node]
        concern = CONCERNS.get(type(reading.node.layer))
        # What stands on something refused has unsure shapes.
        if concern is not None and not reading.assumed:
            _look(concern, view, node, told, found)
        if node not in consumers:
            _ask(_UNUSED_RESULT, view, node, found)
    for position in range(len(view.ground.analysis.graph.inputs)):
        if -position - 1 not in consumers:
            _ask(_UNUSED_INPUT, view, -position - 1, found)
    return found


def _look(concern: Concern, view: View, node: int, told: dict[int, Rules], found: list[Suspicion]) -> None:
    """Asks the rules concerned; ``told`` keeps, by outcome, which of those that look at nothing else say anything."""
    alone, near, behind = concern
    own, _, outcome, _, _ = view.readings[node]
    if alone:
        rules = told.get(id(outcome))
        if rules is None:
            told[id(outcome)] = _ask(alone, view, node, found)
        elif rules:
            _ask(rules, view, node, found)
    if near:
        _ask(near, view, node, found)
    if behind and len(own.wires) == 1 and type(own.wires[0]) is Source:
        before, path = own.wires[0]
        if before >= 0 and not path:
            rules = behind.get(type(view.readings[before].node.layer))
            if rules:
                _ask(rules, view, node, found)


def _ask(rules: Rules, view: View, node: int, found: list[Suspicion]) -> Rules:
    """Adds what the rules say of a node; those that say anything."""
    told: Rules = ()
    for rule in rules:
        finding = rule.find(view, node)
        if finding is not None:
            found.append(Suspicion(rule, node, finding))
            told += (rule,)
    return told
