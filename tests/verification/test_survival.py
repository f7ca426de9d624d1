"""What becomes of the service when a job goes wrong: nothing."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import pytest

from benchmarks.prober import Prober
from service.api.problems import ProblemError
from service.api.verifying import refuse_if_busy
from service.verification.spawning import BrokenPromiseError, told
from service.verification.workers import Limits, Workers
from tests.api.server import running
from tests.documents import Json, tutorial
from tests.verification.asking import (
    GOOD,
    MEMORY_BOMB,
    PATIENCE,
    SLOW,
    TIME_BOMB,
    called,
    jobs,
    nurseries,
    nursery,
    server,
    spares,
    verify,
    waited_for,
    zombies,
)

SECONDS: Final = 3
BOMBS: Final = 100
MOST_GROWTH: Final = 2**25
"""Bytes by which a process may grow without anybody calling it a leak."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    flags = ("--verify-seconds", str(SECONDS), "--verify-jobs", "2", "--verify-waiting", "1",
             "--verify-memory", str(2**30))  # fmt: skip
    with running(*flags) as found:
        passes(found)
        yield found


def passes(address: str) -> None:
    """A job as any other does, sooner or later: how fast is not asked of a machine that is busy with other tests."""
    until = time.monotonic() + PATIENCE
    statuses = [""]
    while statuses[-1] != "verified" and time.monotonic() < until:
        statuses.append(verify(address, GOOD)["status"])
    assert set(statuses[1:]) <= {"verified", "timeout"}
    assert statuses[-1] == "verified"


def test_a_time_bomb_is_ended(address: str) -> None:
    begun = time.monotonic()
    found = verify(address, TIME_BOMB)
    assert found["status"] == "timeout"
    told = re.match(rf"It took more than {SECONDS} s, ([\d.]+) s of them for the analysis", found["error"])
    assert told, "otherwise the answer would come later than the limit by as much as the analysis takes"
    assert 0 < float(told[1]) < time.monotonic() - begun < SECONDS + PATIENCE
    assert not jobs(address)
    passes(address)


def test_a_memory_bomb_ends_its_own_job_alone(address: str) -> None:
    with ThreadPoolExecutor() as pool:
        beside = pool.submit(passes, address)
        assert verify(address, MEMORY_BOMB)["status"] == "out_of_memory"
        beside.result()


@pytest.mark.parametrize("sent", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_job_that_dies(address: str, sent: signal.Signals) -> None:
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(verify, address, SLOW)
        waited_for(lambda: next(iter(jobs(address)), None)).send_signal(sent)
        found = asking.result()
    assert found["status"] == "crashed"
    assert f"signal {int(sent)}" in found["error"]
    passes(address)


def test_a_nursery_that_dies_takes_its_jobs_along_and_is_started_again(address: str) -> None:
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(verify, address, SLOW)
        job = waited_for(lambda: next(iter(jobs(address)), None))
        nursery(address).kill()
        assert asking.result()["status"] == "crashed"
    assert waited_for(lambda: not job.is_running())
    passes(address)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
def test_the_processes_that_wait_for_a_job_may_die(address: str, sent: signal.Signals) -> None:
    passes(address)
    waiting = spares(address)
    for spare in waiting:
        spare.send_signal(sent)
        if sent is signal.SIGSTOP:  # It takes a job and does not do it.
            assert verify(address, GOOD)["status"] == "timeout"
    passes(address)
    assert waited_for(lambda: not any(spare.is_running() for spare in waiting))
    assert spares(address)


def test_processes_rehearse_while_nobody_asks(address: str) -> None:
    passes(address)
    waiting = spares(address)
    assert waited_for(lambda: {called(spare) for spare in waiting} == {"plumbline-ready"})
    passes(address)


def test_a_job_has_the_time_that_is_left() -> None:
    async def checked() -> None:
        workers = Workers(Limits(jobs=1, waiting=0, seconds=PATIENCE, memory=2**30, work=10**12))
        begun = time.monotonic()
        found = await workers.run(json.dumps(SLOW).encode(), "cpu", spent=PATIENCE + 1)
        assert f"more than {PATIENCE} s, {PATIENCE + 1}.0 s of them for the analysis" in found["error"]
        assert workers.jobs == 0, "there was none left"
        assert (await workers.run(json.dumps(SLOW).encode(), "cpu", spent=PATIENCE - 0.5))["status"] == "timeout"
        assert workers.jobs == 1
        assert time.monotonic() - begun < PATIENCE
        workers.stop()

    asyncio.run(checked())


def test_an_answer_does_not_wait_for_its_process_to_be_gone() -> None:
    """Another job gets its turn only then."""

    buried: list[object] = []

    class Slow(Workers):
        async def _buried(self, *arguments: Any) -> None:
            await asyncio.sleep(0.5)
            await super()._buried(*arguments)
            buried.append(arguments)

    async def checked() -> None:
        workers = Slow(Limits(jobs=1, waiting=1, seconds=PATIENCE, memory=2**30, work=10**12))
        workers.start()
        body = json.dumps(GOOD).encode()
        assert (await workers.run(body, "cpu"))["status"] == "verified"
        assert (len(buried), workers.running) == (0, 1)
        assert (await workers.run(body, "cpu"))["status"] == "verified"
        assert len(buried) == 1
        while workers.running:
            await asyncio.sleep(0.05)
        workers.stop()

    asyncio.run(checked())


def test_a_client_that_leaves_takes_its_job_along(address: str) -> None:
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(left_alone, address, SLOW)
        waited_for(lambda: jobs(address))
        asking.result()
    assert waited_for(lambda: not jobs(address))


def left_alone(address: str, document: Json, seconds: float = 1.5) -> None:
    with pytest.raises(httpx.TimeoutException):
        httpx.post(f"{address}/analyze", json=document, timeout=httpx.Timeout(PATIENCE, read=seconds))


def test_a_client_that_leaves_while_it_waits(address: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(verify, address, SLOW) for _ in range(2)]
        waited_for(lambda: len(jobs(address)) == 2)
        left_alone(address, GOOD, 0.2)
        assert [each.result()["status"] for each in asking] == ["timeout"] * 2
    passes(address)


def test_a_full_queue_says_when_to_come_back(address: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        asking = [pool.submit(httpx.post, f"{address}/analyze", json=SLOW, timeout=PATIENCE) for _ in range(6)]
        answers = [each.result() for each in asking]
    refused = [each for each in answers if each.status_code != 200]
    assert 1 <= len(refused) <= 3, "two run, one waits; one more if it came once another had ended"
    for each in refused:
        assert each.status_code == 503
        assert int(each.headers["retry-after"]) > 0
        assert each.json()["code"] == "busy"
    assert {each.json()["verification"]["status"] for each in answers if each.status_code == 200} == {"timeout"}


@pytest.mark.parametrize(
    ("verify", "is_refused"),
    [("true", True), ("{}", True), ('{"device": "meta"}', True), ('{"device": "cuda"}', False), ("false", False)],
)
def test_while_the_queue_is_full_nothing_is_worked_out_in_vain(verify: str, is_refused: bool) -> None:
    workers = Workers(Limits(jobs=1, waiting=0, seconds=1, memory=1, work=1))
    body = f'{{"input": [1], "layers": [], "verify": {verify}}}'.encode()
    refuse_if_busy(workers, body)

    async def filled() -> None:
        async with workers.turns:
            refuse_if_busy(workers, b'{"input": [1], "layers": [{"type": "ReLU", "name": "verify"}]}')
            refuse_if_busy(workers, body[:-1])
            with pytest.raises(ProblemError) if is_refused else nullcontext():
                refuse_if_busy(workers, body)

    asyncio.run(filled())


def test_others_keep_their_pace_beside_bombs(address: str) -> None:
    """Health checks are answered within 50 ms, but for what a machine that is busy with other tests takes: that is what
    a service without bombs takes there and then. ``python -m benchmarks.overload`` tells all figures."""
    with (
        running() as idle,
        Prober(port_of(idle)) as undisturbed,
        Prober(port_of(address)) as beside,
        ThreadPoolExecutor(4) as pool,
        httpx.Client(timeout=PATIENCE) as client,
    ):
        bombs = [pool.submit(httpx.post, f"{address}/analyze", json=each, timeout=PATIENCE)
                 for each in (TIME_BOMB, SLOW, MEMORY_BOMB) * 2]  # fmt: skip
        while not all(bomb.done() for bomb in bombs):
            assert client.post(f"{address}/analyze", json=tutorial(5, 1568)).json()["valid"]
            time.sleep(0.02)
    found, usual = beside.seconds, undisturbed.seconds
    assert len(found) > 50
    assert median(found) < 0.05
    assert part_below(0.95, found) < 0.05 + part_below(0.95, usual)
    assert max(found) < 1 + max(usual), "nothing that a job does holds it up for long"


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def part_below(part: float, seconds: list[float]) -> float:
    """The time that this part of them stays below."""
    return sorted(seconds)[int(part * (len(seconds) - 1))]


def test_many_bombs_leave_nothing_behind(address: str) -> None:
    passes(address)
    web, source = server(address), nursery(address)
    before = web.memory_info().rss, source.memory_info().rss
    kinds = (SLOW, MEMORY_BOMB, TIME_BOMB, GOOD)

    def explode(number: int) -> None:
        with httpx.Client(timeout=httpx.Timeout(PATIENCE, read=0.05)) as client:
            try:
                client.post(f"{address}/analyze", json=kinds[number % len(kinds)])
            except httpx.TimeoutException:
                return

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(explode, range(BOMBS)))
    assert waited_for(lambda: not jobs(address))
    assert nursery(address).pid == source.pid, "none of it reached the nursery"
    assert web.memory_info().rss < before[0] + MOST_GROWTH
    assert source.memory_info().rss < before[1] + MOST_GROWTH
    assert waited_for(lambda: web.num_fds() < 40), "connections are closed"
    assert waited_for(lambda: not zombies(web)), "whatever has ended is buried"
    passes(address)


def test_the_web_process_never_loads_pytorch(address: str) -> None:
    maps = Path(f"/proc/{server(address).pid}/maps").read_text(encoding="utf-8")
    assert "libtorch" not in maps
    assert "libtorch" in Path(f"/proc/{nursery(address).pid}/maps").read_text(encoding="utf-8")


def test_jobs_see_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with running() as found:
        environment = nursery(found).environ()
    assert "AWS_SECRET_ACCESS_KEY" in os.environ
    assert "secret" not in environment.values()
    assert set(environment) <= {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES",
                                "CUDA_DEVICE_ORDER", "PYTHONPATH", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
                                "OPENBLAS_NUM_THREADS", "CUDA_CACHE_DISABLE"}  # fmt: skip


def test_several_services_on_one_machine() -> None:
    with running() as one, running("--workers", "2") as other:
        with ThreadPoolExecutor(4) as pool:
            statuses = pool.map(lambda address: verify(address, GOOD)["status"], [one, other, other, other])
            assert set(statuses) == {"verified"}
        assert nursery(one).pid not in {each.pid for each in nurseries(server(other))}


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_service_that_ends_leaves_no_process(sent: signal.Signals) -> None:
    command = [sys.executable, "-m", "service", "--port", "0", "--verify-seconds", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        passes(address)
        with ThreadPoolExecutor() as pool:
            asking = pool.submit(httpx.post, f"{address}/analyze", json=SLOW, timeout=PATIENCE)
            waited_for(lambda: jobs(address))
            others = server(address).children(recursive=True)
            process.send_signal(sent)
            code = process.wait(PATIENCE)
            if sent is signal.SIGTERM:
                assert code == 0
                assert asking.result().json()["verification"]["status"] == "timeout", "what was in flight is answered"
            else:
                assert isinstance(asking.exception(), httpx.TransportError)
        assert waited_for(lambda: not any(each.is_running() for each in others))


@pytest.mark.parametrize(
    "sent", [b"\xff" * 8, (2**21).to_bytes(8, "big"), (3).to_bytes(8, "big") + b"[[[", (2).to_bytes(8, "big") + b"[]",
             (2 * 10**5).to_bytes(8, "big") + b"[" * 2 * 10**5]
)  # fmt: skip
def test_what_a_job_should_not_send(sent: bytes) -> None:
    async def heard() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            sending = asyncio.get_running_loop().run_in_executor(None, theirs.sendall, sent)
            try:
                await told(reader)
            finally:
                await sending
                writer.close()

    with pytest.raises(BrokenPromiseError):
        asyncio.run(heard())
