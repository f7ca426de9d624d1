"""Jobs for PyTorch, as the service sees them: at most so many at a time, each in a process of its own.

Nothing here imports PyTorch; see :mod:`service.verification.nursery` and :mod:`service.verification.device` for the
other side.
"""

import asyncio
import importlib.util
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, NamedTuple

from service.verification.devices import DeviceWorker, full_name
from service.verification.protocol import LENGTH, Json, framed
from service.verification.spawning import START_SECONDS, BrokenPromiseError, Spawned, StartError, told

BURIAL_SECONDS: Final = 10
"""How long the nursery may take to say that a job that was ended has ended."""
NOTICED_SECONDS: Final = 0.1
"""What an analysis has to take for it to be told that it used up some of the time."""


class Limits(NamedTuple):
    """What a job may take, and how many there may be."""

    jobs: int
    waiting: int
    seconds: int
    memory: int
    """Bytes beyond what PyTorch takes by being loaded."""
    work: int
    """Multiply-accumulates."""
    cuda_memory_fraction: float = 0.9
    """Of a device's memory."""


class BusyError(Exception):
    """All jobs are taken and so are all places to wait."""


def is_installed() -> bool:
    """Whether PyTorch is there; found out without importing it."""
    return importlib.util.find_spec("torch") is not None


class Turn:
    """A job's turn."""

    burial: asyncio.Task[None] | None = None
    """What sees to it that the job's process is gone."""


class Workers:
    """The jobs that run, those that wait, and the processes they come from."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.turns = asyncio.Semaphore(limits.jobs)
        self.running = self.waiting = self.jobs = 0
        self.nursery: Spawned | None = None
        self.starting = asyncio.Lock()
        self.ready = False
        self.devices: dict[str, DeviceWorker] = {}

    def start(self) -> None:
        """Starts the nursery, which loads PyTorch meanwhile."""
        self.nursery, self.ready = Spawned("nursery", kind=socket.SOCK_SEQPACKET), False

    def stop(self) -> None:
        """Ends all processes, and with the nursery every job."""
        for device in self.devices.values():
            device.end()
        if self.nursery is not None:
            self.nursery.end()
        self.nursery = None

    @property
    def is_full(self) -> bool:
        """Whether no further job could run or wait just now, but on a device that has a worker of its own."""
        return self._is_taken(self.turns)

    def _is_taken(self, turns: asyncio.Semaphore) -> bool:
        return turns.locked() and self.waiting >= self.limits.waiting

    async def run(self, body: bytes, device: str, spent: float = 0.0) -> Json:
        """What a job says to a document, of whose time so many seconds are spent already; raises :class:`BusyError` and
        :class:`StartError`."""
        left = self.limits.seconds - spent
        if left > 0:
            with suppress(TimeoutError):
                return await self._run(body, device, left)
        before = f", {spent:.1f} s of them for the analysis before it" if spent >= NOTICED_SECONDS else ""
        error = f"It took more than {self.limits.seconds} s{before}."
        return {"status": "timeout", "error": error, "discrepancies": []}

    async def _run(self, body: bytes, device: str, seconds: float) -> Json:
        """The same, once its turn has come; raises ``TimeoutError`` once its process is gone."""
        if device.startswith("cuda"):
            name = full_name(device)
            worker = self.devices.setdefault(name, DeviceWorker(name, self.limits.cuda_memory_fraction))
            async with self._turn(worker.turn):
                return await worker.run(body, seconds)
        async with self._turn(self.turns) as turn:
            return await self._job(body, turn, seconds)

    @asynccontextmanager
    async def _turn(self, turns: asyncio.Semaphore) -> AsyncIterator["Turn"]:
        """A job's turn, once it has come; another's comes once this one's process is gone."""
        if self._is_taken(turns):
            raise BusyError
        if turns.locked():
            self.waiting += 1
            try:
                await turns.acquire()
            finally:
                self.waiting -= 1
        else:
            await turns.acquire()
        self.running += 1
        turn = Turn()
        try:
            yield turn
        finally:
            if turn.burial is None:
                self._over(turns)
            else:
                turn.burial.add_done_callback(lambda _: self._over(turns))

    def _over(self, turns: asyncio.Semaphore) -> None:
        self.running -= 1
        turns.release()

    async def _started(self) -> Spawned:
        """A nursery that is alive and has PyTorch loaded."""
        async with self.starting:
            if self.nursery is None or not self.nursery.is_alive:
                if self.nursery is not None:
                    await self.nursery.ended()
                self.start()
            assert self.nursery is not None  # noqa: S101 (start has set it)
            if not self.ready:
                await self._loaded(self.nursery)
            return self.nursery

    async def _loaded(self, nursery: Spawned) -> None:
        """Waits until PyTorch is loaded."""
        try:
            async with asyncio.timeout(START_SECONDS):
                self.ready = bool(await asyncio.get_running_loop().sock_recv(nursery.socket, LENGTH))
        except (TimeoutError, ConnectionError):
            pass
        if not self.ready:
            await nursery.ended()
            raise StartError("PyTorch could not be loaded.")

    async def _ordered(self, order: Json, theirs: socket.socket) -> Spawned:
        """Tells the nursery of a job, and a new nursery if that one is no more."""
        nursery = await self._started()
        try:
            socket.send_fds(nursery.socket, [json.dumps(order).encode()], [theirs.fileno()])
        except OSError:
            await nursery.ended()
            nursery = await self._started()
            socket.send_fds(nursery.socket, [json.dumps(order).encode()], [theirs.fileno()])
        return nursery

    async def _job(self, body: bytes, turn: Turn, seconds: float) -> Json:
        self.jobs += 1
        order: Json = {"job": self.jobs, "seconds": seconds, "memory": self.limits.memory}
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        with theirs:
            try:
                nursery = await self._ordered(order, theirs)
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours)
        answer: Json | None = None
        try:
            async with asyncio.timeout(seconds):
                writer.write(framed(body))
                found = await _result(reader, writer)
                answer = _answer(found)
                return _died(found.get("exit")) if answer is None else answer
        except BrokenPromiseError as error:
            return {"status": "crashed", "error": str(error), "discrepancies": []}
        finally:
            turn.burial = asyncio.create_task(self._buried(nursery, order["job"], reader, writer))
            if answer is None:
                # What went wrong is told once it is over. A process that has answered ends by itself.
                await asyncio.shield(turn.burial)

    async def _buried(
        self, nursery: Spawned, job: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Sees to it that a job's process is gone, whatever it said: only then may another have its turn."""
        with suppress(OSError):
            nursery.socket.send(json.dumps({"end": job}).encode())
        try:
            async with asyncio.timeout(BURIAL_SECONDS):
                while await reader.read(2**16):
                    pass
        except TimeoutError:
            await nursery.ended()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def _result(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Json:
    """What is said of a job: its answer, or how it ended."""
    try:
        await writer.drain()
        return await told(reader)
    except (asyncio.IncompleteReadError, ConnectionError):
        return {}


def _answer(found: Json) -> Json | None:
    """What a job answered; none if it ended before."""
    answer = found.get("answer")
    return answer if isinstance(answer, dict) else None


def _died(status: object) -> Json:
    """What is said of a job that ended without an answer."""
    if status == -signal.SIGXCPU:
        return {"status": "timeout", "error": "It took more time than a job may take.", "discrepancies": []}
    how = ""
    if isinstance(status, int):
        how = f" by signal {-status}" if status < 0 else f" with status {status}"
    return {"status": "crashed", "error": f"The process that ran PyTorch ended{how}.", "discrepancies": []}
