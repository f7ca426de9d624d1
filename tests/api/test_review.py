"""Budgets and versions over HTTP."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from service.api.examples import EXAMPLES
from service.reports.csv import FORMULA_STARTS
from service.reports.formats import FORMATS, Format
from service.reports.text import COLUMNS, columns_of
from tests.documents import tutorial
from tests.reports.hostile import NAMES, document

SOUND = tutorial(5, 1568)


def test_a_budget_that_is_kept(client: httpx.Client) -> None:
    budget = {"parameters": {"min": 1, "max": 30_000}, "macs": {"max": 10**6}, "output_shape": [None, 10],
              "output_dtype": "float32", "layers": {"max": 6}, "no_warnings": True, "forbidden_types": ["LSTM"],
              "allowed_types": ["Conv2d", "ReLU", "Flatten", "Linear"]}  # fmt: skip
    answer = client.post("/check", json={"document": SOUND, "budget": budget}).json()
    assert answer["passed"], answer
    assert answer["lines"][0]["limit"] == "valid"
    assert len(answer["lines"]) == len(budget) + 1


@pytest.mark.parametrize(
    ("document", "budget", "limit"),
    [
        (SOUND, {"parameters": {"max": 29_737}}, "parameters"), (SOUND, {"macs": {"min": 10**9}}, "macs"),
        (SOUND, {"output_shape": [1, 11]}, "output_shape"), (SOUND, {"output_shape": [None]}, "output_shape"),
        (SOUND, {"output_dtype": "float16"}, "output_dtype"), (SOUND, {"allowed_types": ["Conv2d"]}, "allowed_types"),
        (SOUND, {"forbidden_types": ["Flatten"]}, "forbidden_types"), (tutorial(5, 2048), {}, "valid"),
        (tutorial(5, 2048), {"forbidden_issues": ["linear-in-features"]}, "forbidden_issues"),
        ({"input": [1, 4], "layers": [{"type": "Linear", "out_features": 4}, {"type": "Linear", "out_features": 4}]},
         {"no_warnings": True}, "no_warnings"),
    ],
)  # fmt: skip
def test_a_limit_that_is_exceeded(client: httpx.Client, document: Any, budget: Any, limit: str) -> None:
    body = {"document": document, "budget": budget}
    answer = client.post("/check", json=body).json()
    assert not answer["passed"]
    assert limit in [line["limit"] for line in answer["lines"] if not line["passed"]]
    assert "✗" in client.post("/check?format=text", json=body).text


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ({}, "1 limit kept"), ({"no_warnings": True}, "2 limits kept"),
        ({"macs": {"max": 1}}, "1 of 2 limits exceeded"),
        ({"parameters": {"max": 29_000}}, "29,738, which is 738 more than 29,000."),
        ({"parameters": {"min": 30_000}}, "29,738, which is 262 less than 30,000."),
        ({"output_shape": [None, 10]}, "The output is [1, 10]."),
        ({"output_shape": [None, 11]}, "The output is [1, 10], not [any, 11]."),
        ({"output_dtype": "float16"}, "The output is float32, not float16."),
    ],
)  # fmt: skip
def test_what_is_asked_for_and_what_there_is_are_told(client: httpx.Client, budget: Any, told: str) -> None:
    assert told in client.post("/check?format=text", json={"document": SOUND, "budget": budget}).text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"document": {"input": [1], "layers": [{"type": "Conv"}]}, "budget": {}}, "/document/layers/0"),
        ({"document": SOUND, "budget": {"parametres": {}}}, "/budget/parametres"),
        ({"document": SOUND, "budget": {"macs": {"max": "5"}}}, "/budget/macs/max"),
        ({"document": SOUND}, "/budget"), ({"document": SOUND, "budget": {}, "x": 1}, "/x"),
        ({"document": [], "budget": {}}, "/document"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_pointed_at_where_it_was_sent(client: httpx.Client, body: Any, pointer: str) -> None:
    response = client.post("/check", json=body)
    assert response.status_code == 422
    assert response.json()["faults"][0]["pointer"].startswith(pointer)


def test_nothing_changed(client: httpx.Client) -> None:
    for example in EXAMPLES.values():
        answer = client.post("/diff", json={"before": example.document, "after": example.document}).json()
        assert [value for key, value in answer.items() if key != "valid"] == [{}, {}, None, [], [], [], {}, [], []]


def test_what_changed(client: httpx.Client) -> None:
    layers = SOUND["layers"]
    after = {**SOUND, "layers": [{**layers[0], "name": "stem"}, *layers[1:4], {"type": "Dropout", "name": "drop"},
                                 layers[4], {**layers[5], "out_features": 20}]}  # fmt: skip
    answer = client.post("/diff", json={"before": SOUND, "after": after}).json()
    assert answer["added"] == ["drop"]
    assert answer["removed"] == []
    changed = {each["layer"]: each for each in answer["changed"]}
    assert changed["stem"]["renamed_from"] == "conv1"
    assert changed["fc"]["arguments"] == {"out_features": [10, 20]}
    assert changed["fc"]["parameters"] == [15690, 31380]
    assert answer["totals"]["parameters"] == [29738, 45428]
    back = client.post("/diff", json={"before": after, "after": SOUND}).json()
    assert (back["removed"], back["added"]) == (answer["added"], answer["removed"])
    assert back["totals"]["parameters"] == answer["totals"]["parameters"][::-1]


def test_what_goes_in_and_comes_out_is_told(client: httpx.Client) -> None:
    def model(**others: Any) -> dict[str, Any]:
        layers = [{"type": "Identity", "name": "a"}, {"type": "Identity", "name": "b"}]
        return {"input": [1, 4], "layers": layers, **others}

    def asked(after: dict[str, Any]) -> dict[str, Any]:
        body = {"before": model(), "after": after}
        assert "changed." not in client.post("/diff?format=text", json=body).text
        answer: dict[str, Any] = client.post("/diff", json=body).json()
        return answer

    (pair,) = asked(model(input={"shape": [1, 4], "dtype": "float16"}))["inputs"].values()
    assert pair == [{"shape": [1, 4], "dtype": "float32"}, {"shape": [1, 4], "dtype": "float16"}]
    renamed = {key: value for key, value in model(inputs={"x": [1, 4]}).items() if key != "input"}
    assert asked(renamed)["inputs"]["x"] == [None, {"shape": [1, 4], "dtype": "float32"}]
    first, both = [{"ref": "b", "shape": [1, 4], "dtype": "float32"}], [{"ref": "a"}, {"ref": "b"}]
    found = asked(model(outputs=["a", "b"]))["outputs"]
    assert (found[0], [{"ref": each["ref"]} for each in found[1]]) == (first, both)
    assert asked(model(outputs=["a"]))["outputs"][1][0]["ref"] == "a"
    assert asked(model(mode="train", name="other"))["document"] == {"mode": ["eval", "train"], "name": [None, "other"]}


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_reviews_in_every_form(client: httpx.Client, each: Format) -> None:
    asked: dict[str, Any] = {
        "/check": {"document": tutorial(5, 2048), "budget": {"output_shape": [None, 11], "forbidden_types": ["ReLU"]}},
        "/diff": {"before": SOUND, "after": tutorial(5, 2048)},
    }
    for path, body in asked.items():
        response = client.post(path, json=body, headers={"Accept": each.media_type})
        assert response.headers["content-type"] == each.content_type
        assert response.headers["vary"] == "Accept"
        assert client.post(f"{path}?format={each.name}", json=body).content == response.content
        refused = client.post(f"{path}?format=pdf", json=body)
        assert refused.status_code == 406
        assert each.media_type in refused.json()["detail"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_only_names_in_reviews(client: httpx.Client, name: str) -> None:
    before, after = document(name), {**document(name), "layers": document(name)["layers"][1:]}
    after["layers"][0]["inputs"] = [name]
    texts = {each.name: client.post(f"/diff?format={each.name}", json={"before": before, "after": after})
             for each in FORMATS}  # fmt: skip
    if texts["json"].status_code == 422:
        return
    for line in texts["text"].text.splitlines():
        assert columns_of(line) <= COLUMNS
        assert all(character.isprintable() or character in "\u2068\u2069" for character in line), ascii(line)
    for row in csv.reader(io.StringIO(texts["csv"].text, newline="")):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in row)
    assert "<script" not in texts["markdown"].text
    assert {line.count("|") for line in texts["markdown"].text.splitlines() if line.startswith("|")} <= {5, 6}


@pytest.mark.parametrize(
    ("budget", "pointer", "guess"),
    [
        ({"parametres": {}}, "/budget/parametres", "parameters"), ({"mcas": {"max": 1}}, "/budget/mcas", "macs"),
        ({"macs": {"maxx": 1}}, "/budget/macs/maxx", "max"), ({"input": 1}, "/budget/input", None),
        ({"no_warning": True}, "/budget/no_warning", "no_warnings"),
        ({"forbidden_types": ["LSTM", "Dropuot"]}, "/budget/forbidden_types/1", "Dropout"),
        ({"allowed_types": ["conv2D"]}, "/budget/allowed_types/0", "Conv2d"),
        ({"forbidden_issues": ["linear-in-feature"]}, "/budget/forbidden_issues/0", "linear-in-features"),
        ({"forbidden_issues": ["dropout-last", "batchfirst"]}, "/budget/forbidden_issues/1", "batch-first"),
        ({"forbidden_issues": ["nonsense"]}, "/budget/forbidden_issues/0", None),
        ({"output_dtype": "half"}, "/budget/output_dtype", "float16"),
        ({"layers": {"min": 3, "max": 2}}, "/budget/layers", None),
        ({"macs": {"max": 1.5}}, "/budget/macs/max", None), ({"macs": {"max": -1}}, "/budget/macs/max", None),
    ],
)  # fmt: skip
def test_what_a_budget_may_have_meant(client: httpx.Client, budget: Any, pointer: str, guess: str | None) -> None:
    response = client.post("/check", json={"document": SOUND, "budget": budget})
    assert response.status_code == 422
    (fault,) = response.json()["faults"]
    assert (fault["pointer"], fault.get("did_you_mean")) == (pointer, guess)
    assert "document" not in fault["detail"]


def test_whole_numbers_are_written_in_several_ways(client: httpx.Client) -> None:
    content = json.dumps({"document": SOUND, "budget": {"parameters": {"max": 0}}}).replace('"max": 0', '"max": 5e6')
    answer = client.post("/check", content=content, headers={"Content-Type": "application/json"}).json()
    assert answer["lines"][1]["expected"] == {"max": 5_000_000}
    assert answer["passed"]


@pytest.mark.parametrize(
    "budget",
    [{"parameters": None}, {"parameters": {"max": 10**400}}, {"parameters": {"max": -1}}, {"parameters": {"max": 1.5}},
     {"output_shape": [-1]}, {"output_shape": "x"}, {"output_dtype": "float"}, {"allowed_types": "Conv2d"},
     {"no_warnings": 1}, {"forbidden_types": [1]}, {"macs": {"most": 1}}, {"macs": 5}, {"output_shape": [1] * 10_000}],
)  # fmt: skip
def test_a_budget_is_read_or_refused_never_a_defect(client: httpx.Client, budget: Any) -> None:
    response = client.post("/check", json={"document": SOUND, "budget": budget})
    assert response.status_code in (200, 400, 422)
    assert len(response.content) < 2**17
