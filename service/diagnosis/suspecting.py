"""One pass over the layers, each shown to the rules for its type and for what stands straight before it."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from service.architecture.graph import Source
from service.core.memory import Memory
from service.diagnosis.warnings import Rules, concern_of, unused_input, unused_result
from service.diagnosis.warnings.rule import MODEL_INPUT, Finding, Rule
from service.diagnosis.warnings.view import View
from service.layers.applying import Outcome

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


class Concern(NamedTuple):
    """The rules that may have something to say of an outcome."""

    outcome: Outcome
    """Keeps the outcome, by whose identity concerns are found, alive."""
    anywhere: Rules
    behind: Mapping[str, Rules]
    """Those that look only where a layer of a certain type stands straight before, by that type."""


Concerns: TypeAlias = Memory[int, Concern]
"""Concerns by the identity of their outcomes."""


def suspicions(view: View, concerns: Concerns, nodes: Iterable[int] | None = None) -> list[Suspicion]:
    """Everything the rules find in the model, or all that they find at some nodes of it."""
    found: list[Suspicion] = []
    known = concerns.get
    readings, consumers = view.readings, view.consumers
    for node in range(len(readings)) if nodes is None else nodes:
        own, _, outcome, _, assumed = readings[node]
        # What stands on something refused has unsure shapes.
        if not assumed:
            concern = known(id(outcome))
            if concern is None:
                concerns[id(outcome)] = concern = _concern(view, node, outcome)
            _, rules, behind = concern
            if rules:
                _ask(rules, view, node, found)
            if behind and len(own.wires) == 1 and type(own.wires[0]) is Source:
                before, path = own.wires[0]
                kind = readings[before].node.layer.type if before >= 0 else MODEL_INPUT
                if not path and (rules := behind.get(kind, ())):
                    _ask(rules, view, node, found)
        if node not in consumers:
            _ask(_UNUSED_RESULT, view, node, found)
    for position in range(len(view.ground.analysis.graph.inputs)):
        if -position - 1 not in consumers:
            _ask(_UNUSED_INPUT, view, -position - 1, found)
    return found


def _concern(view: View, node: int, outcome: Outcome) -> Concern:
    """The rules to ask about every node with the outcome of this one: not those that can't have anything to say."""
    layer = view.layer(node)
    anywhere, behind = concern_of(type(layer))
    rules: list[Rule] = []
    for rule in anywhere:
        if rule.when is not None and not rule.when(layer):
            continue
        if not rule.alone or rule.find(view, node) is not None:
            rules.append(rule)
    return Concern(outcome, tuple(rules), behind)


def _ask(rules: Rules, view: View, node: int, found: list[Suspicion]) -> None:
    """Adds what the rules say of a node."""
    for rule in rules:
        finding = rule.find(view, node)
        if finding is not None:
            found.append(Suspicion(rule, node, finding))
