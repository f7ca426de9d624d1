"""The clients, against a real service, and against one that is busy, gone or strange."""

import asyncio
import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.api.examples import EXAMPLES
from service.client import Analysis, AsyncPlumbline, Plumbline, RefusedError, UnreachableError
from service.client.talking import LONGEST_WAIT
from tests.api.server import running
from tests.documents import tutorial


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as found:
        yield found


def test_an_analysis_has_attributes(address: str) -> None:
    with Plumbline(address) as client:
        analysis = client.analyze(tutorial(5, 2048))
    assert isinstance(analysis, Analysis)
    assert not analysis.valid
    assert analysis.totals.parameters == 34_538
    assert analysis.issues[0].fixes[0].patch[0].value == 1568
    assert analysis.layers[0].receptive_field[0].size == 5  # type: ignore[index]


def test_both_clients_do_the_same(address: str) -> None:
    document = EXAMPLES["mended"].document
    calls: dict[str, tuple[Any, ...]] = {
        "analyze": (document,), "written": (document, "text"), "check": (document, {"macs": {"max": 1}}),
        "diff": (document, document), "check_written": (document, {}, "markdown"),
        "diff_written": (document, document, "csv"), "layers": (), "layer": ("Conv2d",), "architectures": (),
        "architecture": ("lenet-5",), "architecture_analysis": ("lenet-5", "1,1,28,28"), "version": (), "is_ready": (),
    }  # fmt: skip

    async def asked() -> dict[str, Any]:
        async with AsyncPlumbline(address) as client:
            return {name: await getattr(client, name)(*arguments) for name, arguments in calls.items()}

    with Plumbline(address) as client:
        assert {name: getattr(client, name)(*arguments) for name, arguments in calls.items()} == asyncio.run(asked())
    public = {name for name, _ in inspect.getmembers(Plumbline, inspect.isfunction) if not name.startswith("_")}
    assert public == {*calls, "close"} == {
        name for name, _ in inspect.getmembers(AsyncPlumbline, inspect.isfunction) if not name.startswith("_")
    }  # fmt: skip


def test_a_problem_is_an_exception_that_carries_it(address: str) -> None:
    with Plumbline(address) as client, pytest.raises(RefusedError) as raised:
        client.analyze({"input": [1], "layers": [{"type": "Conv"}, {"type": "Lin"}]})
    assert raised.value.status == 422
    assert raised.value.code == "unreadable-document"
    assert [fault["pointer"] for fault in raised.value.faults] == ["/layers/0/type", "/layers/1/type"]
    assert "/layers/1/type" in str(raised.value)


class Busy:
    """Answers 503 so many times."""

    def __init__(self, times: int, header: str) -> None:
        self.left, self.header, self.asked = times, header, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.left:
            self.left -= 1
            return httpx.Response(503, headers={"Retry-After": self.header}, json={"code": "busy"})
        return httpx.Response(200, json={"version": "1"})


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times: list[float] = []

    async def asleep(seconds: float) -> None:
        times.append(seconds)

    monkeypatch.setattr("service.client.synchronous.time.sleep", times.append)
    monkeypatch.setattr("service.client.asynchronous.asyncio.sleep", asleep)
    return times


@pytest.mark.parametrize("kind", [Plumbline, AsyncPlumbline])
def test_a_busy_service_is_asked_again_when_it_says(kind: Any, slept: list[float]) -> None:
    busy = Busy(2, "7")
    client = kind("http://here", transport=httpx.MockTransport(busy))
    found = client.version()
    assert (asyncio.run(found) if inspect.iscoroutine(found) else found) == {"version": "1"}
    assert slept == [7, 7]


def test_but_not_for_ever(slept: list[float]) -> None:
    busy = Busy(99, "999999")
    with (
        Plumbline("http://here", retries=2, transport=httpx.MockTransport(busy)) as client,
        pytest.raises(RefusedError),
    ):
        client.version()
    assert busy.asked == 3
    assert max(slept) <= LONGEST_WAIT


def test_nobody_there(slept: list[float]) -> None:
    with Plumbline("http://127.0.0.1:9", retries=1) as client:
        assert not client.is_ready()
        with pytest.raises(UnreachableError, match="cannot be reached"):
            client.version()
    assert len(slept) == 1


def test_no_problem_document(slept: list[float]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="<html>Bad gateway</html>"))
    with Plumbline("http://here", transport=transport) as client, pytest.raises(RefusedError, match="Bad gateway"):
        client.version()
    assert not slept


def test_neither_the_engine_nor_the_service_is_loaded() -> None:
    code = (
        "import sys, service.client\n"
        "unwanted = ('torch', 'fastapi', 'service.layers', 'service.api')\n"
        "print([name for name in sys.modules if name.startswith(unwanted)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
