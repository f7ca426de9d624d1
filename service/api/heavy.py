"""What takes long, in a process of its own: limited in time and memory, and replaced where it reaches a limit.

The process (``python -m service.api.heavy``) is started when it is first needed, works out one answer after the other,
and is replaced when one takes too long or too much. Nothing but JSON and the answer's bytes pass, each with its length
before it.
"""

import asyncio
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from service.api.logs import DefectElsewhereError, frames
from service.api.problems import ProblemError
from service.api.responding import COLLECTION_PAUSED, Responder, get_ready
from service.api.settings import Settings
from service.api.tasks import TASKS, Answered, Question
from service.architecture.problems import DocumentFault, UnreadableDocument
from service.core.sizes import UNKNOWN_SIZE
from service.reports.formats import FORMATS, Format
from service.verification.estimate import Need, known

LENGTH: Final = 8
"""Bytes of the length before each piece."""
PIECE: Final = 2**20
"""Bytes of an answer that are passed on at a time; a hundred times as many would keep everybody else waiting."""
RETRY_SECONDS: Final = 2


class HeavyLane:
    """The process, and who waits for it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.waiting = 0
        self.turn = asyncio.Lock()
        self.process: asyncio.subprocess.Process | None = None
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, task: str, body: bytes, format: Format) -> Answered:
        """The answer to a request; raises :class:`UnreadableDocument` and :class:`ProblemError`."""
        if self.waiting > self.settings.analyses_waiting:
            detail = f"{self.waiting} large documents are being worked on or wait, and no more may."
            raise ProblemError("overloaded", detail, {"Retry-After": str(RETRY_SECONDS)})
        self.waiting += 1
        try:
            async with self.turn:
                return await self._worked_out(task, body, format)
        finally:
            self.waiting -= 1

    async def _worked_out(self, task: str, body: bytes, format: Format) -> Answered:
        done, begun = False, time.monotonic()
        try:
            async with asyncio.timeout(self.settings.analysis_seconds):
                reader, writer = self.streams or await self._start()
                writer.writelines([*_framed(json.dumps([task, format.name]).encode()), *_framed(body)])
                await writer.drain()
                told = json.loads(b"".join(await self._received(reader)))
                pieces = await self._received(reader) if "answered" in told else ()
                # What ran out of memory half-way is not asked again.
                done = not told.keys() & {"exhausted", "failed"}
        except TimeoutError:
            detail = f"It was given up after {self.settings.analysis_seconds} s."
            raise ProblemError("analysis-timeout", detail) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ProblemError("answer-too-large", "It took more memory than it may.") from None
        finally:
            if not done:
                # Also when who asked has left, as what comes back now would be taken for the next answer.
                self.stop()
        return as_answer(told, pieces)._replace(seconds=time.monotonic() - begun)

    async def _received(self, reader: asyncio.StreamReader) -> tuple[bytes, ...]:
        """What comes, in pieces, each of which is copied in no time."""
        length = int.from_bytes(await reader.readexactly(LENGTH), "big")
        most = self.settings.max_answer_bytes
        if length > most:
            self.stop()
            raise ProblemError("answer-too-large", f"The answer has {length:,} bytes, and {most:,} are the most.")
        return tuple([
            await reader.readexactly(min(length - start, PIECE)) for start in range(0, length, PIECE)
        ])  # fmt: skip

    async def _start(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "service.api.heavy", str(self.settings.analysis_memory), stdin=theirs.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        self.streams = await asyncio.open_connection(sock=ours, limit=PIECE)
        return self.streams

    def stop(self) -> None:
        """Ends the process; the next answer starts another."""
        if self.streams is not None:
            self.streams[1].close()
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
        self.process = self.streams = None


def as_answer(told: Mapping[str, Any], pieces: tuple[bytes, ...]) -> Answered:
    """What the process told, as an answer, or as the exception that it stands for."""
    if "unreadable" in told:
        faults = (DocumentFault(*fault) for fault in told["unreadable"])
        raise UnreadableDocument(faults, syntax=told["syntax"])
    if "failed" in told:
        raise DefectElsewhereError(*told["failed"])
    if "exhausted" in told:
        raise ProblemError("answer-too-large", "It took more memory than it may.")
    valid, issues, question = told["answered"]
    counts = {(severity, code): count for severity, code, count in issues}
    if question is not None:
        device, memory, work = question
        need = Need(UNKNOWN_SIZE if memory is None else memory, UNKNOWN_SIZE if work is None else work)
        question = Question(device, need)
    return Answered(pieces, valid, counts, question)


def _framed(data: bytes) -> tuple[bytes, bytes]:
    return len(data).to_bytes(LENGTH, "big"), data


def main() -> None:
    """Works out answers until nobody asks any more."""
    requests = socket.socket(fileno=os.dup(0)).makefile("rwb")
    with open("/proc/self/statm") as sizes:  # noqa: PTH123
        there = int(sizes.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (there + int(sys.argv[1]),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    responder = Responder()
    formats = {each.name: each for each in FORMATS}
    get_ready()
    while head := requests.read(LENGTH):
        task, written = json.loads(requests.read(int.from_bytes(head, "big")))
        body = requests.read(int.from_bytes(requests.read(LENGTH), "big"))
        told, content = attempt(responder, task, body, formats[written])
        requests.writelines(_framed(json.dumps(told).encode()))
        if content is not None:
            requests.writelines(_framed(content))
        requests.flush()
        del told, content, body


def attempt(responder: Responder, task: str, body: bytes, format: Format) -> tuple[dict[str, Any], bytes | None]:
    """What to tell of a piece of work, and the answer's bytes if there is one."""
    try:
        with COLLECTION_PAUSED:
            answered = TASKS[task](responder, body, format, None)
        issues = [(*kind, count) for kind, count in answered.issues.items()]
        question = answered.question
        asked = question and (question.device, known(question.need.memory), known(question.need.work))
    except UnreadableDocument as error:
        return {"unreadable": error.faults, "syntax": error.syntax}, None
    except (MemoryError, SystemError):
        # CPython loses some of its MemoryErrors, and then finds that something has failed and nothing was raised.
        return {"exhausted": True}, None
    except Exception as error:
        return {"failed": (type(error).__name__, frames(error))}, None
    return {"answered": (answered.valid, issues, asked)}, b"".join(answered.pieces)


if __name__ == "__main__":
    main()
