"""Two lanes: what is quickly worked out is, one document at a time; what takes long goes to a process of its own.

While Python works out one thing it does nothing else. So that health checks and small documents never wait for large
ones, only what is known to be little is done in the process that answers requests, and between two documents it
looks after everything else.
"""

import asyncio
import math
import time
from typing import Final

from service.api.heavy import HeavyLane
from service.api.metrics import Metrics
from service.api.problems import ProblemError
from service.api.responding import COLLECTION_PAUSED, Responder
from service.api.settings import Settings
from service.api.tasks import TASKS, Answered
from service.architecture.allowance import AT_ONCE, BeyondAllowanceError
from service.reports.formats import Format

_WEIGHT: Final = 0.05
"""Of the latest document in the mean of the time that one takes."""


class Lanes:
    """Works out answers, each in the lane where it belongs, and refuses what would have to wait too long."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.metrics = metrics
        self.responder = Responder(settings.remembered_outcomes)
        self.heavy = HeavyLane(settings)
        self.longest_wait = settings.max_wait_seconds
        self.turn = asyncio.Lock()
        self.waiting = 0
        self.usual_seconds = 0.001

    async def run(self, task: str, body: bytes, format: Format) -> Answered:
        """The answer to a request; raises :class:`UnreadableDocument` and :class:`ProblemError`."""
        if len(body) <= AT_ONCE.bytes:
            if self.waiting:
                self._expect_short_wait()
            self.waiting += 1
            try:
                async with self.turn:
                    return self._at_once(task, body, format)
            except BeyondAllowanceError:
                pass
            finally:
                self.waiting -= 1
        with self.metrics.heavy.track_inprogress():
            return await self.heavy.run(task, body, format)

    def _at_once(self, task: str, body: bytes, format: Format) -> Answered:
        begun = time.perf_counter()
        try:
            with COLLECTION_PAUSED:
                return TASKS[task](self.responder, body, format, AT_ONCE)
        finally:
            self.usual_seconds += _WEIGHT * (time.perf_counter() - begun - self.usual_seconds)

    def _expect_short_wait(self) -> None:
        expected = self.waiting * self.usual_seconds
        if expected > self.longest_wait:
            detail = f"{self.waiting:,} documents are waiting, which takes some {expected:.1f} s."
            raise ProblemError("overloaded", detail, {"Retry-After": str(math.ceil(expected))})
