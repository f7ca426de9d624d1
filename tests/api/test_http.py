"""The service through real HTTP, every kind of failure included."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.api.problems import EXPLANATIONS, Problem
from service.layers.catalogue import CATALOGUE
from service.reports.answer import Answer
from tests.documents import Json, tutorial


def problem(response: httpx.Response, status: int, code: str) -> Json:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    content: Json = response.json()
    Problem.model_validate(content)
    assert content["status"] == status
    assert content["code"] == code
    return content


def test_curl_without_a_content_type(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.post("/analyze", content=json.dumps(tutorial(3, 2048)), headers=headers)
    assert response.status_code == 200
    assert response.json()["valid"]


def test_an_unsound_architecture_is_still_a_200(client: httpx.Client) -> None:
    response = client.post("/analyze", json=tutorial(5, 2048))
    assert response.status_code == 200
    assert not response.json()["valid"]


def test_answers_are_as_described(client: httpx.Client) -> None:
    for document in (tutorial(3, 2048), tutorial(5, 2048)):
        answer = client.post("/analyze", json=document).json()
        described = Answer.model_validate(answer, strict=True, extra="forbid")
        patches = [fix["patch"] for issue in answer["issues"] for fix in issue["fixes"]]
        assert described.model_dump(exclude={"issues"}, exclude_unset=True) == {
            key: answer[key] for key in answer if key != "issues"
        }
        assert all({"op", "path"} <= set(step) for patch in patches for step in patch)


def test_the_same_request_twice_gives_the_same_bytes(client: httpx.Client) -> None:
    first, second = (client.post("/analyze", json=tutorial(5, 2048)).content for _ in range(2))
    assert first == second


def test_integers_are_exact_at_any_size(client: httpx.Client) -> None:
    document = {"input": [1, 2**40], "layers": [{"type": "Linear", "in_features": 2**40, "out_features": 2**40}]}
    assert client.post("/analyze", json=document).json()["totals"]["parameters"] == 2**80 + 2**40


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not-json"),
        (b"{", 400, "not-json"),
        (b'{"input": [1], "layers": [], "x": NaN}', 400, "not-json"),
        (b"[" * 100_000, 400, "too-deep"),
        (b'{"input": [1], "layers": [{"type": "Conv"}]}', 422, "unreadable-document"),
        (b'{"input": [1], "layers": [{"type": "ReLU", "name": "\\ud800"}]}', 422, "unreadable-document"),
    ],
    ids=["empty", "cut", "nan", "deep", "type", "surrogate"],
)
def test_what_cannot_be_read(client: httpx.Client, body: bytes, status: int, code: str) -> None:
    content = problem(client.post("/analyze", content=body), status, code)
    assert content["faults"]
    assert client.get(content["type"]).json()["status"] == status


def test_problems_are_never_long(client: httpx.Client) -> None:
    response = client.post("/analyze", content=b'{"input": [1], "layers": [' + b"{}," * 300_000 + b"{}]}")
    assert len(response.content) < 65_536


def test_a_body_over_the_limit(client: httpx.Client) -> None:
    limit = client.get("/version").json()["limits"]["max_body_bytes"]

    def chunks() -> Iterator[bytes]:
        for _ in range(limit // 65_536 + 2):
            yield b" " * 65_536

    problem(client.post("/analyze", content=b" " * (limit + 1)), 413, "body-too-large")
    problem(client.post("/analyze", content=chunks()), 413, "body-too-large")


def test_a_compressed_body(client: httpx.Client) -> None:
    body = gzip.compress(json.dumps(tutorial(3, 2048)).encode())
    problem(client.post("/analyze", content=body, headers={"Content-Encoding": "gzip"}), 415, "content-encoding")


def test_other_paths_and_methods(client: httpx.Client) -> None:
    problem(client.get("/nowhere"), 404, "not-found")
    assert problem(client.get("/analyze"), 405, "method-not-allowed")
    assert "Conv2d" in problem(client.get("/layers/conv2D"), 404, "not-found")["detail"]
    problem(client.get("/problems/none"), 404, "not-found")


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_every_problem_has_a_page(client: httpx.Client, code: str) -> None:
    assert client.get(f"/problems/{code}").json()["status"] == EXPLANATIONS[code].status


def test_the_catalogue_lists_every_entry(client: httpx.Client) -> None:
    assert [entry["type"] for entry in client.get("/layers").json()] == list(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_example_of_every_entry_can_be_posted(client: httpx.Client, name: str) -> None:
    entry = client.get(f"/layers/{name}").json()
    assert entry["arguments"] or not CATALOGUE[name].model_fields.keys() - {"type", "name", "inputs", "repeat"}
    if entry["example"] is not None:
        answer = client.post("/analyze", json=entry["example"]).json()
        assert answer["valid"], answer.get("issues", answer)


def test_health_and_version(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}
    assert client.get("/version").json()["version"]


def test_every_example_of_the_description_is_answered_as_it_says(client: httpx.Client) -> None:
    operation: Any = client.get("/openapi.json").json()["paths"]["/analyze"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    documented = operation["responses"]["200"]["content"]["application/json"]["examples"]
    assert examples.keys() == documented.keys()
    assert len(examples) >= 10
    broken = {"broken": 1, "three-mistakes": 3}
    for name, example in examples.items():
        answer = client.post("/analyze", json=example["value"]).json()
        assert answer == documented[name]["value"]
        assert len(answer["issues"]) == broken.get(name, 0), answer["issues"]
        assert answer["valid"] == (name not in broken)
