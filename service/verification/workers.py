"""Jobs for PyTorch, as the service sees them: at most so many at a time, each in a process of its own.

Nothing here imports PyTorch; see :mod:`service.verification.nursery` for the other side.
"""

import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

Json = dict[str, Any]

LENGTH: Final = 8
MOST_ANSWERED: Final = 16 * 2**20
"""Bytes of a job's answer."""
KEPT: Final = ("PATH", "LANG", "LC_ALL", "HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")
"""What of the environment a job may see; everything else might be a secret."""


class Limits(NamedTuple):
    """What a job may take, and how many there may be."""

    jobs: int
    waiting: int
    seconds: int
    memory: int
    """Bytes beyond what PyTorch takes by being loaded."""
    work: int
    """Multiply-accumulates."""


class BusyError(Exception):
    """All jobs are taken and so are all places to wait."""


def is_installed() -> bool:
    """Whether PyTorch is there; found out without importing it."""
    return importlib.util.find_spec("torch") is not None


def cuda_devices() -> int:
    """How many CUDA devices there are; found out without initialising CUDA."""
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


class Workers:
    """The jobs that run, those that wait, and the nursery they come from."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.running = asyncio.Semaphore(limits.jobs)
        self.waiting = 0
        self.nursery: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.starting = asyncio.Lock()
        self.ready = False

    def start(self) -> None:
        """Starts the nursery, which loads PyTorch meanwhile."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = Path(__file__).parent.parent.parent
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONPATH": str(root)}
        with theirs:
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "service.verification.nursery"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        ours.settimeout(0)
        self.control, self.ready = ours, False

    def stop(self) -> None:
        """Ends the nursery, and with it every job."""
        if self.control is not None:
            self.control.close()
        if self.nursery is not None:
            try:
                self.nursery.wait(2)
            except subprocess.TimeoutExpired:
                os.killpg(self.nursery.pid, signal.SIGKILL)
                self.nursery.wait()
        self.nursery = self.control = None

    async def run(self, body: bytes, *, device: bool) -> Json:
        """What a job says to a document; raises :class:`BusyError`."""
        if self.running.locked():
            if self.waiting >= self.limits.waiting:
                raise BusyError
            self.waiting += 1
            try:
                await self.running.acquire()
            finally:
                self.waiting -= 1
        else:
            await self.running.acquire()
        try:
            return await self._job(body, device=device)
        finally:
            self.running.release()

    async def _started(self) -> socket.socket:
        """The way to a nursery that is alive and has PyTorch loaded."""
        async with self.starting:
            if self.nursery is None or self.nursery.poll() is not None:
                self.stop()
                self.start()
            assert self.control is not None  # noqa: S101 (start has set it)
            if not self.ready:
                self.ready = bool(await asyncio.get_running_loop().sock_recv(self.control, LENGTH))
            return self.control

    async def _job(self, body: bytes, *, device: bool) -> Json:
        control = await self._started()
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        order = {"seconds": self.limits.seconds, "memory": self.limits.memory, "device": device}
        with theirs:
            socket.send_fds(control, [json.dumps(order).encode()], [theirs.fileno()])
        reader, writer = await asyncio.open_connection(sock=ours)
        pid: int | None = None
        answer: Json | None = None
        status: int | None = None
        try:
            async with asyncio.timeout(self.limits.seconds):
                writer.write(len(body).to_bytes(LENGTH, "big") + body)
                await writer.drain()
                while status is None:
                    told = await _told(reader)
                    pid, answer, status = told.get("pid", pid), told.get("answer", answer), told.get("exit", status)
        except TimeoutError:
            return {"status": "timeout", "error": f"It took more than {self.limits.seconds} s.", "discrepancies": []}
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if status is None and pid is not None:
                socket.send_fds(control, [json.dumps({"kill": pid}).encode()], [])
            writer.close()
        return answer if answer is not None else _died(status)


async def _told(reader: asyncio.StreamReader) -> Json:
    length = int.from_bytes(await reader.readexactly(LENGTH), "big")
    if length > MOST_ANSWERED:
        raise ConnectionError
    found: Json = json.loads(await reader.readexactly(length))
    return found


def _died(status: int | None) -> Json:
    """What is said of a job that ended without an answer."""
    if status == -signal.SIGXCPU:
        return {"status": "timeout", "error": "It took more time than a job may take.", "discrepancies": []}
    ended = f"by signal {-status}" if status is not None and status < 0 else f"with status {status}"
    return {"status": "crashed", "error": f"The process that ran PyTorch ended {ended}.", "discrepancies": []}
