import pytest

from service.diagnosis.warnings import RULES
from tests.diagnosis.architectures import Raw
from tests.diagnosis.checking import check_issue
from tests.diagnosis.misread_axes import Pair
from tests.diagnosis.suspicious import INNOCENT, PAIRS
from tests.documents import examined

CASES = [(code, pair) for code, pairs in PAIRS.items() for pair in pairs]
IDS = [f"{code}-{number}" for code, pairs in PAIRS.items() for number in range(len(pairs))]


def test_every_rule_has_an_example() -> None:
    assert PAIRS.keys() == {rule.code for rule in RULES}


@pytest.mark.parametrize(("code", "pair"), CASES, ids=IDS)
def test_what_is_suspicious_is_warned_of_with_fixes_that_hold(code: str, pair: Pair) -> None:
    examination = examined(pair.suspicious)
    assert examination.valid
    assert [issue.code for issue in examination.issues] == [code]
    for issue in examination.issues:
        assert issue.severity == "warning"
        assert issue.fixes
        assert all(fix.valid for fix in issue.fixes)
        check_issue(issue, pair.suspicious, examination)


@pytest.mark.parametrize("pair", [pair for _, pair in CASES], ids=IDS)
def test_its_twin_is_not(pair: Pair) -> None:
    assert examined(pair.innocent).issues == ()


@pytest.mark.parametrize("raw", INNOCENT.values(), ids=INNOCENT)
def test_what_is_done_on_purpose_is_not(raw: Raw) -> None:
    assert examined(raw).issues == ()


def test_errors_and_warnings_come_in_the_documents_order() -> None:
    raw = {
        "input": [4, 8],
        "layers": [
            {"type": "Linear", "out_features": 8},
            {"type": "ReLU"},
            {"type": "ReLU"},
            {"type": "Linear", "in_features": 9, "out_features": 4},
        ],
    }
    assert [issue.code for issue in examined(raw).issues] == ["activation-twice", "linear-in-features"]


def test_inputs_are_called_what_they_are_called_in_the_document() -> None:
    """Not what a pointer calls them, which writes some characters otherwise."""
    inputs = {"x": [1, 8], **{f"a/b~{index}": [1, 8] for index in range(30)}}
    examination = examined({"inputs": inputs, "layers": [{"type": "ReLU", "inputs": ["x"]}]})
    told = " ".join(issue.message for issue in examination.issues)
    assert "a/b~0" in told
    assert "~1" not in told.replace("b~1", "")
