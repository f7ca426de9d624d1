"""The real model beside our analysis of it: built, run, and compared layer by layer."""

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final, NamedTuple

import torch
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import FlopCounterMode

from service.analysis.reading import Analysis, LayerReading
from service.core.sizes import is_known
from service.core.tensors import NOTHING, Tensor, Value, is_tuple
from service.verification.model import DocumentModel

Json = dict[str, Any]

RUNS: Final = 3
"""Runs whose median is the latency; fewer where they take long."""
MOST_TIMED_SECONDS: Final = 2.0
MOST_DISCREPANCIES: Final = 20


class Refusal(NamedTuple):
    """PyTorch's own words, and the layer that it refused; none where it is not known which."""

    error: str
    layer: str | None


class Run(NamedTuple):
    """A model that was run."""

    model: DocumentModel
    inputs: list[Any]
    values: list[Any]
    """What every layer returned."""


def ran(analysis: Analysis, device: str, *, training: bool) -> Run | Refusal:
    """Builds the model and runs it once, as one would in a notebook."""
    at: str | None = None
    try:
        with torch.device(device):
            model = DocumentModel(analysis).train(training)
            _settle(model)
            inputs = [_random(tensor) for _, tensor in analysis.graph.inputs]
        values: list[Any] = [None] * len(analysis.readings) + [_copied(tensor) for tensor in reversed(inputs)]
        for index in analysis.graph.order:
            at = analysis.readings[index].node.name
            values[index] = model.run(index, values)
    except MemoryError:
        raise
    except Exception as error:
        if _is_out_of_memory(error):
            raise MemoryError(str(error)) from error
        return Refusal(f"{type(error).__name__}: {error}", at or _refused_constructor(analysis, device))
    return Run(model, inputs, values[: len(analysis.readings)])


def _settle(model: torch.nn.Module) -> None:
    """Puts something sensible where memory was only taken: indices of anything, numbers that are finite."""
    for tensor in (*model.parameters(), *model.buffers()):
        if is_lazy(tensor):  # it has no size before something has arrived
            continue
        if not tensor.dtype.is_floating_point or not (tensor.is_meta or bool(torch.isfinite(tensor).all())):
            tensor.data.zero_()


def _random(tensor: Tensor) -> Any:
    dtype = getattr(torch, tensor.dtype)
    if dtype.is_floating_point or dtype.is_complex:
        # Not below zero, so that they will do as probabilities, too.
        return torch.rand(tensor.shape, dtype=dtype) if dtype.itemsize > 1 else torch.zeros(tensor.shape, dtype=dtype)
    return torch.zeros(tensor.shape, dtype=dtype)


def _copied(tensor: Any) -> Any:
    # Layers may overwrite what they take.
    return tensor.clone()


def _is_out_of_memory(error: Exception) -> bool:
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in text or "not enough memory" in text


def _refused_constructor(analysis: Analysis, device: str) -> str | None:
    """The first layer whose constructor refuses, where the model could not be built."""
    for index, reading in enumerate(analysis.readings):
        part = analysis._replace(readings=analysis.readings[: index + 1])
        if not reading.outcome.faults:
            continue
        try:
            with torch.device(device):
                DocumentModel(part)
        except Exception:
            return reading.node.name
    return None


def discrepancies(analysis: Analysis, run: Run) -> Iterator[Json]:
    """Everything in which the real model differs from what we say."""
    owned = {**dict(run.model.named_parameters()), **dict(run.model.named_buffers())}
    expected: dict[str, tuple[int, ...]] = {}
    for reading, value in zip(analysis.readings, run.values, strict=True):
        name = reading.node.name
        ours, theirs = described(reading.outcome.output), observed(value)
        if not _agree(ours, theirs):
            yield {"layer": name, "what": "output", "ours": ours, "pytorch": theirs}
        if reading.node.shares is None:
            expected |= {_full(name, weight.name): weight.shape for weight in reading.outcome.weights}
    for weight in dict.fromkeys((*expected, *owned)):
        there = tuple(owned[weight].shape) if weight in owned else None
        if expected.get(weight) != there:
            yield {"layer": weight, "what": "weight", "ours": expected.get(weight), "pytorch": there}
    totals = analysis.totals
    for what, count in counts(run).items():
        ours = getattr(totals, what)
        if ours != count:
            yield {"layer": None, "what": what, "ours": ours, "pytorch": count}


def counts(run: Run) -> dict[str, int]:
    """How many numbers the model has."""
    parameters = list(run.model.parameters())
    return {
        "parameters": sum(each.numel() for each in parameters),
        "trainable_parameters": sum(each.numel() for each in parameters if each.requires_grad),
        "buffers": sum(each.numel() for each in run.model.buffers()),
    }


def _full(name: str, weight: str) -> str:
    return f"{name}.{weight}" if weight else name


def described(value: Value) -> Any:
    """Shapes and element types as we say; none where nothing is known."""
    if is_tuple(value):
        return [described(part) for part in value]
    if isinstance(value, Tensor):
        return [[size if is_known(size) else None for size in value.shape], value.dtype]
    return "None" if value is NOTHING else None


def observed(value: Any) -> Any:
    """Shapes and element types as they are."""
    if isinstance(value, torch.Tensor):
        return [list(value.shape), str(value.dtype).removeprefix("torch.")]
    if isinstance(value, (tuple, list)):
        return [observed(part) for part in value]
    return "None" if value is None else str(type(value).__name__)


def _agree(ours: Any, theirs: Any) -> bool:
    """Whether they are the same as far as we say anything."""
    if ours is None:
        return True
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_agree, ours, theirs))
    return bool(ours == theirs)


def macs(analysis: Analysis, *, training: bool) -> int | None:
    """Half of what PyTorch counts on ``meta``; none where that device refuses."""
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            run = ran(analysis, "meta", training=training)
    except Exception:
        return None
    return None if isinstance(run, Refusal) else counter.get_total_flops() // 2


def timed(forward: Callable[[], Any], device: str) -> float:
    """Milliseconds of a forward pass, the median of a few."""
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < RUNS and (not times or time.perf_counter() - begun < MOST_TIMED_SECONDS):
        if device.startswith("cuda"):
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
            start.record()
            forward()
            end.record()
            torch.cuda.synchronize()
            times.append(start.elapsed_time(end))
        else:
            started = time.perf_counter()
            forward()
            times.append((time.perf_counter() - started) * 1e3)
    return median(times)


def without_gradient(run: Run, analysis: Analysis) -> list[str]:
    """The parameters that a gradient of everything returned does not reach."""
    returned = [run.model.value(output.wire, [*run.values, *reversed(run.inputs)]) for output in analysis.graph.outputs]
    sums = [tensor.float().abs().sum() for tensor in _flat(returned) if tensor.requires_grad]
    if sums:
        torch.stack(sums).sum().backward()  # type: ignore[no-untyped-call]
    return [name for name, weight in run.model.named_parameters() if weight.grad is None]


def _flat(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _flat(part)


def output_shapes(run: Run, analysis: Analysis) -> list[Any]:
    """The shapes of everything the model returns."""
    values = [*run.values, *reversed(run.inputs)]
    returned = [run.model.value(output.wire, values) for output in analysis.graph.outputs]
    return [list(tensor.shape) for tensor in _flat(returned)]


def first_refused(readings: tuple[LayerReading, ...], order: tuple[int, ...]) -> str | None:
    """The layer that we say PyTorch refuses first."""
    return next((readings[index].node.name for index in order if readings[index].outcome.faults), None)
