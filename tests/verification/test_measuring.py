"""What a job measures, with what memory and time it has."""

import json
from collections.abc import Iterator

import pytest

from service.verification import measuring
from service.verification.confinement import Footprint
from service.verification.job import verified
from service.verification.nursery import outcome
from tests.api.server import running
from tests.documents import Json
from tests.verification.asking import GOOD, verify


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--verify-memory", str(2**30)) as found:
        yield found


def test_what_fits_once_is_not_held_twice(address: str) -> None:
    """600 MB where a job may take 1 GB: what the first pass returned is gone before others are timed."""
    layers = [{"type": "zeros", "size": [150 * 10**6], "inputs": []}]
    found = verify(address, {"input": [1], "layers": layers, "verify": True})
    assert found["status"] == "verified", found
    assert found["peak_bytes"] > 5 * 10**8
    assert found["latency_runs"] > 0


def test_what_takes_most_of_the_time_is_not_run_again_to_be_timed() -> None:
    found = outcome(json.dumps(GOOD).encode(), Footprint(), 0, verified)
    assert found["status"] == "verified", found
    assert "latency_ms" not in found


def test_a_pass_that_is_only_timed_may_be_refused() -> None:
    layers = [
        {"type": "rand", "size": [1], "inputs": [], "name": "drawn"},
        {"type": "gt", "inputs": ["drawn"], "other": 0.5},
        {"type": "to", "dtype": "int64"},
        {"type": "Embedding", "num_embeddings": 1, "embedding_dim": 2},
    ]
    for seed in range(8):
        document = {"input": [1], "layers": layers, "verify": {"seed": seed}}
        found = outcome(json.dumps(document).encode(), Footprint(), 60, verified)
        assert found["status"] in ("verified", "rejected"), found
        assert found["discrepancies"] == []


def test_memory_that_runs_out_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object, **__: object) -> Json:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 32000000 bytes.")

    monkeypatch.setattr(measuring, "latency", lacking)
    found = outcome(json.dumps(GOOD).encode(), Footprint(), 60, verified)
    assert (found["status"], "32000000 bytes" in found["error"]) == ("out_of_memory", True)
