import pytest

from service.diagnosis.patching import patched
from tests.diagnosis.checking import check_issue
from tests.diagnosis.lessons import LESSONS
from tests.diagnosis.lessons.lesson import Lesson
from tests.documents import examined


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_the_fix_a_teacher_would_name_is_offered_first_and_holds(lesson: Lesson) -> None:
    examination = examined(lesson.document)
    issue = next(issue for issue in examination.issues if issue.severity == "error")
    descriptions = [fix.description for fix in issue.fixes]
    assert descriptions, issue.message
    assert descriptions[0].startswith(lesson.first), descriptions
    assert issue.fixes[0].valid
    for other in lesson.others:
        assert any(description.startswith(other) for description in descriptions[1:]), descriptions
    check_issue(issue, lesson.document, examination)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_no_fix_is_offered_twice(lesson: Lesson) -> None:
    for issue in (issue for issue in examined(lesson.document).issues if issue.severity == "error"):
        left = [patched(lesson.document, fix.patch) for fix in issue.fixes]
        assert all(document not in left[:place] for place, document in enumerate(left))
        assert len({fix.description for fix in issue.fixes}) == len(issue.fixes)
