"""Whatever a request can make grow: a test at each limit and one past it."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from service.api.responding import Responder
from tests.api.server import analysing

RELU = {"type": "ReLU"}


def posted(client: httpx.Client, document: Any) -> httpx.Response:
    return client.post("/analyze", json=document)


def nested(depth: int) -> Any:
    layer: Any = RELU
    for _ in range(depth):
        layer = {"type": "Sequential", "layers": [layer]}
    return {"input": [1, 8], "layers": [layer]}


def code(answer: httpx.Response) -> str:
    content = answer.json()
    return str(content["faults"][0]["code"] if content.get("faults") else content["code"])


def several_inputs(count: int) -> Any:
    inputs = {f"a{index}": [1] for index in range(count)}
    return {"inputs": inputs, "layers": [{**RELU, "inputs": ["a0"]}]}


def stacked(others: int) -> Any:
    """A thousand layers in one, beside others."""
    lstm = {"type": "LSTM", "hidden_size": 4, "num_layers": 1000, "name": "lstm"}
    return {"input": [3, 1, 4], "layers": [lstm, {**RELU, "inputs": ["lstm[0]"], "repeat": others}]}


def bundled(layers: int) -> Any:
    """A block that returns a thousand values, and layers that take them all."""
    block = {"type": "Sequential", "name": "b", "layers": [{**RELU, "name": "x"}], "outputs": ["x"] * 1000}
    return {"input": [1, 8], "layers": [block, *[{"type": "cat", "inputs": ["b"]}] * layers]}


def doubled(blocks: int) -> Any:
    block = {"type": "Sequential", "layers": [RELU], "outputs": ["input", "input"], "repeat": blocks}
    return {"input": [1, 8], "layers": [block]}


AT_AND_PAST = {
    "layers": ({"input": [1, 8], "layers": [{**RELU, "repeat": 100_000}]},
               {"input": [1, 8], "layers": [{**RELU, "repeat": 100_001}]}, "too-many-layers"),
    "layers-within": ({"input": [1, 8], "layers": [{"type": "Sequential", "layers": [RELU] * 9, "repeat": 10_000}]},
                      {"input": [1, 8], "layers": [{"type": "Sequential", "layers": [RELU] * 9, "repeat": 10_001}]},
                      "too-many-layers"),
    "stacked": (stacked(99_000), stacked(99_001), "too-many-layers"),
    "bundled": (bundled(999), bundled(1000), "too-many-values"),
    "doubled": (doubled(14), doubled(1_000), "too-many-values"),
    "nesting": (nested(100), nested(101), "too-deep"),
    "rank": ({"input": [1] * 64, "layers": [RELU]}, {"input": [1] * 65, "layers": [RELU]}, "wrong-value"),
    "size": ({"input": [0, 2**63 - 1], "layers": [RELU]}, {"input": [0, 2**63], "layers": [RELU]}, "wrong-value"),
    "name": ({"input": [1, 8], "layers": [{**RELU, "name": "a" * 256}]},
             {"input": [1, 8], "layers": [{**RELU, "name": "a" * 257}]}, "wrong-value"),
    "inputs": (several_inputs(256),
               several_inputs(257), "wrong-value"),
}  # fmt: skip


@pytest.mark.parametrize("name", AT_AND_PAST)
def test_at_the_limit_and_past_it(client: httpx.Client, name: str) -> None:
    at, past, expected = AT_AND_PAST[name]
    assert posted(client, at).status_code == 200, posted(client, at).text[:500]
    answer = posted(client, past)
    assert answer.status_code == 422
    assert code(answer) == expected


def test_digits(client: httpx.Client) -> None:
    for digits, status in ((4_300, 422), (4_301, 400)):
        body = b'{"input": [1, %b], "layers": []}' % (b"1" * digits)
        assert client.post("/analyze", content=body).status_code == status


def test_faults_are_told_up_to_a_number(client: httpx.Client) -> None:
    for count, told in ((20, 20), (21, 20), (30_000, 20)):
        answer = client.post("/analyze", content=b'{"input": [1], "layers": [%b]}' % b",".join([b"{}"] * count))
        assert len(answer.json()["faults"]) == told
        assert len(answer.content) < 65_536


def test_issues_and_fixes_are_told_up_to_a_number(client: httpx.Client) -> None:
    limits = client.get("/version").json()["limits"]
    most = limits["issues_explained"]
    for mistakes, told in ((most, most), (most + 1, most + 1), (most + 50, most + 1)):
        layers = [{"type": "Linear", "in_features": index % 5 + 9, "out_features": 4} for index in range(mistakes)]
        issues = posted(client, {"input": [1, 8], "layers": layers}).json()["issues"]
        errors = [issue for issue in issues if issue["severity"] == "error"]
        assert len(errors) == told, "past the limit one says how many more there are"
        assert max(len(issue["fixes"]) for issue in issues) <= limits["fixes_an_issue"]


def test_time_of_an_analysis() -> None:
    document = {"input": [1, 8], "layers": [{**RELU, "repeat": 60_000}]}
    with analysing("--analysis-seconds", "0.9") as address, httpx.Client(base_url=address, timeout=60) as client:
        begun = time.monotonic()
        answer = posted(client, document)
        assert time.monotonic() - begun < 10
        assert answer.status_code == 504
        assert code(answer) == "analysis-timeout"
        assert posted(client, {"input": [1, 8], "layers": [RELU]}).status_code == 200


def test_memory_of_an_analysis() -> None:
    # Every layer joins all that were before it: little to send, and many figures.
    with analysing("--analysis-memory", str(2**26)) as address, httpx.Client(base_url=address, timeout=60) as client:
        answer = posted(client, {"input": [1, 8], "layers": [{**RELU, "repeat": 100_000}]})
        assert answer.status_code == 422
        assert code(answer) == "answer-too-large"
        assert posted(client, {"input": [1, 8], "layers": [{**RELU, "repeat": 1_500}]}).status_code == 200


def test_size_of_an_answer(client: httpx.Client) -> None:
    document = {"input": [1, 8], "layers": [{**RELU, "repeat": 5_000}]}
    size = len(posted(client, document).content)
    for most, status in ((size, 200), (size - 1, 422)):
        with (
            analysing("--max-answer-bytes", str(most)) as address,
            httpx.Client(base_url=address, timeout=60) as limited,
        ):
            answer = posted(limited, document)
            assert answer.status_code == status
            assert status == 200 or code(answer) == "answer-too-large"
            assert limited.post("/analyze?format=text", json=document).status_code == 200
            assert posted(limited, {"input": [1, 8], "layers": [RELU]}).status_code == 200


def test_names_that_multiply_end_at_a_limit(client: httpx.Client) -> None:
    """Blocks in blocks with long names make names of 25,000 characters, of which there are 100,000."""
    layer: Any = {**RELU, "name": "a" * 256, "repeat": 99_000}
    for _ in range(98):
        layer = {"type": "Sequential", "name": "b" * 256, "layers": [layer]}
    answer = posted(client, {"input": [1, 8], "layers": [layer]})
    assert answer.status_code in (422, 504)
    assert code(answer) in ("answer-too-large", "analysis-timeout", "too-many-layers", "names-too-long")


def test_large_documents_wait_in_a_short_queue() -> None:
    body = json.dumps({"input": [1, 8], "layers": [{**RELU, "repeat": 20_000}]}).encode()
    with analysing("--analyses-waiting", "1") as address, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: httpx.post(f"{address}/analyze", content=body, timeout=60), range(8)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) >= 2
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(refused) + statuses.count(200) == 8
    assert refused
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


def growing(count: int) -> Iterator[tuple[str, Any]]:
    linear = [{"type": "Linear", "in_features": 8, "out_features": 8} for _ in range(count)]
    yield "chain", {"input": [1, 8], "layers": linear}
    yield "distinct", {"input": [1, 8], "layers": [{"type": "Linear", "out_features": i + 1} for i in range(count)]}
    yield "residuals", {"input": [1, 8], "layers": [
        {**RELU, "name": "start"}, *({"type": "add", "inputs": ["start", str(i)] if i else ["start", "start"]}
                                     for i in range(count)),
    ]}  # fmt: skip
    yield "joined", {"input": [1, 8], "layers": [
        {**RELU, "name": "start"},
        *({"type": "cat", "dim": 0, "inputs": ["start"] * 100} for _ in range(count // 100)),
    ]}  # fmt: skip
    yield "repeat", {"input": [1, 8], "layers": [{"type": "Sequential", "layers": [RELU, RELU], "repeat": count // 2}]}
    yield "stacked", {"input": [3, 1, 4], "layers": [{"type": "LSTM", "hidden_size": 4, "num_layers": count}]}


@pytest.mark.parametrize("name", [name for name, _ in growing(1)])
def test_twice_as_much_takes_about_twice_as_long(name: str) -> None:
    """In processor time, the least of several rounds of both: others slow a process down by taking its caches."""

    def seconds(count: int) -> float:
        body = json.dumps(dict(growing(count))[name]).encode()
        Responder().respond(body)
        times = []
        for _ in range(2):
            begun = time.process_time()
            Responder().respond(body)
            times.append(time.process_time() - begun)
        return min(times)

    count = 5_000  # More than is remembered, so that once as much is not read out of what the same document left.
    while seconds(count) < 0.05 and count < 40_000:
        count *= 2
    once, twice = seconds(count), seconds(2 * count)
    for _ in range(10):
        if twice / once < 2.3:
            return
        once, twice = min(once, seconds(count)), min(twice, seconds(2 * count))
    raise AssertionError(f"time(2n) / time(n) at n = {count}: {twice / once}")
