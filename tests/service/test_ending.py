"""The service ends, or is replaced, and nobody loses a request over it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.api.server import WITHOUT_PYTORCH
from tests.documents import tutorial
from tests.service.wire import waited_for

LARGE = json.dumps({"input": [1, 8], "layers": [{"type": "ReLU", "repeat": 30_000}]}).encode()


@contextmanager
def serving(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "service", "--port", "0", "--log-level", "error", *WITHOUT_PYTORCH, *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().split()[-1]
        finally:
            if process.poll() is None:
                process.kill()


def servers(process: subprocess.Popen[str]) -> set[int]:
    """The processes that answer requests, one of which may just have ended."""
    path = f"/proc/{process.pid}/task/{process.pid}/children"
    with open(path) as children:  # noqa: PTH123
        return {int(each) for each in children.read().split() if _is_server(int(each))}


def _is_server(process: int) -> bool:
    try:
        with open(f"/proc/{process}/cmdline", "rb") as command:  # noqa: PTH123
            return b"spawn_main" in command.read()
    except OSError:
        return False


class Asking(threading.Thread):
    """One who asks again and again, on a connection that stays open, until the service is gone."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.done, self.failed, self.stop = 0, list[str](), False

    def run(self) -> None:
        with httpx.Client(base_url=self.address, timeout=60) as client:
            while not self.stop:
                try:
                    answer = client.post("/analyze", json=tutorial(3, 2048))
                except httpx.ConnectError:
                    return  # Its port is closed: this was not taken.
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))
                else:
                    self.done += 1
                    if answer.status_code != 200:
                        self.failed.append(str(answer.status_code))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_asked_to_end_it_finishes_what_it_was_given(workers: str) -> None:
    with serving("--workers", workers, "--drain-seconds", "8") as (process, address):
        large: list[httpx.Response] = []
        slow = threading.Thread(
            target=lambda: large.append(httpx.post(f"{address}/analyze", content=LARGE, timeout=120))
        )
        asking = [Asking(address) for _ in range(4)]
        for thread in (slow, *asking):
            thread.start()
        assert waited_for(lambda: all(each.done for each in asking))
        assert httpx.get(f"{address}/health/ready", timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert waited_for(lambda: httpx.get(f"{address}/health/ready", timeout=60).status_code == 503)
        assert httpx.get(f"{address}/health/live", timeout=60).status_code == 200
        for thread in (slow, *asking):
            thread.join(120)
        assert process.wait(60) == 0
        assert [answer.status_code for answer in large] == [200]
        assert [each.failed for each in asking] == [[]] * 4


def test_told_twice_it_ends_at_once() -> None:
    with serving("--drain-seconds", "100") as (process, address):
        assert httpx.get(f"{address}/health/live").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert waited_for(lambda: httpx.get(f"{address}/health/ready", timeout=60).status_code == 503)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_processes_are_replaced_and_nobody_notices() -> None:
    with serving("--workers", "2") as (process, address):
        assert waited_for(lambda: len(servers(process)) == 2)
        before = servers(process)
        asking = [Asking(address) for _ in range(3)]
        for each in asking:
            each.start()
        process.send_signal(signal.SIGHUP)
        assert waited_for(lambda: len(servers(process)) == 2 and before.isdisjoint(servers(process)), 120)
        for each in asking:
            each.stop = True
            each.join(60)
        assert [each.failed for each in asking] == [[]] * 3
        counted = sum(
            float(line.rpartition(" ")[2])
            for line in httpx.get(f"{address}/metrics", timeout=60).text.splitlines()
            if line.startswith('plumbline_analyses_total{outcome="sound"}')
        )
        assert counted == sum(each.done for each in asking), "what ended processes counted stays counted"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_process_that_dies_is_replaced() -> None:
    with serving("--workers", "2") as (process, address):
        assert waited_for(lambda: len(servers(process)) == 2)
        victim = min(servers(process))
        os.kill(victim, signal.SIGKILL)
        assert waited_for(lambda: len(servers(process)) == 2 and victim not in servers(process), 120)
        assert httpx.post(f"{address}/analyze", json=tutorial(3, 2048), timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
