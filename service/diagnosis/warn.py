"""Warnings: one pass over the layers, each shown to the rules for its type; fixes are proven as those of errors are."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from pydantic import ValidationError

from service.analysis.fold import analyse
from service.architecture.problems import UnreadableDocument
from service.architecture.unrolling import unrolled
from service.core.issues import Fix, Issue
from service.diagnosis.ground import Ground
from service.diagnosis.patching import patched, value_at
from service.diagnosis.place import Proposal
from service.diagnosis.proof import changed_by
from service.diagnosis.revising import reread_document
from service.diagnosis.warnings import BY_TYPE
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.unused_result import RULE as UNUSED
from service.diagnosis.warnings.unused_result import unused
from service.diagnosis.warnings.view import View
from service.diagnosis.wording import named, sentence

MOST_FIXES: Final = 3
MOST_PROOFS: Final = 12
"""Each analyses the whole document again, so that the warnings of a document cost so many times its analysis."""


class Suspicion(NamedTuple):
    """What a rule found, and where."""

    rule: Rule
    node: int
    finding: Finding


def warnings(ground: Ground) -> list[tuple[int, Issue]]:
    """Every warning, with the node it is about."""
    view = View(ground)
    found = list(suspicions(view))
    proofs = _Proofs(ground, len(found))
    return [(group[0].node, _issue(view, group, proofs)) for group in _gathered(found)] if found else []


def suspicions(view: View) -> Iterator[Suspicion]:
    """Everything the rules find, one finding a rule and place of the document."""
    told: set[tuple[str, str]] = set()
    for rule, node, finding in _findings(view):
        reading = view.readings[node]
        place = rule.code, reading.node.pointer
        if place not in told:
            told.add(place)
            yield Suspicion(rule, node if finding.node is None else finding.node, finding)


def _findings(view: View) -> Iterator[Suspicion]:
    rules_for = BY_TYPE.get
    for node, reading in enumerate(view.readings):
        if reading.assumed:
            # What stands on something refused has unsure shapes.
            continue
        for rule in rules_for(type(reading.node.layer), ()):
            finding = rule.find(view, node)
            if finding is not None:
                yield Suspicion(rule, node, finding)
    for node in unused(view):
        yield Suspicion(UNUSED, node, UNUSED.find(view, node) or Finding(""))


def _gathered(found: list[Suspicion]) -> list[list[Suspicion]]:
    """What is told together in one list, everything else in a list of its own."""
    groups: dict[object, list[Suspicion]] = {}
    for position, suspicion in enumerate(found):
        key = suspicion.rule.code if suspicion.rule.told_together else position
        groups.setdefault(key, []).append(suspicion)
    return list(groups.values())


def _issue(view: View, group: list[Suspicion], proofs: "_Proofs") -> Issue:
    rule, node, finding = group[0]
    place, pointer = view.place(node), view.readings[node].node.pointer
    argument = finding.argument if finding.argument in value_at(view.ground.raw, pointer) else None
    message = sentence(finding.message, place)
    if len(group) > 1:
        message = f"{message} The same holds for {_names(view, group[1:])}."
    return Issue(
        "warning", rule.code, place.reading.node.name, f"{pointer}/{argument}" if argument else pointer,
        message, finding.expected, finding.received, proofs.proven(_proposals(view, group)),
    )  # fmt: skip


def _names(view: View, group: list[Suspicion]) -> str:
    return named([view.place(suspicion.node).name for suspicion in group])


def _proposals(view: View, group: list[Suspicion]) -> Iterator[Proposal]:
    """Those of the one finding, or the first of each of several together."""
    firsts = [next(iter(suspicion.finding.proposals), None) for suspicion in group[1:]]
    patches = {str(proposal.patch): proposal.patch for proposal in firsts if proposal is not None}
    for position, proposal in enumerate(group[0].finding.proposals):
        if position == 0:
            patches.pop(str(proposal.patch), None)
        if not patches:
            yield proposal
            continue
        description = f"{proposal.description.removesuffix('.')}, and likewise for {_names(view, group[1:])}."
        yield Proposal(description, (*proposal.patch, *(step for patch in patches.values() for step in patch)))
        return


class _Proofs:
    """Proofs that a fix leaves fewer warnings than there were, and no more errors."""

    def __init__(self, ground: Ground, warnings: int) -> None:
        self.ground, self.warnings, self.left = ground, warnings, MOST_PROOFS

    def proven(self, proposals: Iterator[Proposal]) -> tuple[Fix, ...]:
        """The proposals that hold."""
        fixes: list[Fix] = []
        for proposal in proposals:
            if len(fixes) == MOST_FIXES or self.left == 0:
                break
            self.left -= 1
            fix = self.prove(proposal)
            if fix is not None:
                fixes.append(fix)
        return tuple(fixes)

    def prove(self, proposal: Proposal) -> Fix | None:
        """The fix, if the document has fewer warnings with it, no more errors, and can be read."""
        ground = self.ground
        try:
            raw = patched(ground.raw, proposal.patch)
            document = reread_document(ground.document, ground.raw, raw)
            graph = unrolled(document)
        except (UnreadableDocument, ValidationError, LookupError, ValueError):
            return None
        analysis = analyse(graph, training=document.mode == "train", memory=ground.memory)
        after = Ground(raw, document, analysis, ground.memory)
        if after.fault_count > ground.fault_count or sum(1 for _ in suspicions(View(after))) >= self.warnings:
            return None
        before, totals = ground.analysis.totals, after.analysis.totals
        return Fix(
            proposal.description, proposal.patch, after.fault_count == 0,
            changed_by(before.parameters, totals.parameters, before.parameters),
            changed_by(before.macs, totals.macs, before.macs),
        )  # fmt: skip
