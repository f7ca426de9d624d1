"""HTTP/1.1 as uvicorn speaks it, with what it leaves open closed: slow requests, large heads, answers that are lost
when a connection is closed too early, and connections that are given up while somebody is about to use them."""

import asyncio
from enum import Enum
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.api.problems import EXPLANATIONS, MEDIA_TYPE, bare_problem
from service.api.settings import Settings

BYTES_A_SECOND: Final = 64 * 2**10
"""A body that comes as fast as this may take its time."""
GRACE_SECONDS: Final = 1.0
"""How long an idle connection may still bring a request once the service ends."""
LINGER_SECONDS: Final = 2.0
"""How long a client that is still sending has to read that it need not."""
LARGE: Final = 64 * 2**10
"""Bytes that are not worth a copy to save a system call."""


class Phase(Enum):
    """What is awaited of a client."""

    HEAD = "the head of a request"
    BODY = "its body"
    NOTHING = "nothing: an answer is owed, or the connection is idle"
    END = "that it closes the connection"


class Protocol(HttpToolsProtocol):
    """A connection."""

    def __init__(self, *, settings: Settings, **given: Any) -> None:
        super().__init__(**given)
        self.receive_seconds = settings.receive_seconds
        self.max_header_bytes = settings.max_header_bytes
        self.phase = Phase.HEAD
        self.since = self.loop.time()
        """When the phase began."""
        self.chunk = self.head = self.body = 0
        """Bytes of what was read last, of a head with what came with it, and of a body."""
        self.is_head_too_large = False
        self.alarm: asyncio.TimerHandle | None = None
        self.is_ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the clock at once, as some never send anything."""
        super().connection_made(_Joining(transport, self.loop))  # type: ignore[arg-type]
        self.alarm = self.loop.call_later(self.receive_seconds, self._overdue)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the clock."""
        super().connection_lost(exc)
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm = None

    def data_received(self, data: bytes) -> None:
        """Reads on, and sees to it that what is incomplete doesn't stay so."""
        if self.phase is Phase.END:
            return
        if self.phase is Phase.NOTHING:
            self._enter(Phase.HEAD)
            self.head = 0
        self.chunk = len(data)
        if self.phase is Phase.HEAD:
            self.head += self.chunk
        super().data_received(data)
        if self.phase is Phase.NOTHING:
            return
        if self.phase is Phase.HEAD and self.head > self.max_header_bytes:
            self._refuse_head()
        elif self.phase is Phase.BODY:
            self.cycle.transport = _Lingering(self)  # type: ignore[assignment]
        if self.alarm is None and not self.transport.is_closing():
            self.alarm = self.loop.call_later(self.receive_seconds, self._overdue)

    def on_message_begin(self) -> None:
        """One may follow another in one piece."""
        if self.phase is not Phase.HEAD:
            self._enter(Phase.HEAD)
        self.head = self.chunk
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Refuses a large head that came in few pieces, too."""
        if self.head > self.max_header_bytes:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self.max_header_bytes:
                self.is_head_too_large = True
                raise ValueError
        self._enter(Phase.BODY)
        self.body = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Counts."""
        self.body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is awaited until something comes."""
        self.phase = Phase.NOTHING
        super().on_message_complete()

    def _enter(self, phase: Phase) -> None:
        self.phase, self.since = phase, self.loop.time()

    def _overdue(self) -> None:
        """Closes the connection if what is awaited has taken too long."""
        self.alarm = None
        if self.phase is Phase.NOTHING or self.transport.is_closing():
            return
        allowed = self.receive_seconds + (self.body / BYTES_A_SECOND if self.phase is Phase.BODY else 0)
        left = self.since + allowed - self.loop.time()
        if self.flow.read_paused:
            left = max(left, self.receive_seconds)  # It is us who are slow.
        if left > 0.001:
            self.alarm = self.loop.call_later(left, self._overdue)
        elif self.phase is Phase.END or self.head == 0:
            self.transport.close()
        else:
            self._refuse("request-timeout", f"It did not arrive within {allowed:.0f} s.")

    def _refuse_head(self) -> None:
        self._refuse("headers-too-large", f"It has more than {self.max_header_bytes:,} bytes.")

    def _refuse(self, code: str, detail: str) -> None:
        """Answers, unless an answer is on its way already, and closes."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and self.phase is Phase.HEAD:
            # What was asked before is owed an answer first, and gets the last of this connection.
            cycle.keep_alive = False
            self._enter(Phase.END)
            return
        if cycle is None or cycle.response_complete or not cycle.response_started:
            content = bare_problem(code, detail)
            head = b"content-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            status = STATUS_LINE[EXPLANATIONS[code].status]
            self.transport.write(status + head % (MEDIA_TYPE.encode(), len(content)) + content)
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.linger()

    def linger(self) -> None:
        """Closes in a way that lets a client that is still sending read the answer, which a reset would throw away."""
        if self.phase is Phase.NOTHING or self.transport.is_closing():
            self.transport.close()
            return
        self._enter(Phase.END)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so in the form of every other problem."""
        if self.is_head_too_large:
            self._refuse_head()
        else:
            self._refuse("bad-request", msg)

    def shutdown(self) -> None:
        """Closes once idle; a connection that may be about to be used gets a moment for that."""
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and not self.is_ending:
            self.is_ending = True
            self.loop.call_later(GRACE_SECONDS, self._end)
        else:
            super().shutdown()

    def _end(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()


class _Joining:
    """A transport that gives the network the head of an answer together with its body: one system call and one packet.

    Nobody waits for what is held back: it goes out as soon as the event loop is free to do anything else.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport, self.loop = transport, loop
        self.held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        if not self.held:
            self.held = data
            self.loop.call_soon(self._flush)
        elif len(data) > LARGE:
            self._flush()
            self.transport.write(data)
        else:
            self.held += data
            self._flush()

    def close(self) -> None:
        self._flush()
        self.transport.close()

    def write_eof(self) -> None:
        self._flush()
        self.transport.write_eof()

    def _flush(self) -> None:
        if self.held:
            data, self.held = self.held, b""
            self.transport.write(data)


class _Lingering:
    """The transport of a request that has not come to its end: an answer that comes before that closes it gently."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol.transport, name)

    def close(self) -> None:
        self.protocol.linger()
