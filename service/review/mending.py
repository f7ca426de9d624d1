"""A document with its mistakes cured by the best fixes that were proven."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from service.core.issues import Fix, Issue
from service.diagnosis.examination import examine
from service.diagnosis.patching import patched

MOST_FIXES: Final = 200
"""Fixes applied to one document."""


Raw = dict[str, Any]


class Mended(NamedTuple):
    """A document after its fixes."""

    raw: Raw
    applied: tuple[Fix, ...]
    issues: Sequence[Issue]
    """What there is to say of it now."""


def mended(raw: Raw, issues_of: Callable[[Raw], Sequence[Issue]]) -> Mended:
    """The document with fixes applied until it is sound, or no fix leaves fewer mistakes."""
    issues = issues_of(raw)
    applied: list[Fix] = []
    while mistakes(issues) and len(applied) < MOST_FIXES:
        better = _better(raw, issues, issues_of)
        if better is None:
            break
        fix, raw, issues = better
        applied.append(fix)
    return Mended(raw, tuple(applied), issues)


def _better(
    raw: Raw, issues: Sequence[Issue], issues_of: Callable[[Raw], Sequence[Issue]]
) -> tuple[Fix, Raw, Sequence[Issue]] | None:
    """The first fix of the first mistake that has one which leaves fewer mistakes; one that leaves none goes first."""
    offered = [fix for issue in issues if issue.severity == "error" for fix in issue.fixes]
    for fix in sorted(offered, key=lambda fix: not fix.valid):
        changed = patched(raw, fix.patch)
        found = issues_of(changed)
        if mistakes(found) < mistakes(issues):
            return fix, changed, found
    return None


def mistakes(issues: Sequence[Issue]) -> int:
    """How many there are."""
    return sum(issue.severity == "error" for issue in issues)


def issues_here(raw: Raw) -> Sequence[Issue]:
    """What is wrong with a document, without a service; raises :class:`UnreadableDocument`."""
    return examine(json.dumps(raw).encode()).issues
