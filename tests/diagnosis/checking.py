"""What holds of every issue, whatever document it is about."""

import json
import re
from collections import Counter
from typing import Any

import jsonpatch
import jsonpointer

from service.core.issues import Fix, Issue
from service.diagnosis.examination import Examination
from service.diagnosis.kinds import codes
from tests.diagnosis.architectures import Raw
from tests.documents import examined

SHAPE = re.compile(r"\[[^\]]*\]")
TUPLE = re.compile(r"\([^()]*\)")
QUESTION = re.compile(r' did you mean "[^"]*"\?')


def check_issue(issue: Issue, raw: Raw, before: Examination) -> None:
    jsonpointer.resolve_pointer(raw, issue.pointer)
    assert issue.code in codes(), issue.code
    assert (issue.layer is None) == issue.pointer.startswith("/outputs") or issue.layer is None
    check_text(issue.message)
    for fix in issue.fixes:
        check_text(fix.description)
        check_fix(fix, issue, raw, before)


def check_text(text: str) -> None:
    plain = TUPLE.sub("()", QUESTION.sub("", SHAPE.sub("[]", text)))
    assert "{" not in plain, text
    assert "?" not in plain, text
    assert "  " not in plain, text
    assert not re.search(r"\bNone\b|: :|\.\.$", plain), text
    assert text.endswith((".", "?")), text


def check_fix(fix: Fix, issue: Issue, raw: Raw, before: Examination) -> None:
    """The fix does what it says, when another program applies it and all is read from scratch."""
    changed: Any = jsonpatch.apply_patch(raw, json.loads(json.dumps([step.as_json() for step in fix.patch])))
    after = examined(changed)
    assert fix.valid == (not after.analysis.refused), (issue.message, fix)
    totals, changed_totals = before.analysis.totals, after.analysis.totals
    assert fix.parameters == change(totals.parameters, changed_totals.parameters), (issue.message, fix)
    assert fix.macs == change(totals.macs, changed_totals.macs), (issue.message, fix)
    if issue.severity == "warning":
        warned, left = (
            Counter(other.code for other in each.issues if other.severity == "warning") for each in (before, after)
        )
        assert left[issue.code] < warned[issue.code], (issue.message, fix)
        assert left <= warned, (issue.message, fix)


def change(before: Any, after: Any) -> int | None:
    return after - before if isinstance(before, int) and isinstance(after, int) else None
