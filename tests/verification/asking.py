"""A service asked to verify, and its processes, as tests see them."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

import httpx
import psutil

from benchmarks.hosting import command_of
from service.verification.nursery import SPARES
from tests.documents import Json, tutorial

Found = TypeVar("Found")

PATIENCE: Final = 90
"""Seconds for what should take a moment, on a machine that is busy with other tests."""
GOOD: Final[Json] = {**tutorial(5, 1568), "verify": True}
SLOW: Final[Json] = {
    # Quickly analysed, and many seconds of work.
    "input": [1, 256, 64, 64],
    "layers": [{"type": "Conv2d", "out_channels": 256, "kernel_size": 31, "padding": 15} for _ in range(2)],
    "verify": True,
}
TIME_BOMB: Final[Json] = {
    "input": [2, 3, 4],
    "layers": [{"type": "LSTM", "input_size": 4, "hidden_size": 4, "num_layers": 90_000}],
    "verify": {"device": "meta"},
}
MEMORY_BOMB: Final[Json] = {
    # Little goes in and little is returned, but all differences are worked out in between: 26 GB.
    "inputs": {"these": [8000, 1, 100], "those": [1, 8000, 100]},
    "layers": [{"type": "PairwiseDistance", "inputs": ["these", "those"]}],
    "verify": True,
}


def asked(address: str, document: Json) -> Json:
    """The whole answer to a document."""
    response = httpx.post(f"{address}/analyze", json=document, timeout=2 * PATIENCE)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def verify(address: str, document: Json) -> Json:
    """What PyTorch says to a document."""
    found: Json = asked(address, document)["verification"]
    return found


def disagreement(answer: Json, options: Json | None = None) -> str | None:
    """What of PyTorch's word on a document should not be, given what was asked of it; none if it is ours."""
    found = answer["verification"]
    agreed = {"verified" if answer["valid"] and not found.get("of_values") else "rejected"}
    asked_for = options or {}
    if asked_for.get("device", "cpu") != "cpu":
        agreed.add("unavailable")
    if {"batch", "dtype"} & set(asked_for):  # Another document than the one that was sent.
        agreed |= {"verified", "rejected"}
    of_fixes = {fix["status"] for fix in found.get("fixes", ())} - {"verified", "rejected", "unavailable"}
    if found["status"] in agreed and not found["discrepancies"] and not of_fixes:
        return None
    return f"{'valid' if answer['valid'] else 'not valid'}, and PyTorch: {found}"


def server(address: str) -> psutil.Process:
    """The process that listens."""
    port = int(address.rpartition(":")[2])
    children = psutil.Process().children()
    return next(each for each in children if port in _ports(each))


def _ports(process: psutil.Process) -> set[int]:
    """Those of its connections; none if it has ended meanwhile."""
    try:
        return {each.laddr.port for each in process.net_connections()}
    except psutil.Error:
        return set()


def nursery(address: str) -> psutil.Process:
    """The process that has PyTorch loaded."""
    return waited_for(lambda: next(iter(nurseries(server(address))), None))


def nurseries(of: psutil.Process) -> list[psutil.Process]:
    return [each for each in of.children(recursive=True) if "service.verification.nursery" in command_of(each)[:4]]


def jobs(address: str) -> list[psutil.Process]:
    """The processes of jobs that run."""
    return [each for each in nursery(address).children() if called(each) == "plumbline-job"]


def zombies(server: psutil.Process) -> list[psutil.Process]:
    """What has ended below a server and was not waited for by anybody."""
    found: list[psutil.Process] = []
    for each in server.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if each.status() == psutil.STATUS_ZOMBIE:
                found.append(each)
    return found


def spares(address: str) -> list[psutil.Process]:
    """The processes that wait for a job, once all of them are there."""

    def waiting() -> list[psutil.Process] | None:
        names = {"plumbline-spare", "plumbline-ready"}
        found = [each for each in nursery(address).children() if called(each) in names]
        return found if len(found) == SPARES else None

    return waited_for(waiting)


def called(process: psutil.Process) -> str | None:
    """A process's name, unless it has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        return process.name()
    return None


def waited_for(found: Callable[[], Found | None]) -> Found:
    """What is found, once there is something."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it never came")
