"""What a verification costs beside PyTorch's own work, over HTTP."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any, Final

import httpx

from benchmarks.measuring import table
from service.api.examples import EXAMPLES
from tests.api.server import running

ROUNDS: Final = 20
SMALL: Final = ("mended", "residual", "two-inputs", "generator")
MOST_MILLISECONDS: Final = 40


def jobs() -> str:
    """A job's time beyond PyTorch's own, which builds the model, runs it, and runs it again for its latency; and small
    jobs a second."""
    rows: list[tuple[str, ...]] = []
    beyond: list[float] = []
    with running() as address, httpx.Client(base_url=address, timeout=120) as client:
        for name in SMALL:
            document = {**EXAMPLES[name].document, "verify": True}
            _asked(client, document)
            *own, ours = map(median, zip(*(_asked(client, document) for _ in range(ROUNDS)), strict=True))
            beyond.append(ours)
            rows.append((name, *(f"{each * 1e3:.1f}" for each in (*own, ours)), ""))
        rows.append(("median", "", "", f"{median(beyond) * 1e3:.1f}", f"limit {MOST_MILLISECONDS}"))
        document = {**EXAMPLES["mended"].document, "verify": True}
        begun = time.perf_counter()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: _asked(client, document), range(ROUNDS * 4)))
        rate = ROUNDS * 4 / (time.perf_counter() - begun)
        rows.append(("mended, four at a time", "", "", f"{rate:.0f} jobs/s", ""))
    return table(("document", "built and run, ms", "run again, ms", "beyond, ms", ""), rows)


def _asked(client: httpx.Client, document: dict[str, Any]) -> tuple[float, float, float]:
    """Seconds that PyTorch takes to build and run a model, and to run it again for its latency, and all others."""
    begun = time.perf_counter()
    found = client.post("/analyze", json=document).raise_for_status().json()["verification"]
    whole = time.perf_counter() - begun
    again = found["latency_ms"] * found["latency_runs"] / 1e3
    return found["seconds"], again, whole - found["seconds"] - again
