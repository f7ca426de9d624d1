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
from collections.abc import Callable
from contextvars import ContextVar
from functools import cached_property, lru_cache
from types import TracebackType
from typing import Any, Final

from pydantic_core import to_json

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""Of the request that is being answered."""

Event = dict[str, Any]

LEVELS: Final = {level: logging.getLevelName(level).lower() for level in (10, 20, 30, 40, 50)}


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


class Log:
    """Where events go."""

    def __init__(self, level: str = "info", format: str = "auto", descriptor: int = 2) -> None:
        self.level = logging.getLevelNamesMapping()[level.upper()]
        self.sink = Sink(descriptor)
        self.is_console = format == "console" or (format == "auto" and os.isatty(descriptor))

    def tell(self, level: int, event: str, error: BaseException | None = None, **fields: Any) -> None:
        """Writes an event down, with what is known about it; of an error, its type and where it came from alone.

        Its message might quote the request.
        """
        if level < self.level:
            return
        line: Event = {"time": _time(), "level": LEVELS.get(level, "info"), "event": event, **fields}
        identifier = REQUEST_ID.get()
        if identifier is not None:
            line["request_id"] = identifier
        if isinstance(error, DefectElsewhereError):
            line["error"], line["where"] = error.kind, error.where
        elif error is not None:
            line["error"], line["where"] = type(error).__name__, frames(error)
        self.sink.write(self._written(line) + "\n")

    @cached_property
    def _written(self) -> Callable[[Event], str]:
        if not self.is_console:
            return lambda line: to_json(line, fallback=str).decode()
        import structlog  # noqa: PLC0415 (for terminals alone)

        render = structlog.dev.ConsoleRenderer()
        return lambda line: str(render(None, "", line))

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
            self.tell(logging.CRITICAL, "defect", error)


class _Forwarding(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.log.tell(record.levelno, record.getMessage(), error, logger=record.name)


def _time() -> str:
    """Now, as RFC 3339 has it, in milliseconds."""
    seconds, rest = divmod(time.time_ns(), 10**9)
    return f"{_second(seconds)}.{rest // 10**6:03}Z"


@lru_cache(maxsize=1)
def _second(since_1970: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_1970))


def frames(error: BaseException) -> list[str]:
    """Where an exception came from."""
    found = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found]


class DefectElsewhereError(Exception):
    """An exception of another process: its type, and where it came from there."""

    def __init__(self, kind: str, where: list[str]) -> None:
        super().__init__(kind)
        self.kind, self.where = kind, where
