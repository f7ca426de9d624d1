"""From an analysis to issues: each mistake explained once, its cures proposed and proven."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from service.analysis.outcomes import Outcomes
from service.analysis.reading import Analysis
from service.architecture.document import Document
from service.core.faults import Fault
from service.core.issues import Issue, Patch
from service.diagnosis.cures import REMEDIES, batch
from service.diagnosis.cures.inputs import propose_output_index
from service.diagnosis.edits import Outcome, outcome
from service.diagnosis.ground import Ground
from service.diagnosis.hidden import Ordered, with_hidden
from service.diagnosis.mistakes import Mistake, mistakes
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.proof import Prover
from service.diagnosis.proven import OUTPUTS, Proven
from service.diagnosis.suspecting import Concerns
from service.diagnosis.warn import warnings
from service.diagnosis.wording import about_copies, ended, sentence

MOST_FIXES: Final = 6
"""Fixes offered an issue."""
MOST_TRIED: Final = 12
"""Fixes proven for an issue where none leaves only what is wrong elsewhere."""
MOST_TOLD: Final = 1_000
"""Mistakes explained; of those that remain it is told how many there are."""
MORE_MISTAKES: Final = "more-mistakes"


def diagnose(
    body: bytes, document: Document, analysis: Analysis, memory: Outcomes, concerns: Concerns
) -> tuple[Issue, ...]:
    """Every mistake once and every suspicion, with proven fixes, in the document's order."""
    ground = Ground(body, document, analysis, memory)
    if not analysis.refused:
        return tuple(issue for _, issue in warnings(ground, concerns))
    prover = Prover(ground)
    errors = with_hidden(ground, list(_errors(ground, prover)), lambda mended: _errors(mended, Prover(mended)))
    found = sorted((*errors, *warnings(ground, concerns)), key=lambda ordered: ordered[0])
    return (*(issue for _, issue in found), *_output_errors(ground, prover))


def _errors(ground: Ground, prover: Prover) -> Iterator[Ordered]:
    found = mistakes(ground)
    at_node: dict[int, list[int]] = {}
    for position, mistake in enumerate(found):
        at_node.setdefault(mistake.node, []).append(position)
    told: set[int] = set()
    issues = 0
    for position, mistake in enumerate(found):
        prover.share_out(min(len(found), MOST_TOLD))
        if position in told:
            continue
        if issues == MOST_TOLD:
            yield mistake.node, _others(ground, [other for at, other in enumerate(found) if at not in told])
            return
        issues += 1
        told.add(position)
        place, fixes = _cured(ground, mistake, prover)
        if not fixes and len(parts := mistake.apart(ground)) > 1:
            cured = [(part, *_cured(ground, part, prover)) for part in parts]
            if all(own for _, _, own in cured):
                # What looked like one mistake has cures, but none in common.
                yield from ((part.node, _error(at, part.fault, own, [])) for part, at, own in cured)
                continue
        others = {other for node in (fixes[0].left if fixes else ()) for other in at_node.get(node, ())} - told
        consequences = [other for other in sorted(others) if fixes[0].explains(found[other].faults)]
        told.update(consequences)
        ground.take_names(proof.fix.patch for proof in fixes)
        yield mistake.node, _error(place, mistake.fault, fixes, [found[other] for other in consequences])


def _cured(ground: Ground, mistake: Mistake, prover: Prover) -> tuple[Place, list[Proven]]:
    """Where a mistake is told, and its fixes."""
    place = Place(ground, mistake.node, tuple(mistake.faults), mistake.fault.input or 0, mistake.fault.part)
    return place, proven(_proposals(place, mistake.fault), mistake.faults, prover)


def _proposals(place: Place, fault: Fault) -> Iterator[Proposal]:
    return chain(batch.propose(place, fault), REMEDIES[type(fault)].propose(place, fault))


def _error(place: Place, fault: Fault, fixes: list[Proven], consequences: list[Mistake]) -> Issue:
    """The issue of a mistake; what is gone with its best fix follows from it, and needs no issue of its own."""
    node = place.reading.node
    cause = fixes[0].cause if fixes else ""
    # A layer applied again is told where it stands, and an argument of a nested one where that does.
    pointer = node.pointer if fault.part is None or fault.argument is None else place.pointer
    argument = fault.argument if fault.argument in value_at(place.raw, pointer) else None
    refused = dict.fromkeys((*place.copies, *(node for mistake in consequences for node in mistake.faults)))
    return Issue(
        "error", fault.code, node.name, f"{pointer}/{argument}" if argument else pointer,
        " ".join(filter(None, (_told(place, fault, cause), cause, *about_copies(place, tuple(refused))))),
        fault.expected, fault.received,
        tuple(proof.fix for proof in fixes if all(proof.cures(other.faults) for other in consequences)),
    )  # fmt: skip


def _others(ground: Ground, rest: list[Mistake]) -> Issue:
    """That there are more mistakes than anybody will read."""
    first, last = (ground.analysis.readings[mistake.node] for mistake in (rest[0], rest[-1]))
    where = called(first) if first is last else f"from {called(first)} to {called(last)}"
    message = f"There are {len(rest):,} more mistakes, {where}; mend those before them first."
    return Issue("error", MORE_MISTAKES, first.node.name, first.node.pointer, message, 0, len(rest), ())


def _told(place: Place, fault: Fault, cause: str) -> str:
    """What PyTorch objects to, and where the numbers come from, so far as the cause does not say it."""
    reason = REMEDIES[type(fault)].explain(place, fault)
    if not reason or (cause and any(reason == one.stated for one in place.model_inputs())):
        return sentence(fault.message, place)
    joint = "; " if ": " in fault.message else ": "
    return sentence(f"{fault.message}{joint}{reason}", place)


def _output_errors(ground: Ground, prover: Prover) -> Iterator[Issue]:
    for fault in ground.analysis.output_faults:
        position = fault.input or 0
        prover.share_out(len(ground.analysis.output_faults))
        proposals = propose_output_index(ground.raw, position, fault)
        pointer = f"/outputs/{position}" if "outputs" in ground.raw else f"/layers/{len(ground.raw['layers']) - 1}"
        yield Issue(
            "error", fault.code, None, pointer, ended(fault.message.replace("{layer} takes", "The model returns")),
            fault.expected, fault.received,
            tuple(proof.fix for proof in proven(proposals, {OUTPUTS: fault}, prover)),
        )  # fmt: skip


def proven(proposals: Iterator[Proposal], faults: Mapping[int, Fault], prover: Prover) -> list[Proven]:
    """The proposals that hold, the best of them first, otherwise as they were proposed."""
    found: list[Proven] = []
    readings = prover.ground.analysis.readings
    others = prover.ground.fault_count - sum(len(readings[node].outcome.faults) for node in faults if node != OUTPUTS)
    seen: list[Patch] = []
    outcomes: list[Outcome] = []
    for proposal in proposals:
        whole = any(proof.remaining <= others for proof in found)
        if len(found) == (MOST_FIXES if whole else MOST_TRIED) or prover.spent(first=not seen):
            break
        leaves = outcome(prover.ground, proposal.patch)
        if proposal.patch in seen or leaves in outcomes:
            continue
        seen.append(proposal.patch)
        proof = prover.prove(proposal, faults)
        if proof is not None:
            found.append(proof)
            outcomes.append(leaves)
    found.sort(key=lambda proof: proof.rank)
    # What leaves the layer refused on other grounds is offered only where nothing better is.
    found = [proof for proof in found if proof.rank[:2] <= found[0].rank[:2] or not proof.unsettled]
    found = [proof for proof in found if proof.remaining < prover.ground.fault_count] or found
    # A fix that brings a hidden mistake to light is offered only where none that does without leaves as little.
    least = min((proof.remaining for proof in found if not proof.laid_open), default=None)
    least_hidden = [proof for proof in found if least is None or not proof.laid_open or proof.remaining < least]
    return least_hidden[:MOST_FIXES]
