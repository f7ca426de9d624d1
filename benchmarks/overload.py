"""``python -m benchmarks.overload``: four times as much as can be done, and every bomb, with an eye on health.

How much it can do is measured first, by as many who ask in turn as keep it busy. Then four times that many requests a
second arrive whether earlier ones are answered or not: what is refused, how soon, and how much is done all the same. Of
small documents four times as many ask in turn, since a client on the same machine could not make so many requests. Then
each bomb goes off again and again for a while.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable
from statistics import median
from typing import Any, NamedTuple

import uvloop

from benchmarks.hosting import Hosted, hosted
from benchmarks.measuring import table
from benchmarks.prober import Prober
from benchmarks.wire import Connection, Seen, percentiles, request
from service.api.examples import EXAMPLES
from service.reference.shelf import REFERENCES

RELU = {"type": "ReLU"}
WRONG = {"type": "Linear", "in_features": 7, "out_features": 8}
TIMES = 4
ROUNDS = 9
"""Of which the median counts."""
GIVEN_UP_SECONDS = 30


def posted(document: Any) -> bytes:
    return request(json.dumps(document).encode())


ASKING = 4
IN_TURN = {
    "6 layers": posted(EXAMPLES["broken"].document),
    "ResNet-50, 175 layers": posted(REFERENCES["resnet-50"].document()),
}
AT_RATE = {
    "a drawing of 450 layers": request(
        json.dumps(
            {"input": [1, 8], "layers": [{"type": "Linear", "out_features": each + 1} for each in range(450)]}
        ).encode(),
        "/analyze?format=svg",
    ),
    "5,000 layers": posted({"input": [1, 8], "layers": [{**RELU, "repeat": 5000}]}),
    "verified": posted({**EXAMPLES["mended"].document, "verify": True}),
}
BOMBS = {
    "300,000 layers that are {}": request(b'{"input": [1], "layers": [' + b"{}," * 300_000 + b"{}]}"),
    "100,000 levels": request(b"[" * 100_000),
    "100,000 layers": posted({"input": [1, 8], "layers": [{**RELU, "repeat": 100_000}]}),
    "a million layers": posted({"input": [1, 8], "layers": [{**RELU, "repeat": 1_000_000}]}),
    "1,000 different layers": posted(
        {"input": [1, 8], "layers": [{"type": "Linear", "out_features": index + 1} for index in range(1000)]}
    ),
    "12 mistakes in 1,000 layers": posted(
        {"input": [1, 8], "layers": [*[WRONG] * 12, *[RELU] * 980]}
    ),
    "200 mistakes": posted({"input": [1, 8], "layers": [WRONG] * 200}),
    "a name of 100 KB": posted({"input": [1, 8], "layers": [{**RELU, "name": "a" * 100_000}]}),
    "integers of 5,000 digits": request(b'{"input": [%b], "layers": []}' % b",".join([b"1" * 5000] * 20)),
    "16 MB of spaces": request(b" " * (16 * 2**20)),
    "17 MB": request(b" " * (17 * 2**20)),
    "a megabyte of header": b"GET / HTTP/1.1\r\nX: " + b"a" * 2**20 + b"\r\n\r\n",
    "time bomb for PyTorch": posted({"input": [3, 1, 4], "verify": {"device": "meta"},
                                     "layers": [{"type": "LSTM", "hidden_size": 4, "num_layers": 100_000}]}),
    "stacks of many weights": posted({"inputs": {"a": [3, 1, 8], "b": [3, 1, 8]}, "verify": {"device": "meta"},
                                      "layers": [{"type": "Transformer", "inputs": ["a", "b"], "d_model": 8,
                                                  "nhead": 2, "num_encoder_layers": 50_000,
                                                  "num_decoder_layers": 50_000}]}),
    "memory bomb for PyTorch": posted({"input": [1, 1], "verify": True, "layers": [
        {"type": "Linear", "out_features": 30_000}, {"type": "Linear", "out_features": 30_000}]}),
    "time bomb, twice as fast": posted({"input": [1, 64, 512, 512], "verify": True, "layers": [
        {"type": "Conv2d", "out_channels": 64, "kernel_size": 5, "padding": 2}] * 6}),
}  # fmt: skip


class Tally:
    """What came back."""

    def __init__(self) -> None:
        self.seconds: dict[int, list[float]] = {}
        self.lost: Counter[str] = Counter()
        self.without_retry_after = 0

    def add(self, seen: Seen) -> None:
        self.seconds.setdefault(seen.status, []).append(seen.seconds)
        self.without_retry_after += seen.status in (429, 503) and not seen.retry_after

    def refused(self) -> list[float]:
        return self.seconds.get(429, []) + self.seconds.get(503, [])

    def done(self) -> int:
        return sum(len(each) for status, each in self.seconds.items() if status not in (429, 503))


async def asked(connection: Connection, data: bytes, tally: Tally) -> None:
    try:
        async with asyncio.timeout(GIVEN_UP_SECONDS):
            tally.add(await connection.ask(data))
    except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
        connection.close()
        tally.lost[type(error).__name__] += 1


async def in_turn(port: int, data: bytes, concurrency: int, seconds: float) -> Tally:
    """So many who each ask again once they are answered."""
    tally, until = Tally(), time.monotonic() + seconds

    async def one() -> None:
        async with Connection(port) as connection:
            while time.monotonic() < until:
                await asked(connection, data, tally)

    await asyncio.gather(*(one() for _ in range(concurrency)))
    return tally


async def at_rate(port: int, data: bytes, rate: float, seconds: float) -> Tally:
    """So many a second, on connections that are free or new ones, until all are answered."""
    tally = Tally()
    free: list[Connection] = []
    tasks: set[asyncio.Task[None]] = set()

    async def one() -> None:
        connection = free.pop() if free else Connection(port)
        await asked(connection, data, tally)
        free.append(connection)

    begun = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - begun) < seconds:
        while sent < rate * passed and len(tasks) < 10_000:
            task = asyncio.create_task(one())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        await asyncio.sleep(0.001)
    await asyncio.gather(*tasks)
    for connection in free:
        connection.close()
    return tally


async def loads(service: Hosted, seconds: float) -> str:
    """Four times what it can do; also by the processor time of an answer, as the machine may do other things."""
    rows = []
    for name, data in {**IN_TURN, **AT_RATE}.items():
        await in_turn(service.port, data, ASKING, seconds / 4)
        with Prober(service.port) as prober:
            found = [await overloaded(service, name, data, seconds) for _ in range(ROUNDS)]
        refused = [each for one in found for each in one.tally.refused()]
        lost = sum((one.tally.lost for one in found), Counter[str]())
        rows.append((name, *(f"{median(column):,.0f}" for column in zip(*(one.rates for one in found), strict=True)),
                     f"{median(one.goodput for one in found):.0%}", f"{median(one.by_processor for one in found):.0%}",
                     f"{len(refused):,}", percentiles(refused),
                     f"{sum(one.tally.without_retry_after for one in found)}", percentiles(prober.seconds),
                     str(dict(lost) or 0)))  # fmt: skip
        print(rows[-1], flush=True)
    head = ("load", "capacity/s", "done/s", "goodput", "by processor time", "refused", "refused after, ms",
            "without Retry-After", "health, ms", "lost")  # fmt: skip
    return table(head, rows)


class Overloaded(NamedTuple):
    """What came of four times as much as can be done, between two measurements of what can."""

    tally: Tally
    rates: tuple[float, float]
    """Answers a second that can be given, and that were given."""
    costs: tuple[float, float]
    """Seconds of the processor for each."""

    @property
    def goodput(self) -> float:
        possible, given = self.rates
        return given / possible

    @property
    def by_processor(self) -> float:
        alone, under_load = self.costs
        return alone / under_load


async def overloaded(service: Hosted, name: str, data: bytes, seconds: float) -> Overloaded:
    """One round. What can be done is measured before and after, as a shared machine is not as fast all the time."""
    before, cost_before, lasting = await measured(service, in_turn(service.port, data, ASKING, seconds / 2))
    if name in IN_TURN:
        much = in_turn(service.port, data, TIMES * ASKING, seconds)
    else:
        much = at_rate(service.port, data, TIMES * before.done() / lasting, seconds)
    tally, cost, taken = await measured(service, much)
    after, cost_after, lasting_after = await measured(service, in_turn(service.port, data, ASKING, seconds / 2))
    possible = (before.done() + after.done()) / (lasting + lasting_after)
    return Overloaded(tally, (possible, tally.done() / taken), ((cost_before + cost_after) / 2, cost))


async def measured(service: Hosted, act: Awaitable[Tally]) -> tuple[Tally, float, float]:
    """What came back, the processor time of the service for each that was done, and how long it all took."""
    before, begun = service.processor_seconds(), time.monotonic()
    tally = await act
    return tally, (service.processor_seconds() - before) / max(tally.done(), 1), time.monotonic() - begun


async def bombs(service: Hosted, seconds: float) -> str:
    """Each bomb, by two at a time; a service that is idle meanwhile tells what is the machine's own."""
    rows = []
    with hosted() as idle:
        for name, data in BOMBS.items():
            with Prober(service.port) as prober, Prober(idle.port) as undisturbed:
                tally = await in_turn(service.port, data, 2, seconds)
            statuses = {status: f"{len(each)} × {max(each):.2f} s" for status, each in tally.seconds.items()}
            rows.append((name, str(statuses), percentiles(prober.seconds), percentiles(undisturbed.seconds),
                         str(dict(tally.lost) or 0)))  # fmt: skip
            print(rows[-1], flush=True)
    return table(("bomb", "answers and the longest time", "health, ms", "of an idle service, ms", "lost"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", choices=("loads", "bombs"))
    parser.add_argument("--apart", action="store_true", help="service and client have a half of the processors each")
    given = parser.parse_args()
    parts = [each for each in (loads, bombs) if given.only in (None, each.__name__)]
    processors = sorted(os.sched_getaffinity(0))
    half = len(processors) // 2 if given.apart else 0
    os.sched_setaffinity(0, processors[half:])
    with hosted(processors=processors[:half]) as service:
        for part in parts:
            print(uvloop.run(part(service, given.seconds)))
        print("median / 95 % / 99 % / 99.9 % / most")
        print(f"memory of the server, of all, MB: {service.megabytes()}; defects: {len(service.defects())}")


if __name__ == "__main__":
    main()
