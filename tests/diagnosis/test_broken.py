import pytest

from tests.diagnosis.architectures import SOUND
from tests.diagnosis.broken import BROKEN
from tests.diagnosis.checking import check_issue
from tests.diagnosis.expected import Case
from tests.documents import examined


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_every_mistake_is_told_once_with_fixes_that_hold(case: Case) -> None:
    examination = examined(case.document)
    errors = [issue for issue in examination.issues if issue.severity == "error"]
    assert [(issue.code, issue.pointer) for issue in errors] == [
        (wanted.code, wanted.pointer) for wanted in case.issues
    ]
    for issue, wanted in zip(errors, case.issues, strict=True):
        assert wanted.says in issue.message
        descriptions = [fix.description for fix in issue.fixes]
        if wanted.fix is None:
            assert not descriptions
        else:
            assert any(description.startswith(wanted.fix) for description in descriptions), descriptions
        check_issue(issue, case.document, examination)


@pytest.mark.parametrize("case", [case for case in BROKEN.values() if len(case.issues) == 1])
def test_a_single_mistake_has_a_fix_that_makes_the_document_sound(case: Case) -> None:
    (issue,) = (issue for issue in examined(case.document).issues if issue.severity == "error")
    assert not issue.fixes or issue.fixes[0].valid


@pytest.mark.parametrize("name", SOUND)
def test_of_sound_architectures_nothing_is_said(name: str) -> None:
    examination = examined(SOUND[name]())
    assert examination.valid
    assert not examination.issues
