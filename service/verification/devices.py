"""CUDA devices, seen from the service, which never initialises CUDA: whether there are any, and who runs jobs there."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Final

from service.verification.protocol import Json, framed, packed
from service.verification.spawning import START_SECONDS, BrokenPromiseError, Spawned, StartError, told

NODES: Final = Path("/dev")


def cuda_devices(nodes: Path = NODES) -> int:
    """How many devices there are, by the driver's files; ``CUDA_VISIBLE_DEVICES`` may hide some."""
    count = len(list(nodes.glob("nvidia[0-9]*"))) or int((nodes / "dxg").exists())
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return count
    shown = 0
    for name in filter(None, (part.strip() for part in visible.split(","))):
        if (name.isdigit() and int(name) >= count) or name.startswith("-"):
            break  # As CUDA does: what follows one that is not there is not there, either.
        shown += 1
    return min(shown, count)


def full_name(device: str) -> str:
    """``cuda`` is the first."""
    return device if ":" in device else f"{device}:0"


class DeviceWorker:
    """The process that has a device; started when it is first needed, and again after it ended."""

    def __init__(self, device: str, fraction: float) -> None:
        self.device, self.fraction = device, fraction
        self.turn = asyncio.Semaphore(1)
        self.spawned: Spawned | None = None
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def run(self, body: bytes, seconds: float) -> Json:
        """What a job says to a document; the process ends with a job that fails or is not waited for.

        Raises :class:`StartError`, and ``TimeoutError`` once the process is gone.
        """
        missing = await self._started()
        if missing is not None:
            return {"status": "unavailable", "error": missing, "discrepancies": []}
        kept = False
        try:
            async with asyncio.timeout(seconds):
                self.writer.write(packed({"seconds": seconds}) + framed(body))
                await self.writer.drain()
                found = await told(self.reader)
            answer = found.get("answer")
            kept = isinstance(answer, dict) and bool(found.get("usable"))
        except (asyncio.IncompleteReadError, ConnectionError, BrokenPromiseError):
            answer = None
        finally:
            if not kept:
                await self.ended()
        error = f"The process that ran PyTorch on {self.device} ended."
        return answer if isinstance(answer, dict) else {"status": "crashed", "error": error, "discrepancies": []}

    async def _started(self) -> str | None:
        """Has a process that is ready; what is missing, if there can be none."""
        if self.spawned is not None and self.spawned.is_alive:
            return None
        await self.ended()
        self.spawned = Spawned("device", self.device, str(self.fraction), kind=socket.SOCK_STREAM)
        self.reader, self.writer = await asyncio.open_connection(sock=self.spawned.socket)
        ready = False
        try:
            async with asyncio.timeout(START_SECONDS):
                missing: str | None = (await told(self.reader))["missing"]
            ready = missing is None
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, BrokenPromiseError):
            raise StartError(f"PyTorch could not be made ready for {self.device}.") from None
        finally:
            if not ready:
                await self.ended()
        return missing

    async def ended(self) -> None:
        """Ends the process, if there is one."""
        if self.spawned is not None:
            spawned, self.spawned = self.spawned, None
            self.writer.close()
            await spawned.ended()

    def end(self) -> None:
        """Ends the process when the service ends."""
        if self.spawned is not None:
            self.spawned.end(0)
