"""What is expected of such a service and is not shown elsewhere; see docs/service-properties.md for all of it."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException

from service.api.application import create_application
from service.api.negotiation import NotAcceptableError
from service.api.settings import Settings
from service.architecture.problems import UnreadableDocument
from tests.api.server import analysing
from tests.documents import tutorial

API = Path(__file__).parents[2] / "service/api"
RELU = '{"type": "ReLU"}'
DOCUMENT = '{"input": [1, %s], "layers": [%s]}'


def test_the_version_tells_what_runs_and_its_limits(client: httpx.Client) -> None:
    told = client.get("/version").json()
    assert {"version", "torch_version", "devices", "limits", "settings"} == told.keys()
    assert {"max_body_bytes", "layers", "nesting", "rank", "analysis_seconds", "verify_seconds"} <= told[
        "limits"
    ].keys()
    assert told["devices"] == told["limits"]["verify_devices"] == []


@pytest.mark.parametrize(
    ("number", "status"),
    [("NaN", 400), ("Infinity", 400), ("-Infinity", 400), ("1e400", 422), ("1" * 5000, 400), ("-" + "1" * 5000, 400),
     ("1" * 4000, 422), ("1.0", 422), ("true", 422), ('"8"', 422), ("null", 422), ("0x1", 400), ("1_0", 400)],
)  # fmt: skip
def test_what_is_no_size(client: httpx.Client, number: str, status: int) -> None:
    answer = client.post("/analyze", content=DOCUMENT % (number, RELU))
    assert answer.status_code == status, answer.text[:300]
    if status == 422:
        assert answer.json()["faults"][0]["pointer"].startswith("/input")


@pytest.mark.parametrize(
    ("layer", "pointer"),
    [('{"type": "ReLU", "type": "ReLU"}', "/layers/0/type"), ('{"type": "ReLU", "colour": 1}', "/layers/0/colour"),
     ('{"type": "Linear", "out_features": true}', "/layers/0/out_features"),
     ('{"type": "Linear", "out_features": "12"}', "/layers/0/out_features"),
     ('{"type": "Linear", "out_features": 3.0}', "/layers/0/out_features"),
     ('{"type": "ReLU", "name": "\\ud800"}', "/layers/0/name"), ('{"type": "\\udfff"}', "/layers/0/type")],
)  # fmt: skip
def test_what_is_not_what_it_should_be_is_pointed_at(client: httpx.Client, layer: str, pointer: str) -> None:
    answer = client.post("/analyze", content=DOCUMENT % (8, layer))
    assert answer.status_code in (400, 422)
    assert answer.json()["faults"][0]["pointer"] == pointer


PRIVATE = re.compile(r"Traceback|File \"|\.py\b|site-packages|0x[0-9a-f]{6,}|127\.0\.0\.1|/tmp/|/usr/|/home/")


@pytest.mark.parametrize(
    ("path", "body"),
    [("/analyze", b"{"), ("/analyze", b"\xff"), ("/analyze", b"[]"), ("/analyze", b'{"input": [1], "layers": [{}]}'),
     ("/analyze", b"[" * 100_000), ("/diff", b"{}"), ("/check", b'{"document": 1, "budget": 2}'), ("/nowhere", b""),
     ("/layers/%00", None), ("/layers/..%2f..%2fetc%2fpasswd", None), ("/architectures/x/analysis?input=%ff", None),
     ("/analyze?format=%ff", b"{}"), ("/problems/none", None)],
)  # fmt: skip
def test_no_error_tells_of_the_machine(client: httpx.Client, path: str, body: bytes | None) -> None:
    answer = client.get(path) if body is None else client.post(path, content=body)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert not PRIVATE.search(answer.text.replace("passwd", "")), answer.text


def test_nesting_is_refused_before_it_is_read(client: httpx.Client) -> None:
    assert client.post("/analyze", content=b'{"a":' * 100_000).json()["code"] == "too-deep"
    body = b"[" * 100_000
    answers = [client.post("/analyze", content=body) for _ in range(20)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(400, "too-deep")}
    assert min(answer.elapsed.total_seconds() for answer in answers) < 0.01


def test_ten_thousand_paths_make_no_series(client: httpx.Client) -> None:
    def series() -> set[str]:
        return {line.split(" ")[0] for line in client.get("/metrics").text.splitlines() if not line.startswith("#")}

    client.get("/nowhere")
    client.get("/metrics")
    before = series()
    for number in range(10_000):
        client.get(f"/{number}/{os.urandom(4).hex()}")
    assert series() == before


def test_whatever_wraps_the_application_is_plain_asgi() -> None:
    imported = {
        alias.name
        for path in API.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert "BaseHTTPMiddleware" not in imported
    decorated = [path.name for path in API.rglob("*.py") if ".middleware(" in path.read_text(encoding="utf-8")]
    assert not decorated


def test_no_problem_is_written_in_a_thread() -> None:
    # That is where what is not asynchronous ends up, which takes longer than all else about a refusal.
    handlers = create_application(Settings()).exception_handlers
    assert {HTTPException, UnreadableDocument, NotAcceptableError, Exception} <= set(handlers)
    assert all(map(inspect.iscoroutinefunction, handlers.values()))


def test_replicas_answer_alike(client: httpx.Client) -> None:
    documents: list[Any] = [tutorial(3, 2048), tutorial(5, 2048), client.get("/architectures/bert-base").json()]
    documents.append({"input": [1, 8], "layers": [{"type": "Linear", "out_feature": 3}, {"type": "RELU"}, {}]})

    def answers(address: str) -> list[tuple[bytes, str | None]]:
        found = []
        for document in documents:
            for written in ("json", "text", "markdown", "csv", "svg", "mermaid", "python"):
                answer = httpx.post(f"{address}/analyze?format={written}", json=document, timeout=60)
                found.append((answer.content, answer.headers.get("etag")))
        return found

    with analysing() as one, analysing("--workers", "2") as two:
        assert answers(one) == answers(two) == answers(one)


def test_a_hash_that_is_random_changes_nothing() -> None:
    code = """
import json, sys
from service.api.responding import Responder
sys.stdout.buffer.write(Responder().respond(sys.stdin.buffer.read()))
"""
    body = json.dumps(tutorial(5, 2048)).encode()
    told = {
        subprocess.run([sys.executable, "-c", code], input=body, capture_output=True, check=True,
                       env={**os.environ, "PYTHONHASHSEED": str(seed)}).stdout
        for seed in range(3)
    }  # fmt: skip
    assert len(told) == 1
