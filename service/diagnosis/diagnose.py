"""From faults to issues: each explained, its cures proposed and proven, one issue a mistake."""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.fold import Memory
from service.analysis.reading import Analysis
from service.core.issues import Fix, Issue
from service.diagnosis.cures import REMEDIES
from service.diagnosis.place import Place, Proposal
from service.diagnosis.proof import Prover

MOST_FIXES: Final = 6
"""Fixes offered an issue."""


def diagnose(raw: dict[str, Any], analysis: Analysis, memory: Memory, *, training: bool) -> tuple[Issue, ...]:
    """Every mistake of a document once, with proven fixes, in the document's order."""
    return tuple(_errors(raw, analysis, Prover(raw, analysis, memory, training)))


def _errors(raw: dict[str, Any], analysis: Analysis, prover: Prover) -> Iterator[Issue]:
    told: set[tuple[Any, ...]] = set()
    for index, reading in enumerate(analysis.readings):
        for fault in reading.outcome.faults:
            # The copies of a repeated layer stand at one place of the document: that is one mistake.
            identity = (reading.node.pointer, fault.code, fault.argument, str(fault.received))
            if identity not in told:
                told.add(identity)
                yield _issue(Place(raw, analysis, index, fault), prover)


def _issue(place: Place, prover: Prover) -> Issue:
    fault, node = place.fault, place.reading.node
    remedy = REMEDIES.get(type(fault))
    message, proposals = fault.message, iter(())
    if remedy is not None:
        reason = remedy.explain(place, fault)
        message = f"{message}: {reason}" if reason else message
        proposals = remedy.propose(place, fault)
    pointer = f"{node.pointer}/{fault.argument}" if fault.argument else node.pointer
    return Issue(
        "error", fault.code, node.name, pointer, _named(message, place) + ".", fault.expected, fault.received,
        _proven(proposals, prover),
    )  # fmt: skip


def _named(message: str, place: Place) -> str:
    source = place.source
    arriving = place.analysis.graph.name_of(source) if source is not None else "what arrives"
    return message.replace("{layer}", place.name).replace("{input}", arriving)


def _proven(proposals: Iterator[Proposal], prover: Prover) -> tuple[Fix, ...]:
    """The proposals that hold, those that leave no fault at all first, otherwise as they were proposed."""
    fixes: list[Fix] = []
    for proposal in proposals:
        fix = prover.prove(proposal)
        if fix is not None and fix.patch not in [known.patch for known in fixes]:
            fixes.append(fix)
        if len(fixes) == MOST_FIXES:
            break
    return tuple(sorted(fixes, key=lambda fix: not fix.valid))
