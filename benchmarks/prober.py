"""``python -m benchmarks.prober PORT`` asks for a sign of life every 20 ms until its input ends, then tells the waits.

A process of its own, so that it waits for nobody but the service.
"""

import http.client
import json
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

EVERY_SECONDS = 0.02


class Prober:
    """Such a process, as long as the block lasts; then there are the ``seconds`` of each wait."""

    def __init__(self, port: int) -> None:
        self.command = [sys.executable, "-m", "benchmarks.prober", str(port)]
        self.seconds: list[float] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = json.loads(self.process.communicate()[0])


def probe(port: int) -> list[float]:
    waits = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not select.select([sys.stdin], [], [], EVERY_SECONDS)[0]:
        begun = time.perf_counter()
        try:
            connection.request("GET", "/health/live")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            connection.close()  # It was idle for too long; the next one opens it again.
            continue
        waits.append(time.perf_counter() - begun)
    return waits


if __name__ == "__main__":
    print(json.dumps(probe(int(sys.argv[1]))))
