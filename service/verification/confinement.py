"""What a process that runs a model may still do: compute, within limits, and answer."""

import ctypes
import math
import os
import resource
import signal
from contextlib import suppress
from typing import Final

from service.verification import system_calls

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15


class Footprint:
    """How much memory this process takes; looked up through a file that was opened in time."""

    def __init__(self) -> None:
        self.sizes = os.open("/proc/self/statm", os.O_RDONLY)
        self.page = resource.getpagesize()

    def address_space(self) -> int:
        """Bytes of addresses, whether or not there is memory behind them."""
        return self._pages()[0] * self.page

    def from_files(self) -> int:
        """Bytes of files in memory, which are libraries and belong to nobody."""
        return self._pages()[2] * self.page

    def own(self) -> int:
        """Bytes of memory that are no files'."""
        _, resident, shared, *_ = self._pages()
        return (resident - shared) * self.page

    def most(self) -> int:
        """The most that :meth:`own` was so far; libraries only ever grow."""
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return max(resident - self.from_files(), self.own())

    def _pages(self) -> list[int]:
        return [int(number) for number in os.pread(self.sizes, 256, 0).split()]


def called(name: str) -> None:
    """Gives this process a name, as whoever runs the service sees it."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, f"plumbline-{name}"[:15].encode(), 0, 0, 0)


def end_with_parent(parent: int) -> None:
    """Has this process end when the one that started it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # It was gone before that.
        os._exit(0)


def only(kept: set[int]) -> None:
    """Closes everything else, such as the ways to other jobs."""
    highest = max(kept)
    for descriptor in range(highest):
        if descriptor not in kept:
            with suppress(OSError):
                os.close(descriptor)
    os.closerange(highest + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def confine(footprint: Footprint, *, memory: int, seconds: float) -> None:
    """No file, socket or process from here on, and neither more memory nor more time than that.

    ``memory`` is in bytes above what PyTorch takes by being there. Should the machine run out of memory all the same,
    this process goes first.
    """
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write("1000")
    processor_seconds = math.ceil(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (footprint.address_space() + memory,) * 2)
    # The same twice, as not every system has filters of calls.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    system_calls.only_computing()


def confine_beside_driver() -> None:
    """No program, no network, no file written. A device's driver opens files and maps memory as it goes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    system_calls.no_programs_and_no_network()
