"""The devices that models run on: what they are asked before, while and after they compute."""

import gc
from collections.abc import Callable
from typing import Any, Final

import torch

WARM_UPS: Final = 3
"""Forward passes that are not timed, while libraries choose their kernels and memory is fetched."""


def is_cuda(device: str) -> bool:
    """Whether it is one of CUDA's."""
    return device.startswith("cuda")


def missing(device: str) -> str | None:
    """Why nothing can run on a device; none if it is there."""
    if not is_cuda(device):
        return None
    if torch.version.cuda is None:
        return "The PyTorch that is installed here was built without CUDA."
    if not torch.cuda.is_available():
        return "PyTorch finds no CUDA device that it can use here."
    if _index(device) >= torch.cuda.device_count():
        return f"PyTorch finds no device {device} here, only {torch.cuda.device_count()}."
    return None


def prepare(device: str, fraction: float) -> None:
    """Gets a device ready; a job may take that fraction of its memory, since address space says nothing there."""
    if not is_cuda(device):
        return
    torch.cuda.set_device(_index(device))
    torch.cuda.set_per_process_memory_fraction(fraction, _index(device))
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(16, 2))
    # Libraries are loaded when they are first used.
    layers.to(device)(torch.ones(1, 3, 4, 4, device=device)).sum().backward()
    synchronized(device)  # A device that fails does so here, and not in the first job.
    del layers
    emptied(device)


def seed(device: str, number: int) -> None:
    """Has random numbers start from there, on the processor and the device. (``torch.manual_seed`` asks for all devices
    that there might be, each with a trace of who called.)"""
    torch.default_generator.manual_seed(number)
    if is_cuda(device):
        torch.cuda.manual_seed_all(number)


def capacity(device: str) -> int | None:
    """Bytes that a job can get there; none where there is no limit of the device's own."""
    if not is_cuda(device):
        return None
    free, total = torch.cuda.mem_get_info(_index(device))
    return min(free, int(total * torch.cuda.get_per_process_memory_fraction(_index(device))))


def synchronized(device: str) -> None:
    """Waits for what was started on a device, so that what fails there fails here."""
    if is_cuda(device):
        torch.cuda.synchronize(_index(device))


def emptied(device: str) -> bool:
    """Gives back what a job took; false if the device does not answer any more."""
    gc.collect()
    if not is_cuda(device):
        return True
    try:
        torch.cuda.synchronize(_index(device))
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(_index(device))
    except RuntimeError:
        return False
    return True


def peak(device: str) -> int:
    """The most bytes that PyTorch's allocator had given out since the device was last emptied."""
    return torch.cuda.max_memory_allocated(_index(device))


def milliseconds(forward: Callable[[], Any], device: str) -> float:
    """How long the device takes for a forward pass, by its own events."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    start.record(torch.cuda.current_stream(_index(device)))
    forward()
    end.record(torch.cuda.current_stream(_index(device)))
    torch.cuda.synchronize(_index(device))
    return float(start.elapsed_time(end))


def _index(device: str) -> int:
    """The number of a device; not all functions of PyTorch take ``cuda`` for the first."""
    return int(device.partition(":")[2] or 0)
