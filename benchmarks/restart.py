"""``python -m benchmarks.restart --seconds 30``: the processes are replaced one after the other while wrk asks.

SIGHUP replaces them; no request may fail. Needs wrk.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from benchmarks.hosting import Hosted, hosted
from benchmarks.server import posting
from service.api.examples import EXAMPLES


def asking(service: Hosted, seconds: int, folder: str) -> subprocess.Popen[str]:
    wrk = shutil.which("wrk")
    assert wrk is not None, "wrk is not installed"
    command = posting(wrk, service.address, EXAMPLES["mended"].document, seconds, folder)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def failed(output: str) -> list[str]:
    """Lines of wrk that tell of requests without an answer, or with another than 200."""
    return re.findall(r"Socket errors:.*|Non-2xx.*", output)


def replaced(service: Hosted, until: float) -> bool:
    """Whether every process has another in its place in time, once they are told so."""
    before = {each.pid for each in service.servers()}
    service.process.send_signal(signal.SIGHUP)
    while time.monotonic() < until:
        now = {each.pid for each in service.servers()}
        if len(now) == len(before) and before.isdisjoint(now):
            return True
        time.sleep(0.1)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, hosted("--workers", str(given.workers)) as service:
        time.sleep(2)
        wrk = asking(service, given.seconds, folder)
        restarts, until = 0, time.monotonic() + given.seconds - 1
        while replaced(service, until):
            restarts += 1
        output = wrk.communicate()[0]
        print(output)
        print(f"every process replaced while wrk ran: {restarts} times; failed: {failed(output) or 'none'}")
    return 0 if restarts and not failed(output) else 1


if __name__ == "__main__":
    sys.exit(main())
