"""The servers: one process or several that accept from one socket, and how they end without losing a request."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.synchronize import Event
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess, multiprocess

from service.api.application import UnusableSettingsError, create_application, keys_of
from service.api.metrics import FOLDER, forget
from service.api.protocol import Protocol
from service.api.responding import get_ready
from service.api.settings import Settings

_HEALTH_SECONDS: Final = 60
"""A process that does not answer the others for so long is replaced; on a busy machine it may take some to start."""
_MOST_AT_ONCE: Final = 64
"""Connections that are taken at a time while documents wait, so that those have their turns all the same."""
_LIBRARIES: Final = ("uvicorn", "uvicorn.error", "asyncio")


def serve(settings: Settings) -> None:
    """Runs until it is told to end; raises :class:`UnusableSettingsError`."""
    _try_to_listen(settings.host, settings.port)
    if settings.workers == 1:
        _serve_alone(settings)
        return
    keys_of(settings)  # Told once, not by each process.
    with tempfile.TemporaryDirectory(prefix="plumbline-") as folder:
        # Where the metrics of the processes meet.
        os.environ[FOLDER] = folder
        _serve_together(settings)


def _try_to_listen(host: str, port: int) -> None:
    """Finds out at once what would stop each process later."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as door:
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                door.bind(address)
                door.listen()
    except OSError as error:
        msg = f"host = {host!r}, port = {port}: nobody can listen there: {error.strerror}"
        raise UnusableSettingsError(msg) from None


def _configuration(settings: Settings, ending: Event | None) -> uvicorn.Config:
    return uvicorn.Config(
        partial(_application, settings, ending),
        settings.host,
        settings.port,
        factory=True,
        workers=settings.workers,
        http=partial(Protocol, settings=settings),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=_HEALTH_SECONDS,
    )


def _application(settings: Settings, ending: Event | None) -> FastAPI:
    """The application of a server process, which ends as one in production does."""
    application = create_application(settings)
    log = application.state.log
    log.take_over(*_LIBRARIES)

    def on_start() -> None:
        _drain_before_end(application, settings, ending)
        application.state.lanes.watch.start()
        get_ready()

    application.state.on_start.append(on_start)
    return application


def _drain_before_end(application: FastAPI, settings: Settings, ending: Event | None) -> None:
    """Has SIGTERM, before uvicorn acts on it, followed by some time in which requests are taken, but the service is not
    ready any more, so that whoever shares out requests has time to notice.

    A process that is replaced by another, which takes requests already, does without.
    """
    loop = asyncio.get_running_loop()
    end: Any = signal.getsignal(signal.SIGTERM)

    def drain(number: int, _frame: Any) -> None:
        draining = application.state.draining
        is_replaced = ending is not None and not ending.is_set()
        if draining.begun or is_replaced:
            draining.begun = True
            end(number, None)
            return
        draining.begun = True
        loop.call_soon_threadsafe(loop.call_later, settings.drain_seconds, end, number, None)

    signal.signal(signal.SIGTERM, drain)


class _Server(uvicorn.Server):
    """Keeps nobody waiting at the door, and loses nobody when it ends."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.doors: Sequence[socket.socket] = ()
        self.welcomes: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Keeps the port from processes that are started later, as they would hold it open when this one ends."""
        for each in sockets or ():
            each.set_inheritable(False)
        await super().startup(sockets)
        listeners = [each for server in self.servers for each in server.sockets]
        self.doors = [socket.socket(fileno=os.dup(each.fileno())) for each in listeners]
        application: Any = self.config.loaded_app
        application.state.lanes.turns.open_doors = self.open_doors

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Before the port is closed takes who has come to it already, as they would be turned away otherwise."""
        doors, self.doors = self.doors, ()
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        come: list[socket.socket] = []
        for door in doors:
            with door:
                come += _come(door)
        await asyncio.gather(*map(self._welcome, come), *self.welcomes)
        await super().shutdown(sockets)

    def open_doors(self) -> None:
        """Takes the connections that wait, whose requests are read in the next turns of the event loop."""
        loop = asyncio.get_running_loop()
        for door in self.doors:
            for connection in islice(_come(door), _MOST_AT_ONCE):
                task = loop.create_task(self._welcome(connection))
                self.welcomes.add(task)
                task.add_done_callback(self.welcomes.discard)

    async def _welcome(self, connection: socket.socket) -> None:
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = made(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


class _Process(multiprocess.Process):
    """One of several, with such a server."""

    @property
    def server(self) -> uvicorn.Server:
        """Made where it runs."""
        if self._server is None:
            self._server = _Server(self.config)
        return self._server

    def _healthcheck(self, timeout: float) -> bool | None:
        """Doesn't go on waiting for a process that dies while it is asked."""
        with suppress(OSError, EOFError):
            self.parent_conn.send(b"ping")
            if self.parent_conn in wait([self.parent_conn, self.process.sentinel], timeout):
                return bool(self.parent_conn.recv())
        return None


class _Single(_Server):
    """Says in one line where it listens, once it does."""

    def _log_started_message(self, listeners: Any) -> None:
        _announce(listeners[0])

    def handle_exit(self, sig: int, frame: Any) -> None:
        """A second time it ends at once; the status is 0 for an end that was asked for."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def _come(door: socket.socket) -> Iterator[socket.socket]:
    """The connections that wait at a door."""
    door.settimeout(0)
    with suppress(OSError):
        while True:
            yield door.accept()[0]


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    host = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Plumbline listens on http://{host}:{port}\n")
    sys.stdout.flush()


def _serve_alone(settings: Settings) -> None:
    server = _Single(_configuration(settings, None))
    server.run()
    if not server.started:
        sys.exit(1)


class _Supervisor(Multiprocess):
    """Several processes; SIGHUP replaces one after the other."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], ending: Event) -> None:
        super().__init__(config, sockets)
        self.ending = ending

    def handle_term(self) -> None:
        """The processes are told that nobody takes their place."""
        self._end()
        super().handle_term()

    def handle_int(self) -> None:
        """So they are when it comes from the keyboard."""
        self._end()
        super().handle_int()

    def _end(self) -> None:
        self.ending.set()
        for listener in self.sockets:
            # Once the processes have closed theirs, nobody is to wait at a door that nobody will open.
            listener.close()

    def keep_subprocess_alive(self) -> None:
        """What a process that died told about its present is forgotten."""
        self._forgetting(super().keep_subprocess_alive)

    def restart_all(self) -> None:
        """Likewise of those that were replaced."""
        self._forgetting(super().restart_all)

    def _forgetting(self, act: Callable[[], None]) -> None:
        before = {process.pid for process in self.processes}
        act()
        for gone in before - {process.pid for process in self.processes}:
            if gone is not None:
                forget(gone)


def _serve_together(settings: Settings) -> None:
    ending = get_context("spawn").Event()
    config = _configuration(settings, ending)
    listener = config.bind_socket()
    threading.Thread(target=_announce_once_ready, args=(listener,), daemon=True).start()
    # There is no other way to tell the supervisor.
    multiprocess.Process = _Process  # type: ignore[misc]
    _Supervisor(config, [listener], ending).run()


def _announce_once_ready(listener: socket.socket) -> None:
    """Waits for the first of the processes to answer."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (where it listens, to ask itself)
    while True:
        try:
            with socket.create_connection((host, port), timeout=1) as connection:
                connection.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
                if connection.recv(1):
                    _announce(listener)
                    return
        except OSError:
            time.sleep(0.05)
