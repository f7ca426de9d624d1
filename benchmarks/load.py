"""``python -m benchmarks.load --seconds 1800 --workers 2``: many kinds of requests at once, for long.

Small documents sound, broken and malformed, known architectures, huge documents, and some that PyTorch confirms; every
document of the first kinds is another one. What is told: requests a second and how long they took by kind, memory over
time, and whatever was not meant to happen. The exit code is 0 if there was nothing of that; what is put off with 503,
or given up with 504, is meant where the machine has too much to do.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count

import uvloop

from benchmarks.hosting import Hosted, hosted
from benchmarks.measuring import table
from benchmarks.prober import Prober
from benchmarks.wire import Connection, percentiles, request
from service.reference.shelf import REFERENCES

MALFORMED = (
    b"", b"{", b'{"input": [1], "layers": [{"type": "Conv"}]}', b'{"input": [1, NaN], "layers": []}', b"[" * 5000,
    b'{"input": [1, 8], "layers": [{"type": "Linear", "out_feature": 8}]}',
    b'{"input": [1], "layers": [%b{}]}' % (b"{}," * 500),
)  # fmt: skip
KNOWN = tuple(each.document() for each in REFERENCES.values() if len(each.document()["layers"]) < 400)
PUT_OFF = (503, 504)
CONFIRMED = re.compile(rb'"status":"(verified|rejected)"')
SAMPLES = 20


class Kind:
    """A kind of requests: who makes them, how many at a time, what may be answered, and what was."""

    def __init__(self, make: Callable[[int], bytes], at_a_time: int, pause: float, *statuses: int) -> None:
        self.make, self.at_a_time, self.pause, self.statuses = make, at_a_time, pause, statuses
        self.numbers: Iterator[int] = count()
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self.wrong: Counter[str] = Counter()


def small(number: int, *, broken: bool = False) -> bytes:
    """Two convolutions and a linear layer, of other sizes each time."""
    channels = 3 + number % 61
    features = 32 * 8 * 8 + (number % 7 + 1 if broken else 0)
    layers = [
        {"type": "Conv2d", "name": f"first{number % 9973}", "in_channels": 3, "out_channels": channels,
         "kernel_size": 3, "stride": 2, "padding": 1},
        {"type": "ReLU"},
        {"type": "Conv2d", "in_channels": channels, "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
        {"type": "Flatten"},
        {"type": "Linear", "in_features": features, "out_features": 10 + number % 1009},
    ]  # fmt: skip
    return json.dumps({"input": [1, 3, 32, 32], "layers": layers}).encode()


def huge(number: int) -> bytes:
    """From 5,000 to 20,000 layers, and each tenth a megabyte of nonsense."""
    if number % 10 == 9:
        return b'{"input": [1], "layers": [' + b"{}," * 300_000 + b"{}]}"
    layers = [{"type": "Linear", "out_features": index % 97 + 1} for index in range(5000 * (1 + number % 4))]
    return json.dumps({"input": [1, 8], "layers": layers}).encode()


def verified(number: int) -> bytes:
    """A small one, sound or broken, on the processor or without memory."""
    document = json.loads(small(number, broken=number % 3 == 0))
    return json.dumps({**document, "verify": {"device": ("cpu", "meta")[number % 2]}}).encode()


def kinds() -> dict[str, Kind]:
    return {
        "sound": Kind(small, 4, 0, 200),
        "broken": Kind(lambda number: small(number, broken=True), 2, 0, 200),
        "malformed": Kind(lambda number: MALFORMED[number % len(MALFORMED)], 1, 0, 400, 422),
        "known architectures": Kind(lambda number: json.dumps(KNOWN[number % len(KNOWN)]).encode(), 1, 0, 200),
        "huge": Kind(huge, 1, 0.5, 200, 422),
        "verified": Kind(verified, 1, 0.1, 200),
    }


async def made(kind: Kind, port: int, until: float) -> None:
    """One after the other until the time is over."""
    async with Connection(port) as connection:
        while time.monotonic() < until:
            data = request(kind.make(next(kind.numbers)))
            try:
                seen = await connection.ask(data)
            except (OSError, asyncio.IncompleteReadError) as error:
                kind.wrong[type(error).__name__] += 1
                continue
            kind.seconds.append(seen.seconds)
            kind.answers[seen.status] += 1
            if seen.status in PUT_OFF:
                kind.wrong["without Retry-After"] += seen.status == PUT_OFF[0] and not seen.retry_after
            elif seen.status not in kind.statuses:
                kind.wrong[str(seen.status)] += 1
            elif kind.make is verified and not CONFIRMED.search(seen.content):
                kind.wrong["not confirmed"] += 1
            if kind.pause:
                await asyncio.sleep(kind.pause * random.uniform(0.5, 1.5))


async def watched(service: Hosted, seconds: float) -> list[tuple[int, int]]:
    """Memory of the servers and of everything, from time to time."""
    found = []
    for _ in range(SAMPLES):
        await asyncio.sleep(seconds / SAMPLES)
        found.append(service.megabytes())
        print(f"memory: {found[-1]}", flush=True)
    return found


async def everything(service: Hosted, seconds: float) -> tuple[dict[str, Kind], list[tuple[int, int]]]:
    found = kinds()
    # What is started when it is first needed is there from then on; nobody else asks while PyTorch is loaded.
    for kind in found.values():
        async with Connection(service.port) as connection:
            await connection.ask(request(kind.make(next(kind.numbers))))
    until = time.monotonic() + seconds
    asking = [made(kind, service.port, until) for kind in found.values() for _ in range(kind.at_a_time)]
    watching = asyncio.create_task(watched(service, seconds))
    await asyncio.gather(*asking)
    return found, await watching


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    print(
        f"{given.seconds:.0f} s, {given.workers} workers, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}"
    )
    with hosted("--workers", str(given.workers)) as service:
        before = service.megabytes()
        with Prober(service.port) as prober:
            found, memory = uvloop.run(everything(service, given.seconds))
        rows = [
            (name, f"{len(kind.seconds):,}", f"{len(kind.seconds) / given.seconds:,.1f}", percentiles(kind.seconds),
             str(dict(kind.answers)), str(dict(+kind.wrong) or 0))
            for name, kind in found.items()
        ]  # fmt: skip
        rows.append(("health", f"{len(prober.seconds):,}", "", percentiles(prober.seconds), "", "0"))
        total = sum(len(kind.seconds) for kind in found.values())
        print(
            table(
                ("kind", "requests", "a second", "ms: median / 95 % / 99 % / 99.9 % / most", "answers", "not meant"),
                rows,
            )
        )
        print(f"{total:,} requests, {total / given.seconds:,.0f} a second; load after {os.getloadavg()[0]:.1f}")
        print(f"memory of the servers, of all, MB: before {before}, then {memory}")
        defects = service.defects()
        print(f"defects in the log: {len(defects)} {defects[:2]}")
    return 1 if defects or any(+kind.wrong for kind in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
