"""Two lanes: what is quickly worked out is, one after the other; what takes long goes to a process of its own.

While Python works out one thing it does nothing else. So that health checks and small documents never wait for large
ones, only what is known to be little is done in the process that answers requests, and between two documents it
looks after everything else: new requests are read, and refused where those before them take too long already.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from service.api.heavy import HeavyLane
from service.api.metrics import Metrics
from service.api.problems import ProblemError
from service.api.responding import COLLECTION_PAUSED, Responder
from service.api.settings import Settings
from service.api.tasks import TASKS, Answered
from service.api.watch import TakesTooLongError, Watch
from service.architecture.allowance import AT_ONCE, BeyondAllowanceError
from service.reports.formats import Format

SLICE: Final = 0.002
"""Seconds of work for which nothing else is looked at: what takes less may follow one another straight away."""
MOST_LOOKS: Final = 8
"""Passes of the event loop after one document: more than a new connection needs until its request is answered."""
_WEIGHT: Final = 0.05
"""Of the latest document in the mean of the time that one takes, with all that happens around it."""


class Turns:
    """Documents in the order in which they came, and after each ``SLICE`` of work a look at everything else.

    To read a request that has come on a new connection takes the event loop some passes: what took long is followed by
    as many as it took slices.
    """

    def __init__(self, longest_wait: float) -> None:
        self.longest_wait = longest_wait
        self.usual_seconds = 0.001
        self.open_doors: Callable[[], None] = lambda: None
        """Takes all connections that wait, as the event loop takes but one in a pass; called while documents wait."""
        self._begun: float | None = None
        self._is_looking = False
        self._count = self._returned = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def is_long(self) -> bool:
        """Whether who comes now would have to wait longer than anybody should."""
        return len(self._queue) * self.usual_seconds > self.longest_wait

    def overloaded(self) -> ProblemError:
        """What to tell them."""
        expected = len(self._queue) * self.usual_seconds
        detail = f"{len(self._queue):,} documents are waiting, which takes some {expected:.1f} s."
        return ProblemError("overloaded", detail, {"Retry-After": str(math.ceil(expected))})

    async def take(self) -> None:
        """Waits for the turn; raises :class:`ProblemError` if that would take too long."""
        if self._begun is None:
            self._begin()
        elif self._queue or self._is_over:
            if self.is_long:
                raise self.overloaded()
            await self._wait(len(self._queue))
            while self._is_over:
                # Those before took longer than expected: back to the head of the queue, behind who is there already.
                self._returned += 1
                await self._wait(self._returned - 1)
        self._count += 1

    @property
    def _is_over(self) -> bool:
        return self._is_looking or self._begun is None or time.perf_counter() - self._begun > SLICE

    async def _wait(self, place: int) -> None:
        mine = asyncio.get_running_loop().create_future()
        self._queue.insert(place, mine)
        await mine

    def _begin(self) -> None:
        self._begun, self._count, self._returned, self._is_looking = time.perf_counter(), 0, 0, False
        for _ in range(max(1, int(SLICE / self.usual_seconds))):
            self._let_in()
        # The event loop comes to that once it has looked at everything else, and those who were let in have had a turn.
        asyncio.get_running_loop().call_soon(self._end, self._begun)

    def _end(self, begun: float) -> None:
        if self._queue:
            self.open_doors()
        self._is_looking = True
        self._look(begun, min(int((time.perf_counter() - begun) / SLICE), MOST_LOOKS))

    def _look(self, begun: float, further: int) -> None:
        if further:
            asyncio.get_running_loop().call_soon(self._look, begun, further - 1)
            return
        if self._count:
            usual = (time.perf_counter() - begun) / self._count
            self.usual_seconds += (1 - (1 - _WEIGHT) ** self._count) * (usual - self.usual_seconds)
        self._begun = None
        if self._queue:
            self._begin()

    def _let_in(self) -> None:
        while self._queue:
            first = self._queue.popleft()
            if not first.done():
                first.set_result(None)
                return


class Lanes:
    """Works out answers, each in the lane where it belongs, and refuses what would have to wait too long."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.metrics = metrics
        self.remembered_outcomes = settings.remembered_outcomes
        self.responder = Responder(self.remembered_outcomes)
        self.heavy = HeavyLane(settings)
        self.turns = Turns(settings.max_wait_seconds)
        self.watch = Watch()

    async def run(self, task: str, body: bytes, format: Format) -> Answered:
        """The answer to a request; raises :class:`UnreadableDocument` and :class:`ProblemError`."""
        in_vain = 0.0
        if len(body) <= AT_ONCE.bytes:
            await self.turns.take()
            begun = time.perf_counter()
            try:
                with COLLECTION_PAUSED, self.watch:
                    return TASKS[task](self.responder, body, format, AT_ONCE.divided(format.weight))
            except BeyondAllowanceError:
                pass
            except TakesTooLongError:
                # What is remembered may have been left half done.
                self.responder = Responder(self.remembered_outcomes)
            in_vain = time.perf_counter() - begun
        with self.metrics.heavy.track_inprogress():
            answered = await self.heavy.run(task, body, format)
        return answered._replace(seconds=in_vain + answered.seconds)
