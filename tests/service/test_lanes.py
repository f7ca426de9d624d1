"""Who waits for whom: documents one at a time, everything else between two of them, and nobody for too long."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import uvicorn

from service.api.heavy import HeavyLane
from service.api.lanes import SLICE, Lanes, Turns
from service.api.metrics import Metrics
from service.api.problems import ProblemError
from service.api.serving import _Server
from service.api.settings import Settings
from service.api.tasks import TASKS, Answered
from service.api.watch import SECONDS
from service.reports.formats import JSON
from tests.api.server import analysing
from tests.service.wire import connected, rest


def work() -> None:
    """As much as nothing else waits for any longer."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < 1.5 * SLICE:
        pass


async def document(turns: Turns, name: str, order: list[str]) -> None:
    await turns.take()
    order.append(name)
    if name.isupper():
        work()


def test_between_two_documents_that_take_long_everything_else_is_looked_at() -> None:
    order: list[str] = []

    async def other() -> None:
        while len(set(order)) < 5:
            order.append("other")
            await asyncio.sleep(0)

    async def everything() -> None:
        turns = Turns(10)
        await asyncio.gather(*(document(turns, name, order) for name in "ABCD"), other())

    asyncio.run(everything())
    assert [name for name in order if name != "other"] == list("ABCD")
    assert all("other" in order[order.index(one) : order.index(other)] for one, other in ("AB", "BC", "CD"))


def test_documents_that_take_next_to_nothing_follow_one_another() -> None:
    order: list[str] = []

    async def other() -> None:
        order.append("other")

    async def everything() -> None:
        turns = Turns(10)
        await asyncio.gather(*(document(turns, name, order) for name in "abcd"), other())

    asyncio.run(everything())
    assert order == ["a", "b", "c", "d", "other"]


def test_nobody_overtakes_who_waits() -> None:
    order: list[str] = []

    async def everything() -> None:
        turns = Turns(10)
        turns.usual_seconds = SLICE
        first = [asyncio.create_task(document(turns, name, order)) for name in "AbCde"]
        while len(order) < 2:
            await asyncio.sleep(0)
        await asyncio.gather(*first, document(turns, "f", order))

    asyncio.run(everything())
    assert order == list("AbCdef")


def test_who_was_let_in_with_one_that_takes_long_waits_on_at_the_head() -> None:
    order: list[str] = []

    async def other() -> None:
        while len(set(order)) < 6:
            order.append("other")
            await asyncio.sleep(0)

    async def everything() -> None:
        turns = Turns(10)
        turns.usual_seconds = SLICE / 100
        first = [asyncio.create_task(document(turns, name, order)) for name in "ABCDe"]
        await asyncio.gather(*first, other())

    asyncio.run(everything())
    assert [name for name in order if name != "other"] == list("ABCDe")
    assert all("other" in order[order.index(one) : order.index(two)] for one, two in ("AB", "BC", "CD", "De"))


def test_what_took_long_is_followed_by_several_looks_and_open_doors() -> None:
    order: list[str] = []

    async def other() -> None:
        while "b" not in order:
            order.append("other")
            await asyncio.sleep(0)

    async def long(turns: Turns) -> None:
        await turns.take()
        for _ in range(4):
            work()
        order.append("A")

    async def everything() -> None:
        turns = Turns(10)
        turns.open_doors = lambda: order.append("doors")
        await asyncio.gather(long(turns), document(turns, "b", order), other())

    asyncio.run(everything())
    between = order[order.index("A") : order.index("b")]
    assert between.count("other") >= 4
    assert between.count("doors") == 1


def test_all_who_wait_at_the_door_are_let_in_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    come: list[asyncio.Protocol] = []

    class Guest(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            come.append(self)
            transport.close()

    async def everything() -> None:
        server = _Server(uvicorn.Config("none"))
        monkeypatch.setattr(server, "_protocol", Guest)
        with socket.create_server(("127.0.0.1", 0)) as door, ExitStack() as stack:
            server.doors = [door]
            for _ in range(5):
                stack.enter_context(socket.create_connection(door.getsockname()))
            server.open_doors()
            await asyncio.gather(*server.welcomes)

    asyncio.run(everything())
    assert len(come) == 5


def test_who_leaves_while_waiting_holds_up_nobody() -> None:
    async def everything() -> None:
        turns = Turns(10)
        first, *waiting = map(asyncio.create_task, (document(turns, "A", []), *(turns.take() for _ in range(3))))
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        # It was just the turn of the second, who leaves as well.
        waiting[1].cancel()
        await asyncio.wait_for(waiting[2], 10)
        assert first.done()

    asyncio.run(everything())


def test_who_would_wait_too_long_is_told_how_long() -> None:
    async def too_late(turns: Turns) -> None:
        assert turns.is_long
        with pytest.raises(ProblemError) as refused:
            await turns.take()
        assert refused.value.headers == {"Retry-After": "3"}

    async def everything() -> None:
        turns = Turns(longest_wait=2.0)
        turns.usual_seconds = 0.9
        await asyncio.gather(document(turns, "A", []), *(turns.take() for _ in range(3)), too_late(turns))
        assert not turns.is_long

    asyncio.run(everything())


def test_a_burst_is_served_as_far_as_there_is_time_and_the_rest_told_to_come_back() -> None:
    layers = [{"type": "Linear", "out_features": index + 1} for index in range(900)]
    body = json.dumps({"input": [1, 8], "layers": layers}).encode()
    data = b"POST /analyze HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with analysing("--max-wait-seconds", "0.1", "--log-level", "error") as address, ExitStack() as stack:
        httpx.post(f"{address}/analyze", content=body, timeout=60)
        connections = [stack.enter_context(connected(address)) for _ in range(100)]
        for connection in connections:
            connection.sendall(data)
        answers = [rest(connection) for connection in connections]
        assert httpx.get(f"{address}/health/ready", timeout=60).status_code == 200
        assert httpx.post(f"{address}/analyze", content=body, timeout=60).status_code == 200
        metrics = httpx.get(f"{address}/metrics").text
    refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503 ")]
    assert refused
    assert len([answer for answer in answers if answer.startswith(b"HTTP/1.1 200 ")]) == 100 - len(refused) >= 2
    for answer in refused:
        assert b'"code":"overloaded"' in answer
        assert int(re.findall(rb"\r\nretry-after: (\d+)\r\n", answer)[0]) > 0
    assert 'status="503"' in metrics


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lanes]:
    """Lanes where what is worked out at once never ends, unlike in a process of its own."""

    def work(*_: object) -> Answered:
        begun = time.process_time()
        while time.process_time() - begun < 60:
            pass
        raise AssertionError

    async def elsewhere(*_: object) -> Answered:
        return Answered((b"from elsewhere",), seconds=1.0)

    monkeypatch.setitem(TASKS, "analyze", work)  # type: ignore[arg-type]
    monkeypatch.setattr(HeavyLane, "run", elsewhere)
    lanes = Lanes(Settings(), Metrics())
    handler = signal.getsignal(signal.SIGVTALRM)
    lanes.watch.start()
    yield lanes
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, handler)


def test_what_takes_far_longer_than_expected_goes_to_a_process_of_its_own(endless: Lanes) -> None:
    async def twice() -> None:
        for _ in range(2):
            responder = endless.responder
            answered = await endless.run("analyze", b"{}", JSON)
            assert answered.pieces == (b"from elsewhere",)
            assert answered.seconds > 1 + SECONDS, "what was spent on it here counts, too"
            assert endless.responder is not responder

    begun = time.process_time()
    asyncio.run(twice())
    assert time.process_time() - begun < 10


def test_a_process_that_looks_ends_as_any_other() -> None:
    code = """
import time
from service.api import watch
watch.SECONDS = 0.001
watch.Watch().start()

class Slow:
    def __del__(self, clock=time.process_time):
        begun = clock()
        while clock() - begun < 0.1:
            pass

slow = Slow()
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_collector_has_next_to_nothing_to_look_through() -> None:
    code = """
import asyncio, gc
from service.api.serving import _application
from service.api.settings import Settings

async def started():
    before = len(gc.get_objects())
    application = _application(Settings(), None)
    for start in application.state.on_start:
        start()
    print(before, len(gc.get_objects()))

asyncio.run(started())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, left = map(int, done.stdout.split())
    assert left < before / 10
