"""The real model, built and run once, as one would in a notebook."""

import time
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from service.analysis.reading import Analysis
from service.verification import accelerator, hindsight
from service.verification.model import DocumentModel
from service.verification.values import inputs_of, settle


class Refusal(NamedTuple):
    """PyTorch's own words, and the layer that it refused."""

    error: str
    layer: str | None
    built: bool
    """Whether all layers had been built by then."""
    of_sizes: bool
    """Whether it is for a size that only values told."""


class Seen(NamedTuple):
    """What a layer returned: shapes and element types as they are, and bytes."""

    output: Any
    bytes: int


class Run(NamedTuple):
    """A model that was run."""

    model: DocumentModel
    inputs: list[Any]
    seen: dict[int, Seen]
    returned: list[Any]
    """What the model returned: shapes and element types as they are."""
    outputs: list[Any]
    """The same as tensors, as long as they are held."""


def ran(analysis: Analysis, device: str, *, training: bool) -> Run | Refusal:
    """Builds the model and runs it; raises ``MemoryError`` where there is not enough."""
    at: str | None = None
    walked: tuple[DocumentModel, int, list[Any]] | None = None
    built = False

    def reached(name: str) -> None:
        nonlocal at
        at = name

    seen: dict[int, Seen] = {}
    try:
        model = DocumentModel(analysis, building=reached, device=device).train(training)
        built = True
        settle((*model.parameters(), *model.buffers()))
        with torch.device(device):
            inputs = inputs_of(analysis)
        # Layers may overwrite what they take.
        values = model.beginning(*(tensor.clone() for tensor in inputs))
        steps = model.walk(values)
        for index in analysis.graph.order:
            reached(analysis.readings[index].node.name)
            walked = model, index, values
            _, value = next(steps)
            accelerator.synchronized(device)
            seen[index] = Seen(observed(value), _bytes(value))
            del value
        next(steps, None)
        at = walked = None  # Behind all layers: what fails from here on is the model's own output.
        outputs = model.returned(values)
    except MemoryError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError(str(error)) from error
        of_sizes = walked is not None and hindsight.refuses(*walked)
        return Refusal(f"{type(error).__name__}: {error}", at, built, of_sizes)
    return Run(model, inputs, seen, list(map(observed, outputs)), outputs)


def is_out_of_memory(error: Exception) -> bool:
    """Whether it says that memory is lacking, which comes as several kinds of errors."""
    text = str(error)
    said = (
        "can't allocate memory",
        "not enough memory",
        "bad_alloc",
        "ENOMEM",
        "CUDA error: out of memory",
        "STATUS_ALLOC_FAILED",
    )
    # A primitive that can't even be described is one that there is not, as of convolutions without channels.
    lacking = "could not create a primitive" in text and "primitive descriptor" not in text
    return lacking or isinstance(error, torch.OutOfMemoryError) or any(words in text for words in said)


class _Until(TorchDispatchMode):
    """Ends what takes too long: on ``meta``, recurrent layers run step by step through Python."""

    def __init__(self, until: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.until = until

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if time.monotonic() > self.until:
            raise TimeoutError
        return function(*args, **(kwargs or {}))


def work(run: Run, until: float) -> dict[int, int]:
    """The multiply-accumulates of each layer: half of what PyTorch counts on ``meta``, where the model is from then on;
    without those behind a layer that cannot be run there, or not in time."""
    found: dict[int, int] = {}
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter, _Until(until):
            model = run.model.moved("meta")
            steps = model.walk(model.beginning(*(tensor.to("meta") for tensor in run.inputs)))
            before = 0
            for index, _ in steps:
                now = counter.get_total_flops()
                found[index], before = (now - before) // 2, now
    except MemoryError:
        raise
    except Exception:
        return found
    return found


def observed(value: Any) -> Any:
    """Shapes and element types as they are."""
    if isinstance(value, torch.Tensor):
        return [list(value.shape), str(value.dtype).removeprefix("torch.")]
    if isinstance(value, (tuple, list)):
        return [observed(part) for part in value]
    return "None" if value is None else str(type(value).__name__)


def _bytes(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    return sum(map(_bytes, value)) if isinstance(value, (tuple, list)) else 0
