"""A document with its mistakes cured by the best fixes that were proven."""

import json
from typing import Any, Final, NamedTuple

from service.core.issues import Fix
from service.diagnosis.examination import Examination, examine
from service.diagnosis.patching import patched

MOST_FIXES: Final = 200
"""Fixes applied to one document."""


class Mended(NamedTuple):
    """A document after its fixes."""

    raw: dict[str, Any]
    applied: tuple[Fix, ...]
    examination: Examination
    """What there is to say of it now."""


def mended(raw: dict[str, Any]) -> Mended:
    """The document with fixes applied until it is sound, or no fix leaves fewer mistakes."""
    examination = examined(raw)
    applied: list[Fix] = []
    while not examination.valid and len(applied) < MOST_FIXES:
        better = _better(raw, examination)
        if better is None:
            break
        fix, raw, examination = better
        applied.append(fix)
    return Mended(raw, tuple(applied), examination)


def _better(raw: dict[str, Any], examination: Examination) -> tuple[Fix, dict[str, Any], Examination] | None:
    """The first fix of the first mistake that has one which leaves fewer mistakes; one that leaves none goes first."""
    offered = [fix for issue in examination.issues if issue.severity == "error" for fix in issue.fixes]
    for fix in sorted(offered, key=lambda fix: not fix.valid):
        changed = patched(raw, fix.patch)
        found = examined(changed)
        if mistakes(found) < mistakes(examination):
            return fix, changed, found
    return None


def mistakes(examination: Examination) -> int:
    """How many there are."""
    return sum(issue.severity == "error" for issue in examination.issues)


def examined(raw: dict[str, Any]) -> Examination:
    """What there is to say of a document that was read before; raises :class:`UnreadableDocument`."""
    return examine(json.dumps(raw).encode())
