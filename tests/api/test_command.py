"""``python -m service``, as a command."""

import os
import socket
import subprocess
import sys

import httpx
import pytest

from tests.api.server import WITHOUT_PYTORCH, analysing
from tests.documents import tutorial


def test_several_processes_answer_at_one_address() -> None:
    with analysing("--workers", "2") as address:
        answers = {httpx.post(f"{address}/analyze", json=tutorial(5, 2048), timeout=30).content for _ in range(8)}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("flags", "variables", "told"),
    [
        (["--port", "x"], {}, "port = 'x' (--port): "),
        ([], {"PLUMBLINE_PORT": "70000"}, "port = '70000' (PLUMBLINE_PORT): "),
        ([], {"PLUMBLINE_CORS_ORIGINS": "*"}, "cors_origins: '*' is no origin; "),
        ([], {"PLUMBLINE_API_KEYS_FILE": "/nowhere"}, "api_keys_file = '/nowhere' cannot be used: "),
        ([], {"PLUMBLINE_API_KEY_FILE": "/keys"}, "there is no setting PLUMBLINE_API_KEY_FILE; did you mean "),
        (["--host", "no.such.host.invalid"], {}, "host = 'no.such.host.invalid', port = 0: nobody can listen there: "),
        (["--host", "192.0.2.1", "--workers", "2"], {}, "host = '192.0.2.1', port = 0: nobody can listen there: "),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(flags: list[str], variables: dict[str, str], told: str) -> None:
    command = [sys.executable, "-m", "service", *flags]
    if "PLUMBLINE_PORT" not in variables and "--port" not in flags:
        command += ["--port", "0"]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"python -m service: {told}")
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_stops_the_start_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "service", "--port", port, *WITHOUT_PYTORCH]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"port = {port}: nobody can listen there: Address already in use" in done.stderr
