"""The clients, against a real service, and against one that is busy, gone or strange."""

import asyncio
import inspect
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from service.api.examples import EXAMPLES
from service.client import (
    Analysis,
    ArchitectureSummary,
    AsyncPlumbline,
    GarbledError,
    LayerEntry,
    LayerSummary,
    Plumbline,
    RefusedError,
    UnreachableError,
    Version,
)
from service.client.talking import LONGEST_WAIT
from tests.api.server import analysing
from tests.documents import tutorial


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with analysing() as found:
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


def test_what_the_service_has_has_attributes(address: str) -> None:
    with Plumbline(address) as client:
        layers, architectures = client.layers(), client.architectures()
        layer, version = client.layer("Conv2d"), client.version()
    assert {type(each) for each in layers} == {LayerSummary}
    assert layers[0].path == f"/layers/{layers[0].type}"
    assert isinstance(layer, LayerEntry)
    assert (layer.arguments[2].name, layer.arguments[2].required) == ("kernel_size", True)
    assert layer.formulas is not None
    assert layer.formulas.sizes[0].worked
    assert {type(each) for each in architectures} == {ArchitectureSummary}
    lenet = next(each for each in architectures if each.name == "lenet-5")
    assert lenet.published is None or lenet.published.parameters
    assert isinstance(version, Version)
    assert version.devices == []


def test_an_answer_is_not_changed(address: str) -> None:
    with Plumbline(address) as client:
        document = client.architecture("lenet-5")
        found: list[tuple[Any, str]] = [
            (client.analyze(document), "valid"), (client.analyze(document).totals, "parameters"),
            (client.check(document, {}), "passed"), (client.diff(document, document), "added"),
            (client.layers()[0], "type"), (client.layer("ReLU"), "summary"), (client.architectures()[0], "name"),
            (client.version(), "version"),
        ]  # fmt: skip
    for answer, name in found:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(answer, name, None)


def test_a_name_is_one_step_of_the_path(address: str) -> None:
    with Plumbline(address) as client:
        for name in ("a?b=c", "a#b", "ü", "x" * 65):
            with pytest.raises(RefusedError) as raised:
                client.layer(name)
            assert raised.value.status in (404, 422)


VERSION: dict[str, Any] = {"version": "1", "torch_version": None, "devices": [], "limits": {}, "settings": {}}


def outcome(found: Any) -> Any:
    """What a client returns, whichever it is."""
    return asyncio.run(found) if inspect.iscoroutine(found) else found


class Busy:
    """Answers 503 so many times."""

    def __init__(self, times: int, header: str) -> None:
        self.left, self.header, self.asked = times, header, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.left:
            self.left -= 1
            return httpx.Response(503, headers={"Retry-After": self.header}, json={"code": "busy"})
        return httpx.Response(200, json=VERSION)


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
    assert outcome(client.version()).version == "1"
    assert slept == [7, 7]


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("0", 0, 0), (lambda: ahead(20), 18, 20), (str(int(LONGEST_WAIT)), LONGEST_WAIT, LONGEST_WAIT),
        (lambda: ahead(-60), 0, 0), (lambda: ahead(20).replace("GMT", "-0000"), 18, 20),
        (lambda: ahead(20).replace("GMT", "+0000"), 18, 20), ("", 0.1, 0.4), ("soon", 0.1, 0.4),
        ("-5", 0.1, 0.4), ("1.5", 0.1, 0.4),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date(header: Any, least: float, most: float, slept: list[float]) -> None:
    busy = Busy(1, header if isinstance(header, str) else header())
    with Plumbline("http://here", transport=httpx.MockTransport(busy)) as client:
        assert client.version().version == "1"
    (waited,) = slept
    assert least <= waited <= most


def ahead(seconds: float) -> str:
    """The date of HTTP in so many seconds."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def test_but_not_for_ever(slept: list[float]) -> None:
    busy = Busy(99, "9")
    with (
        Plumbline("http://here", retries=2, transport=httpx.MockTransport(busy)) as client,
        pytest.raises(RefusedError),
    ):
        client.version()
    assert slept == [9, 9]


@pytest.mark.parametrize("kind", [Plumbline, AsyncPlumbline])
@pytest.mark.parametrize("header", [str(int(LONGEST_WAIT) + 1), "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_asks_sooner_than_they_are_told(kind: Any, header: str, slept: list[float]) -> None:
    busy = Busy(99, header)
    with pytest.raises(RefusedError) as raised:
        outcome(kind("http://here", transport=httpx.MockTransport(busy)).version())
    assert (raised.value.status, busy.asked, slept) == (503, 1, [])


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


@pytest.mark.parametrize("kind", [Plumbline, AsyncPlumbline])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>Welcome</html>"), (200, ""), (200, '{"version": "1", "torch_ver'), (200, "[]"), (200, "null"),
        (200, '{"status": "ok"}'), (204, ""), (200, "\x00\xff"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_to_be_none(kind: Any, status: int, body: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=body))
    for called in ("version", "layers", "architectures"):
        if body != "[]" or called == "version":
            with pytest.raises(GarbledError, match="not understood"):
                outcome(getattr(kind("http://here", transport=transport), called)())


def test_what_reads_answers_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/version": VERSION, "/layers": [], "/architectures/a": {}}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))
    with Plumbline("http://here", transport=transport) as client:
        for again in range(2):
            if again:
                monkeypatch.setattr("service.client.talking.TypeAdapter", None)
            assert client.version().version == "1"
            assert client.layers() == []
            assert client.architecture("a") == {}


@pytest.mark.parametrize("problem", ['{"faults": 3}', '{"faults": [1]}', "[1]", '"no"', "", "null"])
def test_a_strange_problem_is_carried_all_the_same(problem: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(400, text=problem))
    with Plumbline("http://here", transport=transport) as client, pytest.raises(RefusedError) as raised:
        client.version()
    assert (raised.value.status, raised.value.faults) == (400, [])


def test_elsewhere_is_no_answer() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "/login"}, text="Moved"))
    with Plumbline("http://here", transport=transport) as client, pytest.raises(RefusedError, match="302"):
        client.written({}, "text")


@contextmanager
def saying(*parts: bytes) -> Iterator[str]:
    """A server that says this whatever it is asked, a part at a time."""

    class Answering(StreamRequestHandler):
        def handle(self) -> None:
            self.connection.recv(65536)
            with suppress(ConnectionError):
                for index, part in enumerate(parts):
                    done.wait(0.3 if index else 0)
                    self.connection.sendall(part)

    done = threading.Event()
    with ThreadingTCPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield "http://{}:{}".format(*server.server_address[:2])
        finally:
            done.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", [Plumbline, AsyncPlumbline])
@pytest.mark.parametrize(
    "parts",
    [
        (b"",), (b"SSH-2.0-OpenSSH_9.6\r\n",), (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",),
        (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"{", b"}"),
    ],
    ids=["hangs up", "another protocol", "cut off", "no gzip", "late", "stalls"],
)  # fmt: skip
def test_who_does_not_answer_did_not_answer(kind: Any, parts: tuple[bytes, ...]) -> None:
    with saying(*parts) as address, pytest.raises(UnreachableError, match="did not answer"):
        outcome(kind(address, timeout=0.1 if len(parts) > 1 else 5).version())


@pytest.mark.parametrize("kind", [Plumbline, AsyncPlumbline])
@pytest.mark.parametrize("address", ["http://host:port", "nonsense", "", "ftp://here", "http://\x00"])
def test_what_is_no_address_is_not_reached(kind: Any, address: str) -> None:
    with pytest.raises(UnreachableError):
        outcome(kind(address, retries=0).version())


def test_neither_the_engine_nor_the_service_is_loaded() -> None:
    code = (
        "import sys, service.client\n"
        "unwanted = ('torch', 'fastapi', 'service.layers', 'service.api')\n"
        "print([name for name in sys.modules if name.startswith(unwanted)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
