"""From an analysis to issues: each mistake explained once, its cures proposed and proven."""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.fold import Outcomes
from service.analysis.reading import Analysis
from service.architecture.document import Document
from service.core.faults import Fault
from service.core.issues import Fix, Issue, Patch
from service.diagnosis.cures import REMEDIES
from service.diagnosis.cures.inputs import propose_output_index
from service.diagnosis.ground import Ground
from service.diagnosis.mistakes import mistakes
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.proof import MOST_LAID_OPEN, Proven, Prover
from service.diagnosis.warn import warnings
from service.diagnosis.wording import ended, named, sentence

MOST_FIXES: Final = 6
"""Fixes offered an issue."""


Ordered = tuple[int, Issue]
"""An issue, and the node it is about."""


def diagnose(raw: dict[str, Any], document: Document, analysis: Analysis, memory: Outcomes) -> tuple[Issue, ...]:
    """Every mistake once and every suspicion, with proven fixes, in the document's order."""
    ground = Ground(raw, document, analysis, memory)
    if not analysis.refused:
        return tuple(issue for _, issue in warnings(ground))
    prover = Prover(ground)
    found = sorted((*_errors(ground, prover), *warnings(ground)), key=lambda ordered: ordered[0])
    return (*(issue for _, issue in found), *_output_errors(ground, prover))


def _errors(ground: Ground, prover: Prover) -> Iterator[Ordered]:
    found = mistakes(ground.analysis)
    for node, fault, copies in found:
        prover.share_out(len(found))
        yield node, _error(Place(ground, node, copies, fault.input or 0), fault, prover)


def _error(place: Place, fault: Fault, prover: Prover) -> Issue:
    remedy, node = REMEDIES[type(fault)], place.reading.node
    reason = remedy.explain(place, fault)
    joint = "; " if ": " in fault.message else ": "
    told = sentence(f"{fault.message}{joint}{reason}" if reason else fault.message, place)
    argument = fault.argument if fault.argument in value_at(place.raw, node.pointer) else None
    return Issue(
        "error", fault.code, node.name, f"{node.pointer}/{argument}" if argument else node.pointer,
        " ".join((told, *_about_copies(place))), fault.expected, fault.received,
        proven(remedy.propose(place, fault), fault, place.copies, prover),
    )  # fmt: skip


def _output_errors(ground: Ground, prover: Prover) -> Iterator[Issue]:
    for fault in ground.analysis.output_faults:
        position = fault.input or 0
        prover.share_out(len(ground.analysis.output_faults))
        pointer = f"/outputs/{position}" if "outputs" in ground.raw else f"/layers/{len(ground.raw['layers']) - 1}"
        yield Issue(
            "error", fault.code, None, pointer, ended(fault.message.replace("{layer} takes", "The model returns")),
            fault.expected, fault.received,
            proven(propose_output_index(ground.raw, position, fault), fault, (), prover),
        )  # fmt: skip


def _about_copies(place: Place) -> Iterator[str]:
    """What has to be said of a repeated layer."""
    repeated = _repetition(place)
    if repeated is not None:
        name, copy = repeated
        if copy > 0:
            yield f"{name} is repeated, so what it returns has to be what it takes."
    pointer = place.reading.node.pointer
    readings = [place.analysis.readings[node] for node in place.copies[1:]]
    copies = sum(reading.node.pointer == pointer for reading in readings)
    if copies:
        yield f"The same holds for {copies} more {'copies' if copies > 1 else 'copy'} of it."
    others = {reading.node.pointer: called(reading) for reading in readings if reading.node.pointer != pointer}
    if others:
        are = "are" if len(others) > 1 else "is"
        yield f"For the same reason {named(list(others.values()))} {are} refused."


def _repetition(place: Place) -> tuple[str, int] | None:
    """Name of the repeated layer or block that the layer belongs to, and which of its copies the layer is in."""
    node = place.reading.node
    if node.shares is not None:
        return None
    parts, spoken, value = node.name.split("."), [], place.raw
    for position in node.pointer.split("/")[2::2]:
        value = value["layers"][int(position)]
        spoken.append(parts.pop(0))
        if value.get("repeat") is not None:
            copy = int(parts.pop(0))
            if copy > 0:
                return ".".join(spoken), copy
            spoken.append(str(copy))
    return None


def proven(proposals: Iterator[Proposal], fault: Fault, copies: tuple[int, ...], prover: Prover) -> tuple[Fix, ...]:
    """The proposals that hold, those that leave the fewest faults first, otherwise as they were proposed."""
    found: list[Proven] = []
    seen: list[Patch] = []
    for proposal in proposals:
        if len(found) == MOST_FIXES or prover.spent(first=not seen):
            break
        if proposal.patch in seen:
            continue
        seen.append(proposal.patch)
        # A fix that brings a hidden mistake to light is offered only where none does without.
        better = any(proof.remaining < prover.ground.fault_count for proof in found)
        proof = prover.prove(proposal, fault, copies, 0 if better else MOST_LAID_OPEN)
        if proof is not None:
            found.append(proof)
    found.sort(key=lambda proof: proof.remaining)
    least = [proof.fix for proof in found if proof.remaining < prover.ground.fault_count]
    return tuple(least or [proof.fix for proof in found])
