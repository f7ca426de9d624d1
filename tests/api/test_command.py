"""``python -m service``, as a command."""

import subprocess
import sys

import httpx

from tests.api.server import running
from tests.documents import tutorial


def test_several_processes_answer_at_one_address() -> None:
    with running("--workers", "2") as address:
        answers = {httpx.post(f"{address}/analyze", json=tutorial(5, 2048), timeout=30).content for _ in range(8)}
    assert len(answers) == 1


def test_a_wrong_setting_stops_the_start_with_one_line() -> None:
    done = subprocess.run([sys.executable, "-m", "service", "--port", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("python -m service: port = 'x' (--port): ")
    assert done.stderr.count("\n") == 1
