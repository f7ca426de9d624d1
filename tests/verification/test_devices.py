"""The process that stays with a device, on devices that every machine has; and how devices are found."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from service.verification import accelerator
from service.verification.devices import DeviceWorker, cuda_devices, full_name
from service.verification.protocol import Json
from service.verification.running import is_out_of_memory
from service.verification.workers import BusyError, Limits, Workers
from tests.verification.asking import GOOD, SLOW, TIME_BOMB

SECONDS = 120


@asynccontextmanager
async def worker(device: str) -> AsyncIterator[DeviceWorker]:
    found = DeviceWorker(device, 0.5)
    try:
        yield found
    finally:
        await found.ended()


async def asked(found: DeviceWorker, document: Json, seconds: int = SECONDS) -> Json:
    return await found.run(json.dumps(document).encode(), seconds)


def process(found: DeviceWorker) -> psutil.Process:
    assert found.spawned is not None
    return psutil.Process(found.spawned.process.pid)


def test_one_process_does_one_job_after_another() -> None:
    async def checked() -> None:
        async with worker("cpu") as found:
            assert found.spawned is None, "it is started when it is first needed"
            statuses = [(await asked(found, GOOD))["status"]]
            first = process(found)
            statuses += [(await asked(found, GOOD))["status"] for _ in range(3)]
            assert statuses == ["verified"] * 4
            assert process(found) == first
        assert not first.is_running()

    asyncio.run(checked())


def test_it_is_started_again_after_it_ended() -> None:
    async def checked() -> None:
        async with worker("cpu") as found:
            await asked(found, GOOD)
            process(found).kill()
            found.spawned.process.wait()  # type: ignore[union-attr]
            assert (await asked(found, GOOD))["status"] == "verified"
            first = process(found)
            with pytest.raises(TimeoutError):
                await asked(found, TIME_BOMB, 1)
            assert not first.is_running()
            assert (await asked(found, GOOD))["status"] == "verified"
            asking = asyncio.create_task(asked(found, SLOW))
            await asyncio.sleep(0.1)
            process(found).send_signal(signal.SIGSEGV)
            assert (await asking)["status"] == "crashed"
            assert (await asked(found, GOOD))["status"] == "verified"

    asyncio.run(checked())


def test_a_job_that_is_not_waited_for_ends() -> None:
    async def checked() -> None:
        async with worker("cpu") as found:
            await asked(found, GOOD)
            first = process(found)
            asking = asyncio.create_task(asked(found, SLOW))
            await asyncio.sleep(0.1)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert not first.is_running()

    asyncio.run(checked())


@pytest.mark.skipif(cuda_devices() > 0, reason="there is one")
def test_a_device_that_pytorch_cannot_use() -> None:
    async def checked() -> None:
        workers = Workers(Limits(jobs=1, waiting=0, seconds=SECONDS, memory=2**30, work=10**12))
        found = await workers.run(json.dumps(GOOD).encode(), "cuda")
        assert found["status"] == "unavailable"
        assert "CUDA" in found["error"]
        assert list(workers.devices) == ["cuda:0"]
        workers.stop()

    asyncio.run(checked())


def test_a_device_has_one_job_at_a_time() -> None:
    async def checked() -> None:
        workers = Workers(Limits(jobs=1, waiting=0, seconds=1, memory=2**30, work=10**12))
        workers.devices["cuda:0"] = DeviceWorker("cpu", 0.5)
        slow = asyncio.create_task(workers.run(json.dumps(SLOW).encode(), "cuda"))
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError):
            await workers.run(json.dumps(GOOD).encode(), "cuda:0")
        assert (await slow)["status"] == "timeout"
        workers.stop()

    asyncio.run(checked())


@pytest.mark.parametrize(
    ("nodes", "visible", "count"),
    [
        ((), None, 0),
        (("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"), None, 2),
        (("nvidia0", "nvidia1"), "1", 1),
        (("nvidia0", "nvidia1"), "0,1", 2),
        (("nvidia0", "nvidia1"), "0,5,1", 1),
        (("nvidia0", "nvidia1"), "-1,0", 0),
        (("nvidia0",), "", 0),
        (("nvidia0",), "GPU-1b5e", 1),
        (("dxg",), None, 1),
    ],
)
def test_devices_are_found_without_cuda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: tuple[str, ...], visible: str | None, count: int
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    for node in nodes:
        (tmp_path / node).touch()
    assert cuda_devices(tmp_path) == count


def test_pytorch_is_told_of_a_device_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of its functions refuse ``cuda`` without a number, and only where there is a device."""
    told: list[object] = []

    def answering(found: object) -> Callable[..., object]:
        def answer(*given: object, **_: object) -> object:
            told.extend(given)
            return found

        return answer

    event = SimpleNamespace(record=lambda stream: None, elapsed_time=lambda end: 1.0)
    answers = {"mem_get_info": (2**30, 2**31), "get_per_process_memory_fraction": 0.25, "synchronize": None,
               "max_memory_allocated": 1, "reset_peak_memory_stats": None, "current_stream": None}  # fmt: skip
    for name, found in answers.items():
        monkeypatch.setattr(torch.cuda, name, answering(found))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "Event", lambda **_: event)
    for device, number in (("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)):
        told.clear()
        assert accelerator.capacity(device) == 2**29
        accelerator.synchronized(device)
        assert accelerator.peak(device) == 1
        assert accelerator.milliseconds(int, device) == 1.0
        assert accelerator.emptied(device)
        assert set(told) == {number}
        assert len(told) > len(answers)


@pytest.mark.parametrize(
    "words",
    ["CUDA error: out of memory", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
     "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"],
)  # fmt: skip
def test_memory_that_a_device_lacks(words: str) -> None:
    assert is_out_of_memory(RuntimeError(words))


def test_the_first_device() -> None:
    assert [full_name(name) for name in ("cuda", "cuda:0", "cuda:1")] == ["cuda:0", "cuda:0", "cuda:1"]
