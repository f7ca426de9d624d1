"""A real server in a process of its own, as users run it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

WITHOUT_PYTORCH: Final = ("--verify-devices", "none")


def analysing(*flags: str) -> AbstractContextManager[str]:
    """The same without PyTorch, which takes more to load than most tests take."""
    return running(*WITHOUT_PYTORCH, *flags)


@contextmanager
def running(*flags: str) -> Iterator[str]:
    """Runs ``python -m service`` on a free port; gives its address once it says that it listens."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PLUMBLINE_")}
    command = [sys.executable, "-m", "service", "--port", "0", "--drain-seconds", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"http://\S+", line)
        try:
            assert match, f"the service said {line!r}"
            yield match[0]
        finally:
            process.terminate()
            process.wait(timeout=60)
