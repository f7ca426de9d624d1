"""Gives up what takes far longer than expected, where all others would have to wait for it.

What is worked out at once is known to be little beforehand. Should that be wrong for some document, this ends it, in
whatever it does, and the document goes where there is a limit to time and memory.
"""

import atexit
import signal
from types import FrameType
from typing import Final

SECONDS: Final = 0.5
"""Of processor time, between looks: what is caught by two of them has taken at least that."""


class TakesTooLongError(BaseException):
    """Raised in the midst of a piece of work; no handler for what may go wrong there takes it for that."""


class Watch:
    """Looks now and then whether it is still the same piece of work, which costs each piece next to nothing."""

    def __init__(self) -> None:
        self._piece = self._seen = 0
        self._is_working = False

    def start(self) -> None:
        """Begins to look; for the main thread of a process."""
        signal.signal(signal.SIGVTALRM, self._look)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, SECONDS)
        # The signal must not come where nobody takes it any more, as it ends the process then.
        atexit.register(signal.setitimer, signal.ITIMER_VIRTUAL, 0)

    def __enter__(self) -> None:
        self._piece += 1
        self._is_working = True

    def __exit__(self, *_: object) -> None:
        self._is_working = False

    def _look(self, _number: int, frame: FrameType | None) -> None:
        if not self._is_working:
            return
        if self._seen == self._piece and not _is_importing(frame):
            self._is_working = False
            raise TakesTooLongError
        self._seen = self._piece


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a module is being loaded, which would be left half done."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False
