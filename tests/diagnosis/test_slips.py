"""Of a slip of the pen in a sound architecture, what was meant is the first fix."""

from collections.abc import Iterable
from typing import Any

import pytest

from service.diagnosis.patching import patched
from tests.diagnosis.architectures import SOUND, Raw
from tests.diagnosis.slips import SLIPS, fed_otherwise, slipped
from tests.documents import examined

LATER = {("unet", "padding forgotten")}
"""Where another fix is as good."""


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("name", SOUND)
def test_what_was_meant_is_offered_first(name: str, slip: str) -> None:
    original = SOUND[name]()
    check_restored(original, slipped(original, SLIPS[slip]), first=(name, slip) not in LATER)


@pytest.mark.parametrize("name", SOUND)
def test_the_element_type_that_was_meant_is_offered_first(name: str) -> None:
    original = SOUND[name]()
    check_restored(original, fed_otherwise(original), first=True)


def check_restored(original: Raw, slips: Iterable[Raw], *, first: bool) -> None:
    for raw in slips:
        issues = [issue for issue in examined(raw).issues if issue.severity == "error"]
        for issue in issues[:1]:
            offered = issue.fixes[:1] if first else issue.fixes
            restored = [figures(patched(raw, fix.patch)) == figures(original) for fix in offered]
            assert any(restored), (issue.message, [fix.description for fix in issue.fixes])


def figures(raw: Raw) -> Any:
    """What an architecture is known by."""
    analysis = examined(raw).analysis
    return analysis.refused, analysis.outputs, analysis.totals
