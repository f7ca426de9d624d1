"""A service in processes of its own, as users run it, and what it takes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

MEGABYTE = 2**20


class Hosted(NamedTuple):
    """A service that runs."""

    port: int
    process: psutil.Process
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def servers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        children = self.process.children()
        return [each for each in children if "spawn_main" in " ".join(command_of(each))] or [self.process]

    def megabytes(self) -> tuple[int, int]:
        """What those processes have in memory, and what they and all that they started have, what is shared once."""
        servers = sum(each.memory_info().rss for each in self.servers())
        everything = 0
        for each in [self.process, *self.process.children(recursive=True)]:
            with suppress(psutil.Error):
                everything += each.memory_full_info().pss
        return servers // MEGABYTE, everything // MEGABYTE

    def processor_seconds(self) -> float:
        """What they and all that they started have taken so far, those that have ended included."""
        total = 0.0
        for each in [self.process, *self.process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += sum(each.cpu_times()[:4])
        return total

    def defects(self) -> list[Any]:
        """What the log tells of failures that are the service's own."""
        events = map(json.loads, self.log.read_text(encoding="utf-8").splitlines())
        return [event for event in events if event["level"] in ("error", "critical")]


def command_of(process: psutil.Process) -> list[str]:
    """What a process was started with; nothing if it has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def _on(processors: Collection[int]) -> Iterator[None]:
    """What starts within runs on these processors, if there are any."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def hosted(*flags: str, processors: Collection[int] = ()) -> Iterator[Hosted]:
    """Runs ``python -m service`` on a free port until the block ends; its log has no lines about requests.

    On some ``processors`` only, if that is said; whoever asks had better have others.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        command = [sys.executable, "-m", "service", "--port", "0", "--log-level", "warning", *flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
        with _on(processors):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        with process:
            assert process.stdout is not None
            line = process.stdout.readline()
            try:
                yield Hosted(int(line.rpartition(":")[2]), psutil.Process(process.pid), Path(folder, "log"))
            finally:
                process.terminate()
                begun = time.monotonic()
                print(f"SIGTERM: exit {process.wait(60)} after {time.monotonic() - begun:.1f} s")
