"""Structured logs: a JSON line an event, or a coloured one in a terminal. No request's body gets into them.

They go to the standard error. Where nobody reads that, lines are dropped and counted, as a log must not hold up the
service.
"""

import logging
import os
import select
import sys
import time
import traceback
from collections.abc import MutableMapping
from contextvars import ContextVar
from functools import cached_property
from types import TracebackType
from typing import Any, Final, TextIO, cast

from pydantic_core import to_json

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""Of the request that is being answered."""

Event = MutableMapping[str, Any]


class Sink:
    """A descriptor that is written to only while it takes something, with how many lines it did not."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.dropped = 0

    def write(self, text: str) -> None:
        """Writes a line, or drops it. A pipe that is writable takes PIPE_BUF bytes at once."""
        data = text.encode("utf-8", "backslashreplace")
        try:
            if not select.select([], [self.descriptor], [], 0)[1]:
                self.dropped += 1
                return
            os.write(self.descriptor, data[: select.PIPE_BUF - 1] + b"\n" if len(data) > select.PIPE_BUF else data)
        except (OSError, ValueError):
            self.dropped += 1

    def flush(self) -> None:
        """Nothing is held back."""


class Log:
    """Where events go."""

    def __init__(self, level: str = "info", format: str = "auto", descriptor: int = 2) -> None:
        self.level = logging.getLevelNamesMapping()[level.upper()]
        self.sink = Sink(descriptor)
        self.is_console = format == "console" or (format == "auto" and os.isatty(descriptor))

    @cached_property
    def events(self) -> Any:
        """What takes events: ``events.info("request", status=200)``. Imported when there is something to tell."""
        import structlog  # noqa: PLC0415

        writing = structlog.dev.ConsoleRenderer() if self.is_console else structlog.processors.JSONRenderer(_as_text)
        return structlog.wrap_logger(
            structlog.WriteLogger(cast("TextIO", self.sink)),
            processors=[structlog.processors.add_log_level, _timed, _identified, _without_message, writing],
            wrapper_class=structlog.make_filtering_bound_logger(self.level),
        ).bind()

    def takes(self, level: int) -> bool:
        """Whether events of a level are told at all."""
        return level >= self.level

    def take_over(self, *names: str) -> None:
        """Has what libraries log told here, too."""
        handler = _Forwarding(self)
        for name in names:
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [handler], False
            logger.setLevel(max(self.level, logging.WARNING))
        sys.excepthook = self._excepthook

    def _excepthook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self.events.critical("defect", exc_info=(kind, error, trace))


class _Forwarding(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        self.log.events.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _as_text(event: Event, **_: Any) -> str:
    return to_json(event, fallback=str).decode()


def _timed(_logger: Any, _name: str, event: Event) -> Event:
    now = time.time()
    event["time"] = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03}Z"
    return event


def _identified(_logger: Any, _name: str, event: Event) -> Event:
    if "request_id" not in event and (identifier := REQUEST_ID.get()) is not None:
        event["request_id"] = identifier
    return event


def _without_message(_logger: Any, _name: str, event: Event) -> Event:
    """An exception by its type and where it came from; its message might quote the request."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, DefectElsewhereError):
        event["error"], event["where"] = error.kind, error.where
    elif isinstance(error, BaseException):
        event["error"], event["where"] = type(error).__name__, frames(error)
    return event


def frames(error: BaseException) -> list[str]:
    """Where an exception came from."""
    found = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found]


class DefectElsewhereError(Exception):
    """An exception of another process: its type, and where it came from there."""

    def __init__(self, kind: str, where: list[str]) -> None:
        super().__init__(kind)
        self.kind, self.where = kind, where
