"""What PyTorch said, in the forms that have a place for it."""

import json
from typing import Any

import pytest

from service.reports.formats import FORMATS
from service.reports.text import COLUMNS, columns_of
from service.reports.verified import joined
from tests.reports.hostile import NAMES

Json = dict[str, Any]

FOUND: dict[str, Json] = {
    "agrees": {"status": "verified", "device": "cpu", "torch_version": "2.13.0", "layers_compared": 62,
               "latency_ms": 3.14, "discrepancies": []},
    "refuses": {"status": "rejected", "device": "cpu", "layer": "fc", "error": "RuntimeError: a\nb",
                "discrepancies": []},
    "differs": {"status": "discrepancy", "device": "cpu", "torch_version": "2.13.0", "layers_compared": 1,
                "discrepancies": [{"layer": "fc", "what": "output", "ours": [1, 2], "pytorch": [1, 3]}] * 12},
    "is slow": {"status": "timeout", "device": "cpu", "error": "It took more than 20 s.", "discrepancies": []},
    "tries fixes": {"status": "rejected", "device": "cpu", "layer": "0", "error": "x", "discrepancies": [],
                    "fixes": [{"issue": 0, "fix": 0, "status": "verified"}]},
    "is hostile": {"status": "rejected", "device": "cpu", "layer": "".join(NAMES[:12]), "error": "".join(NAMES),
                   "discrepancies": []},
}  # fmt: skip
TOLD = {
    "agrees": "PyTorch agrees: 62 layers compared, PyTorch 2.13.0 on cpu, forward 3.1 ms.",
    "refuses": "PyTorch refuses it, too, at layer fc (cpu): RuntimeError: a b",
    "differs": "output of fc: [1, 2] here, [1, 3] in PyTorch.",
    "is slow": "PyTorch has nothing to say (timeout, cpu): It took more than 20 s.",
    "tries fixes": "1 fix tried, all as said above.",
}
BY_NAME = {each.name: each for each in FORMATS}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_told_in_words(name: str) -> None:
    text = joined(b"above\n", BY_NAME["text"], FOUND[name]).decode()
    assert text.startswith(("above\n\nPyTorch ", "above\n\n\u2068PyTorch "))
    assert TOLD.get(name, "") in text
    assert all(columns_of(line) <= COLUMNS and "\x1b" not in line for line in text.splitlines())
    markdown = joined(b"above\n", BY_NAME["markdown"], FOUND[name]).decode()
    assert "<script>" not in markdown
    assert markdown.startswith("above\n\n")


def test_it_is_a_part_of_the_json() -> None:
    found = json.loads(joined(b'{"valid":true}', BY_NAME["json"], FOUND["agrees"]))
    assert found == {"valid": True, "verification": FOUND["agrees"]}


@pytest.mark.parametrize("name", ["csv", "svg", "mermaid", "python"])
def test_others_have_no_place_for_it(name: str) -> None:
    assert joined(b"above\n", BY_NAME[name], FOUND["differs"]) == b"above\n"
