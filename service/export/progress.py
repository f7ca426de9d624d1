"""A bar on a terminal for whoever waits."""

import io
import sys
import time
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

_QUIET_SECONDS: Final = 1.0
_SECONDS_BETWEEN: Final = 0.1
_WIDTH: Final = 40
_CLEAR: Final = "\r\033[K"


class Progress(io.TextIOBase):
    """Shows the calls of modules, of as many as there are modules, once it takes long and if somebody looks.

    What is written to it goes to the same place as the bar, which makes way.
    """

    def __init__(self) -> None:
        self.total = self.count = 0
        self.start = time.monotonic()
        self.is_drawn = False
        self.ended = Event()
        self.drawing = Thread(target=self.draw, daemon=True)

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self.drawing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        if self.drawing.ident is not None:
            self.drawing.join()
        self.clear()

    def expect(self, total: int) -> None:
        """The model is built, and has so many modules."""
        self.total, self.count = total, 0

    def step(self, modules: int) -> None:
        """Further modules are called."""
        self.count += modules

    def write(self, text: str) -> int:
        """What the model prints."""
        self.clear()
        return sys.stderr.write(text)

    def clear(self) -> None:
        """Takes the bar away."""
        if self.is_drawn:
            self.is_drawn = False
            sys.stderr.write(_CLEAR)

    def draw(self) -> None:
        """Draws the bar until there is nothing to wait for."""
        seconds = _QUIET_SECONDS
        while not self.ended.wait(seconds):
            seconds = _SECONDS_BETWEEN
            sys.stderr.write(f"{_CLEAR}{self.described(time.monotonic() - self.start)}")
            sys.stderr.flush()
            self.is_drawn = True

    def described(self, seconds: float) -> str:
        """The bar, or before there is anything to count, what is going on."""
        if not self.total:
            return f"The model is being built, {seconds:.0f} s"
        part = min(self.count / self.total, 1)
        filled = round(part * _WIDTH)
        bar = "█" * filled + "·" * (_WIDTH - filled)
        return f"{bar} {part:4.0%} {self.count:,} calls of modules, {seconds:.0f} s"
