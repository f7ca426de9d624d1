"""What every request passes first: its identifier, access, metrics, and the line that the log gets about it.

One piece of plain ASGI around everything else, so that also what fails within is counted and told.
"""

import logging
import os
import re
import time
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.access import Keys, presented
from service.api.lanes import Lanes
from service.api.logs import REQUEST_ID, Log
from service.api.metrics import METHODS, Metrics, route_of
from service.api.problems import ProblemError, http_error

HEALTH: Final = frozenset({"/health/live", "/health/ready"})
"""Paths that need no key, whoever asks."""
_QUIET: Final = HEALTH | {"/metrics"}
_IDENTIFIER: Final = re.compile(rb"^[A-Za-z0-9._:-]{1,64}$")
CLIENT_LEFT: Final = 499
"""As nginx counts who left before the answer."""
LONGEST_PATH: Final = 200


class Draining:
    """Whether the service is about to end."""

    def __init__(self) -> None:
        self.begun = False


class Gateway:
    """Wraps an application.

    ``crossing`` is what tells pages of other origins that they may ask, around refusals, too: what a browser asks
    before a request never has a key, and what a page may not read it cannot tell anybody.
    """

    def __init__(
        self, application: ASGIApp, *, metrics: Metrics, log: Log, keys: Keys | None, draining: Draining, lanes: Lanes,
        crossing: Callable[[ASGIApp], ASGIApp],
    ) -> None:  # fmt: skip
        self.metrics, self.log, self.keys, self.draining, self.lanes = metrics, log, keys, draining, lanes
        self.application, self.refusal, self.deferral = map(crossing, (application, self._refuse, self._put_off))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        begun, status, seconds = time.perf_counter(), CLIENT_LEFT, -1.0
        identifier = _identifier(scope)
        REQUEST_ID.set(identifier)

        async def noticing(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", identifier.encode()))
                if self.draining.begun:
                    # So that nobody holds on to a connection that is about to be closed.
                    message["headers"].append((b"connection", b"close"))
            elif not message.get("more_body"):
                # Before the client can know, so that whoever has an answer finds it counted.
                seconds = time.perf_counter() - begun
                self._count(scope, status, seconds)
            await send(message)

        caller: str | None = None
        try:
            caller = self._caller(scope)
            await (self.refusal if caller is None else self._way(scope))(scope, receive, noticing)
        except ClientDisconnect:
            pass
        except Exception as error:
            self.log.tell(logging.ERROR, "defect", error)
        finally:
            if seconds < 0:
                seconds = time.perf_counter() - begun
                self._count(scope, status, seconds)
            self._tell(scope, status, seconds, caller)

    def _caller(self, scope: Scope) -> str | None:
        """The name of who asks, empty where nobody needs one; none where one is needed and not there."""
        if self.keys is None or scope["path"] in HEALTH:
            return ""
        return self.keys.owner(presented(scope["headers"]))

    def _way(self, scope: Scope) -> ASGIApp:
        """Where a request goes on: not far if it would wait too long, so that refusing costs next to nothing."""
        return self.deferral if scope["method"] == "POST" and self.lanes.turns.is_long else self.application

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        self.metrics.answered(_method(scope), route_of(scope), status, seconds)

    def _tell(self, scope: Scope, status: int, seconds: float, caller: str | None) -> None:
        path = scope["path"]
        level = logging.DEBUG if path in _QUIET else logging.INFO
        more: dict[str, Any] = {"caller": caller} if caller else {}
        self.log.tell(level, "request", method=_method(scope), path=path[:LONGEST_PATH], status=status,
                      ms=round(seconds * 1000, 3), **more)  # fmt: skip

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = "This service takes requests with a key alone: Authorization: Bearer …, or X-API-Key: …"
        error = ProblemError("unauthorized", detail, {"WWW-Authenticate": "Bearer"})
        await http_error(Request(scope), error)(scope, receive, send)

    async def _put_off(self, scope: Scope, receive: Receive, send: Send) -> None:
        await http_error(Request(scope), self.lanes.turns.overloaded())(scope, receive, send)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "other"


def _identifier(scope: Scope) -> str:
    """The identifier that a request comes with, if it is a plain one; a new one otherwise."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _IDENTIFIER.match(value):
            return str(value.decode())
    return os.urandom(8).hex()
