"""An exported document, analysed, beside the live model that it was made of."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from math import prod
from typing import Any, Final, NamedTuple, Self
from unittest.mock import patch

import torch
from torch.nn import Module
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.module_tracker import ModuleTracker

from service.api.responding import Responder
from service.export import export
from service.export.surroundings.moving import held
from tests.documents import Json, answered

ENOUGH_SECONDS: Final = 0.2
"""For which something is measured, so that what else happens meanwhile does not count."""


def _grouped(input: Any, weight: Any, *_: Any, **__: Any) -> int:
    return 2 * int(prod(input)) * int(weight[-1])


def _uncounted() -> dict[Any, Any]:
    """What the counter passes over though it multiplies matrices."""
    operators = (torch.ops.aten._grouped_mm, getattr(torch.ops.transformers, "grouped_mm_fallback", None))  # noqa: SLF001
    return {operator: _grouped for operator in operators if operator is not None}


class Sample(NamedTuple):
    """A model to try, and what goes into it as :func:`service.export.export` takes it."""

    name: str
    build: Callable[[], Module]
    inputs: Any
    training: bool = False
    device: str = "meta"
    """Where it is built and judged; some models ask for numbers, which ``meta`` has not."""


class Comparison(NamedTuple):
    """What came of a sample."""

    name: str
    document: Json
    layers: int
    parameters: int
    macs: int
    differences: tuple[str, ...]
    seconds: float


def compared(sample: Sample) -> Comparison:
    """Exports a model and holds what the engine says of it against the model itself."""
    with torch.device(sample.device):
        model = sample.build()
    start = time.perf_counter()
    document = export(model, sample.inputs, training=sample.training)
    seconds = time.perf_counter() - start
    answer = answered(document)
    ours, theirs = said(answer), shown(model, sample)
    differences = tuple(_told(key, ours[key], theirs[key]) for key in ours if ours[key] != theirs[key])
    errors = tuple(issue["message"] for issue in answer["issues"] if issue["severity"] == "error")
    totals = answer["totals"]
    return Comparison(
        sample.name,
        document,
        len(answer["layers"]),
        totals["parameters"],
        totals["macs"],
        errors + differences,
        seconds,
    )


class Cost(NamedTuple):
    """What exporting a model costs, in seconds of work, beside building it and running it once."""

    exporting: float
    running: float
    device: str
    """Where it was run: on ``meta``, which an export runs on, unless the model asks for numbers there."""

    def __str__(self) -> str:
        ratio = f"{self.exporting / self.running:.1f}"
        return ratio if self.device == "meta" else f"({ratio} on {self.device})"


def cost(sample: Sample) -> Cost:
    """What exporting a sample costs."""
    model = built(sample, sample.device)
    exporting = _best(lambda: export(model, sample.inputs, training=sample.training))
    try:
        return Cost(exporting, running(sample, "meta"), "meta")
    except (NotImplementedError, RuntimeError):
        return Cost(exporting, running(sample, sample.device), sample.device)


def running(sample: Sample, device: str) -> float:
    """Seconds of work for a model to be built and run once."""

    def ran() -> None:
        model, inputs = built(sample, device), arriving(sample.inputs, device)
        with torch.device(device), torch.no_grad(), as_if_compiled():
            _ = model(**inputs) if isinstance(inputs, dict) else model(*inputs)

    return _best(ran)


def built(sample: Sample, device: str) -> Module:
    """A sample's model on a device."""
    with torch.device(device):
        return sample.build().train(sample.training)


def analysing(document: Json) -> float:
    """Seconds of work from a document's bytes to the answer's, of a service that has never seen such layers."""
    body = json.dumps(document).encode()
    return _best(lambda: Responder().respond(body), 10)


def _best(call: Callable[[], object], times: int = 3) -> float:
    """The least that it takes, in so many times at least, and more of what takes next to nothing."""
    taken: list[float] = []
    while len(taken) < times or sum(taken) < ENOUGH_SECONDS:
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def _told(key: str, ours: Any, theirs: Any) -> str:
    if isinstance(ours, dict):
        ours, theirs = (
            {name: value for name, value in one.items() if other.get(name) != value}
            for one, other in ((ours, theirs), (theirs, ours))
        )
    return f"{key}: {ours} instead of {theirs}"


def said(answer: Json) -> Json:
    """What the engine says of a document."""
    weights: Json = {}
    for layer in answer["layers"]:
        is_owned = layer["type"] in ("parameter", "buffer")
        for name, shape in layer["weights"].items():
            weights[layer["name"] if is_owned else f"{layer['name']}.{name}"] = shape
    totals = answer["totals"]
    return {
        "parameters": totals["parameters"],
        "trainable": totals["trainable_parameters"],
        "buffers": totals["buffers"],
        "weights": weights,
        "outputs": [(output["shape"], output["dtype"]) for output in answer["outputs"]],
        "macs": totals["macs"],
    }


def shown(model: Module, sample: Sample) -> Json:
    """The same of a live model on ``meta``."""
    parameters = list(model.parameters())
    trainable = sum(p.numel() for p in parameters if p.requires_grad)
    buffers = sum(b.numel() for b in model.buffers())  # A forward pass may leave others.
    result, macs = run(model, sample)
    return {
        "parameters": sum(p.numel() for p in parameters),
        "trainable": trainable,
        "buffers": buffers,
        "weights": {name: list(p.shape) for name, p in model.named_parameters()},
        "outputs": [(list(t.shape), str(t.dtype).removeprefix("torch.")) for t in held(result)],
        "macs": macs,
    }


class Unfollowed(ModuleTracker):
    """In place of what tells modules apart, which fails where one takes a weight while models think themselves
    compiled."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def run(model: Module, sample: Sample) -> tuple[Any, int]:
    """What the model returns, and half of what the counter counts."""
    model.train(sample.training)
    inputs = arriving(sample.inputs, sample.device)
    counter = FlopCounterMode(display=False, custom_mapping=_uncounted())
    counter.mod_tracker = Unfollowed()
    # On the CPU the counter knows only those kernels of attention that are made of products.
    plain = sdpa_kernel(SDPBackend.MATH) if sample.device == "cpu" else nullcontext()
    with torch.device(sample.device), torch.no_grad(), as_if_compiled(), plain, counter:
        result = model(**inputs) if isinstance(inputs, dict) else model(*inputs)
    return result, counter.get_total_flops() // 2


@contextmanager
def as_if_compiled() -> Iterator[None]:
    """Within, models that would ask for numbers, which ``meta`` has not, go a way that needs none."""
    with (
        patch("torch.compiler.is_compiling", return_value=True),
        patch("torch._check_tensor_all"),
        patch("torch.distributions.Distribution._validate_args", False),
    ):
        yield


def arriving(described: Any, device: str, filled: Callable[..., torch.Tensor] = torch.zeros) -> Any:
    """Inputs on a device, as they were described; ``filled`` makes those of which only shapes are said."""
    if isinstance(described, torch.Tensor):
        return described.to(device)
    if isinstance(described, Mapping):
        if "shape" in described:
            dtype = getattr(torch, described.get("dtype", "float32"))
            return filled(described["shape"], dtype=dtype, device=device)
        return {name: arriving(value, device, filled) for name, value in described.items()}
    if isinstance(described, list):
        return [arriving(value, device, filled) for value in described]
    if isinstance(described, tuple) and all(isinstance(size, int) for size in described):
        return filled(described, dtype=torch.float32, device=device)
    return described
