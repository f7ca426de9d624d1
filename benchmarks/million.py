"""``python -m benchmarks.million --requests 1000000``: whether memory stays what it was.

Every document is another one: what is remembered of them is limited. The exit code is 0 if the memory of the server
after the last request is at most 10 % more than after the first tenth.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter

import uvloop

from benchmarks.hosting import Hosted, hosted
from benchmarks.load import MALFORMED, small
from benchmarks.wire import Connection, request

CONNECTIONS = 8
ALLOWED = 1.1


def body(number: int) -> bytes:
    """Of ten, six are sound, three broken, and one is malformed."""
    if number % 10 == 9:
        return MALFORMED[number // 10 % len(MALFORMED)]
    return small(number, broken=number % 3 == 2)


async def asked(service: Hosted, requests: int) -> tuple[list[int], Counter[int]]:
    numbers = iter(range(requests))
    statuses: Counter[int] = Counter()
    memory: list[int] = []

    async def one() -> None:
        async with Connection(service.port) as connection:
            for number in numbers:
                statuses[(await connection.ask(request(body(number)))).status] += 1
                if number % (requests // 20) == 0:
                    memory.append(service.megabytes()[0])
                    print(f"{number:,}: {memory[-1]} MB", flush=True)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return [*memory, service.megabytes()[0]], statuses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    given = parser.parse_args()
    with hosted() as service:
        begun = time.monotonic()
        memory, statuses = uvloop.run(asked(service, given.requests))
        seconds = time.monotonic() - begun
        print(f"{given.requests:,} requests, {given.requests / seconds:,.0f} a second: {dict(statuses)}")
        print(f"memory of the server, MB: {memory}; defects in the log: {len(service.defects())}")
        return 0 if memory[-1] <= ALLOWED * memory[2] and set(statuses) <= {200, 400, 422} else 1


if __name__ == "__main__":
    sys.exit(main())
