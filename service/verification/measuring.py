"""What running the model costs, and where gradients go."""

import time
from contextlib import suppress
from statistics import median
from typing import Any, Final

import torch

from service.verification import accelerator
from service.verification.model import DocumentModel
from service.verification.protocol import LONGEST_ERROR, Json
from service.verification.running import Run, is_out_of_memory

RUNS: Final = {"cpu": 3, "cuda": 20}
"""Runs whose median is the latency; fewer where they take long."""
MOST_TIMED_SECONDS: Final = 2.0
MOST_NAMED: Final = 1000
"""Parameters that are named in an answer."""


def latency(model: DocumentModel, inputs: list[Any], device: str) -> Json:
    """Milliseconds of a forward pass: the median of a few, after some that do not count where a device warms up;
    nothing where none of them passed."""

    def passed() -> float:
        # Layers may overwrite what they take; copying it is none of the model's work.
        copies = [tensor.clone() for tensor in inputs]

        def forward() -> None:
            for _ in model.walk(model.beginning(*copies)):
                pass

        if is_cuda:
            return accelerator.milliseconds(forward, device)
        started = time.perf_counter()
        forward()
        return (time.perf_counter() - started) * 1e3

    is_cuda = accelerator.is_cuda(device)
    runs, idle = RUNS["cuda" if is_cuda else "cpu"], accelerator.WARM_UPS if is_cuda else 0
    times: list[float] = []
    begun = time.perf_counter()
    # What ran once may be refused the next time, where numbers are drawn at random.
    with torch.no_grad(), suppress(Exception):
        for turn in range(idle + runs):
            taken = passed()
            if turn >= idle:
                times.append(taken)
            if times and time.perf_counter() - begun > MOST_TIMED_SECONDS:
                break
    if not times:
        return {}
    return {"latency_ms": round(median(times), 3), "latency_runs": len(times), "threads": torch.get_num_threads()}


def gradients(run: Run) -> Json:
    """The parameters that a gradient of everything returned does not reach, or why there is no backward pass."""
    sums = [tensor.abs().sum().float() for tensor in flat(run.outputs) if tensor.requires_grad]
    if sums:
        try:
            torch.stack(sums).sum().backward()  # type: ignore[no-untyped-call]
        except Exception as error:
            if is_out_of_memory(error):
                raise
            return {"backward_error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]}
    found = [name for name, weight in trainable(run.model) if weight.grad is None]
    return {"without_gradient": found[:MOST_NAMED], "without_gradient_count": len(found)}


def trainable(model: DocumentModel) -> list[tuple[str, Any]]:
    """The parameters that are learned."""
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]


def flat(value: Any) -> list[Any]:
    """All tensors in what was returned."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for part in value for tensor in flat(part)] if isinstance(value, (tuple, list)) else []
