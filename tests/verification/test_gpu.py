"""On a CUDA device: the same words, and the device's own figures."""

import signal
from collections.abc import Iterator

import psutil
import pytest

from service.api.examples import EXAMPLES
from service.reference.shelf import REFERENCES
from service.verification.devices import cuda_devices
from tests.api.server import running
from tests.verification.asking import GOOD, server, verify, waited_for

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(cuda_devices() == 0, reason="no CUDA device here")]
ON_DEVICE = {"device": "cuda"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--verify-seconds", "120") as found:
        yield found


def device_workers(address: str) -> list[psutil.Process]:
    return [each for each in server(address).children() if "service.verification.device" in each.cmdline()]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples(address: str, name: str) -> None:
    found = verify(address, {**EXAMPLES[name].document, "verify": {**ON_DEVICE, "fixes": True, "backward": True}})
    assert found["status"] in ("verified", "rejected"), found
    assert found["discrepancies"] == []
    if found["status"] == "verified":
        assert found["peak_bytes"] >= found["weight_bytes"]
        assert found["latency_ms"] > 0


@pytest.mark.parametrize("name", ["resnet-50", "vit-b-16", "lstm-language-model", "gpt-2", "u-net"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_reference_architectures(address: str, name: str, dtype: str) -> None:
    found = verify(address, {**REFERENCES[name].document(), "verify": {**ON_DEVICE, "dtype": dtype}})
    assert found["status"] == "verified", found
    assert found["peak_bytes"] >= found["weight_bytes"]


def test_tensors_that_are_made_on_the_way(address: str) -> None:
    layers = [
        {"type": "arange", "end": 4, "dtype": "float32", "inputs": [], "name": "steps"},
        {"type": "add", "inputs": ["input", "steps"]},
    ]
    assert verify(address, {"input": [2, 4], "layers": layers, "verify": ON_DEVICE})["status"] == "verified"


def test_what_the_device_has_no_room_for(address: str) -> None:
    layers = [{"type": "Linear", "out_features": 10**6}]
    found = verify(address, {"input": [1, 10**6], "layers": layers, "verify": ON_DEVICE})
    assert found["status"] == "too_large"
    assert found["estimate"]["memory_bytes"] > found["limit"]["memory_bytes"] > 0


def test_what_takes_more_than_it_may(address: str) -> None:
    layers = [{"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 8, "batch_first": True}]
    document = {"input": [64, 30_000, 8], "layers": layers, "mode": "train", "verify": {**ON_DEVICE, "backward": True}}
    assert verify(address, document)["status"] == "out_of_memory"
    assert verify(address, {**GOOD, "verify": ON_DEVICE})["status"] == "verified"


def test_a_kernel_that_fails_ends_its_process_alone(address: str) -> None:
    layers = [
        {"type": "arange", "end": 10, "inputs": [], "name": "indices"},
        {"type": "Embedding", "num_embeddings": 5, "embedding_dim": 4, "inputs": ["indices"], "name": "table"},
    ]
    found = verify(address, {"input": [1], "layers": layers, "verify": ON_DEVICE})
    assert (found["status"], found["layer"]) == ("rejected", "table")
    assert verify(address, {**GOOD, "verify": ON_DEVICE})["status"] == "verified"


def test_its_process_stays_and_is_started_again(address: str) -> None:
    assert verify(address, {**GOOD, "verify": ON_DEVICE})["status"] == "verified"
    (first,) = device_workers(address)
    assert verify(address, {**GOOD, "verify": {"device": "cuda:0"}})["status"] == "verified"
    assert device_workers(address) == [first]
    first.send_signal(signal.SIGKILL)
    assert waited_for(lambda: not first.is_running() or first.status() == psutil.STATUS_ZOMBIE)
    assert verify(address, {**GOOD, "verify": ON_DEVICE})["status"] == "verified"


def test_the_web_process_never_initialises_cuda(address: str) -> None:
    verify(address, {**GOOD, "verify": ON_DEVICE})
    assert not [each.path for each in server(address).memory_maps() if "cuda" in each.path or "nvidia" in each.path]


def test_a_device_that_is_not_there(address: str) -> None:
    found = verify(address, {**GOOD, "verify": {"device": "cuda:63"}})
    assert found["status"] == "unavailable"
