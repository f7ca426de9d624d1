"""Warnings: what the rules find, told once a place, with fixes that were proven."""

import json
from collections.abc import Iterator
from typing import Final

from service.core.issues import Issue, Patch
from service.diagnosis.edits import setting
from service.diagnosis.ground import Ground
from service.diagnosis.patching import steps, value_at
from service.diagnosis.place import Proposal, owner_of
from service.diagnosis.relief import Complaint, Reliever, complaint_of
from service.diagnosis.suspecting import Concerns, Suspicion, suspicions
from service.diagnosis.warnings.view import View
from service.diagnosis.wording import MOST_NAMES, ended, named, sentence

MOST_APART: Final = 32
"""Issues of one code; what more places there are, the last of them names."""
MOST_TOGETHER: Final = 128
"""Layers that one fix changes."""


def warnings(ground: Ground, concerns: Concerns) -> list[tuple[int, Issue]]:
    """Every warning in the document's order, with the node it is about."""
    view = View(ground)
    found = suspicions(view, concerns)
    if not found:
        return []
    reliever = Reliever(ground, found, concerns)
    once: dict[Complaint, Suspicion] = {}
    for suspicion in sorted(found, key=lambda suspicion: suspicion.node):
        once.setdefault(complaint_of(suspicion.rule.code, suspicion.node, ground.analysis.graph), suspicion)
    return [(group[0].node, _issue(view, group, reliever)) for group in _gathered(list(once.values()))]


def _gathered(found: list[Suspicion]) -> list[list[Suspicion]]:
    """What is told together in one list, everything else in a list of its own, unless there are very many."""
    groups: dict[object, list[Suspicion]] = {}
    counts: dict[str, int] = {}
    for position, suspicion in enumerate(found):
        rule, finding = suspicion.rule, suspicion.finding
        key: object = position
        if rule.told_together:
            key = rule.code, str(finding.expected), str(finding.received)
        else:
            counts[rule.code] = counts.get(rule.code, 0) + 1
            key = position if counts[rule.code] < MOST_APART else rule.code
        groups.setdefault(key, []).append(suspicion)
    return list(groups.values())


def _issue(view: View, group: list[Suspicion], reliever: Reliever) -> Issue:
    first = group[0]
    rule, finding = first.rule, first.finding
    layer, pointer, message = _told(view, first)
    if len(group) > 1:
        message = f"{message} The same holds for {_names(view, group[1:])}."
    together = group[:MOST_TOGETHER] if rule.told_together else [first]
    complaints = [complaint_of(rule.code, each.node, view.ground.analysis.graph) for each in together]
    return Issue(
        "warning", rule.code, layer, pointer, message, finding.expected, finding.received,
        reliever.proven(_proposals(view, together), complaints),
    )  # fmt: skip


def _told(view: View, suspicion: Suspicion) -> tuple[str | None, str, str]:
    """Name of the layer, where it stands, and the message."""
    node, finding = suspicion.node, suspicion.finding
    if node < 0:
        return None, finding.pointer, ended(finding.message)
    place, pointer = view.place(node), view.readings[node].node.pointer
    argument = finding.argument if finding.argument in value_at(view.ground.raw, pointer) else None
    message = sentence(finding.message, place)
    return place.reading.node.name, f"{pointer}/{argument}" if argument else pointer, message


def _names(view: View, group: list[Suspicion]) -> str:
    return named([_name(view, suspicion) for suspicion in group[:MOST_NAMES]], len(group))


def _name(view: View, suspicion: Suspicion) -> str:
    """Of the layer, or of the part of the document that is no layer, such as an input."""
    return view.place(suspicion.node).name if suspicion.node >= 0 else steps(suspicion.finding.pointer)[-1]


def _proposals(view: View, group: list[Suspicion]) -> Iterator[Proposal]:
    """Those of the one finding, or the first of each of several together."""
    first, *others = group
    others_patches = {_places(patch): patch for other in others if (patch := _first_patch(view, other)) is not None}
    own = first.finding.proposals
    for proposal in (_expected(view, first),) if own is None else own:
        others_patches.pop(_places(proposal.patch), None)
        if not others_patches:
            yield proposal
            continue
        description = f"{proposal.description.removesuffix('.')}, and likewise for {_names(view, others)}."
        yield Proposal(description, (*proposal.patch, *(step for patch in others_patches.values() for step in patch)))
        return


def _first_patch(view: View, suspicion: Suspicion) -> Patch | None:
    proposals = suspicion.finding.proposals
    if proposals is None:
        return _expecting(view, suspicion)
    return next((proposal.patch for proposal in proposals), None)


def _expected(view: View, suspicion: Suspicion) -> Proposal:
    """The argument concerned set to what is expected."""
    finding, patch = suspicion.finding, _expecting(view, suspicion)
    value = json.dumps(finding.expected)
    return Proposal(f"Set {finding.argument} of {view.place(suspicion.node).name} to {value}.", patch)


def _expecting(view: View, suspicion: Suspicion) -> Patch:
    finding, analysis = suspicion.finding, view.ground.analysis
    pointer = owner_of(analysis, analysis.readings[suspicion.node]).node.pointer
    return (setting(view.ground, pointer, finding.argument or "", finding.expected),)


def _places(patch: Patch) -> tuple[str, ...]:
    """What a patch changes; one decision led to all that is told together, so that a place is changed in one way."""
    return tuple(operation.path for operation in patch)
