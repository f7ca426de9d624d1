"""Processes that run PyTorch, seen from the service: how they are started, told things and ended."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from service.verification.protocol import LENGTH, MOST_ANSWERED, Json

KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")
"""What of the environment such a process may see; everything else might be a secret."""
SETTLED: Final = {
    # Threads would not survive a fork, and each job has a processor of its own.
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    "CUDA_CACHE_DISABLE": "1",
}
START_SECONDS: Final = 180
"""How long PyTorch may take to be loaded, also from a disk that others are busy with."""


class StartError(Exception):
    """PyTorch could not be loaded."""


class BrokenPromiseError(Exception):
    """What a process sent is not what it should send."""


class Spawned:
    """A process that runs a module of this package, with a socket for its standard input."""

    def __init__(self, module: str, *arguments: str, kind: socket.SocketKind) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        root = Path(__file__).parent.parent.parent
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | SETTLED
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 (nothing of it comes from a request)
                [sys.executable, "-P", "-m", f"service.verification.{module}", *arguments],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment | {"PYTHONPATH": str(root)},
                cwd="/",
                start_new_session=True,
            )
        ours.settimeout(0)
        self.socket = ours

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    async def ended(self) -> None:
        """Ends it, without keeping others waiting while the system takes its memory back."""
        self.socket.close()
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    def end(self, seconds: float = 1) -> None:
        """Lets it end by itself, as it does once nobody can ask it any more, and makes it if it does not."""
        self.socket.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.process.kill()
        self.process.wait()


async def told(reader: asyncio.StreamReader) -> Json:
    """The next message of a process, which is not to be trusted."""
    length = int.from_bytes(await reader.readexactly(LENGTH), "big")
    if length > MOST_ANSWERED:
        raise BrokenPromiseError(f"It sends {length:,} bytes.")
    try:
        found = json.loads(await reader.readexactly(length))
    except (ValueError, RecursionError):
        raise BrokenPromiseError("It sends what is no JSON.") from None
    if not isinstance(found, dict):
        raise BrokenPromiseError("It sends something else than it should.")
    return found
