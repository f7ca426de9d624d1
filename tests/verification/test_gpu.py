"""On a CUDA device: the same words, and the device's own figures."""

from collections.abc import Iterator

import pytest

from service.api.examples import EXAMPLES
from service.verification.workers import cuda_devices
from tests.api.server import running
from tests.verification.test_verification import verify

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(cuda_devices() == 0, reason="no CUDA device here")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--verify-seconds", "120") as found:
        yield found


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples(address: str, name: str) -> None:
    found = verify(address, {**EXAMPLES[name].document, "verify": {"device": "cuda"}})
    assert found["status"] in ("verified", "rejected"), found
    assert found["discrepancies"] == []
    if found["status"] == "verified":
        assert found["peak_bytes"] > 0
        assert found["latency_ms"] > 0


def test_a_device_that_is_not_there(address: str) -> None:
    found = verify(address, {**EXAMPLES["mended"].document, "verify": {"device": "cuda:63"}})
    assert found["status"] == "unavailable"
