"""A client that costs little itself: requests made beforehand, and of answers only what is counted."""

import asyncio
import re
import time
from typing import Any, NamedTuple, Self

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: (\d+)", re.IGNORECASE)


class Seen(NamedTuple):
    """An answer."""

    status: int
    seconds: float
    retry_after: int | None
    content: bytes


def request(body: bytes | None, path: str = "/analyze", *fields: str) -> bytes:
    """The bytes of a request."""
    head = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: localhost", *fields]
    if body is not None:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + (body or b"")


class Connection:
    """One connection, on which one request follows the other; opened again where the service has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connection up."""
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None

    async def ask(self, data: bytes) -> Seen:
        """The answer; raises :class:`OSError` or :class:`asyncio.IncompleteReadError` where there is none."""
        if self.streams is not None and self.streams[0].at_eof():
            self.close()
        begun = time.perf_counter()
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        reader, writer = self.streams
        try:
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            content = await reader.readexactly(int(length[1])) if length else b""
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            raise
        seconds = time.perf_counter() - begun
        if b"connection: close" in head.lower():
            self.close()
        retry = _RETRY.search(head)
        return Seen(int(head[9:12]), seconds, int(retry[1]) if retry else None, content)


def percentiles(seconds: list[float]) -> str:
    """Median, 95th, 99th and 99.9th percentile and the most, in milliseconds."""
    if not seconds:
        return "-"
    ordered = sorted(seconds)
    places = (0.5, 0.95, 0.99, 0.999)
    found = [ordered[min(int(len(ordered) * place), len(ordered) - 1)] for place in places]
    return " / ".join(f"{each * 1000:.1f}" for each in [*found, ordered[-1]])
