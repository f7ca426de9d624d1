"""In process: from a request's bytes to the answer's, against what a user runs today; and how time grows."""

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import torch
import torchinfo

from benchmarks.measuring import best_of, table
from benchmarks.models import MODELS, Model, chain_document
from service.api.responding import Responder
from service.diagnosis.examination import examine

ROUNDS: Final = 10


def against_torchinfo() -> str:
    """Build on ``meta`` and ``torchinfo.summary``, against one answer of a service that has never seen such layers, of
    one that was asked about the model with another layer at its end, and of one that was asked the very same."""
    rows = []
    for model in MODELS:
        body = json.dumps(model.document).encode()
        layers = len(examine(body).analysis.readings)
        first, edited, again, theirs = best_of(
            ROUNDS, partial(_answer_anew, body), partial(_answer_edited, Responder(), _edits(model.document)),
            partial(Responder().respond, body), partial(_summary, model),
        )  # fmt: skip
        times = (f"{first * 1e3:.2f}", f"{edited * 1e3:.2f}", f"{again * 1e3:.2f}", f"{theirs * 1e3:.1f}")
        ratios = (f"{theirs / first:.0f}", f"{theirs / edited:.0f}", f"{theirs / again:.0f}")
        rows.append((model.name, str(layers), *times, *ratios))
    head = (
        "model", "layers", "first, ms", "edited, ms", "again, ms", "torchinfo, ms", "first: times as fast", "edited",
        "again (aim 50)",
    )  # fmt: skip
    return table(head, rows)


def _answer_anew(body: bytes) -> bytes:
    """The answer of a service that has never seen such layers."""
    return Responder().respond(body)


def _edits(document: dict[str, Any]) -> Iterator[bytes]:
    """The document, each time with another layer at its end."""
    layers = document["layers"]
    lasts = [{"type": "Hardtanh", "max_val": 2 + edit} for edit in range(ROUNDS + 1)]
    return iter([json.dumps({**document, "layers": [*layers, last]}).encode() for last in lasts])


def _answer_edited(responder: Responder, bodies: Iterator[bytes]) -> bytes:
    return responder.respond(next(bodies))


def _summary(model: Model) -> Any:
    with torch.device("meta"):
        module = model.build()
    return torchinfo.summary(module, input_size=model.input, device="meta", verbose=0)


def growth() -> str:
    """Processor time a layer for chains of 1,000 to 100,000 layers, the longest of which is sure to be interrupted."""
    bodies = {length: json.dumps(chain_document(length)).encode() for length in (1_000, 10_000, 100_000)}
    times = dict(
        zip(
            bodies,
            best_of(5, *[partial(Responder().respond, body) for body in bodies.values()], clock=time.process_time),
            strict=True,
        )
    )
    first = times[1_000] / 1_000
    rows = [
        (f"{length:,}", f"{taken / length * 1e6:.2f}", f"{taken / length / first:.2f}")
        for length, taken in times.items()
    ]
    return table(("layers", "µs a layer", "ratio (aim 0.8 to 1.2)"), rows)


def mistakes() -> str:
    """A document with 50 mistakes against the same without one, each asked of a service that has not seen it."""
    rows = []
    for length in (100, 500, 2_000):
        sound = _stack(length, mistakes=0)
        broken = _stack(length, mistakes=50)
        assert len(examine(broken).issues) >= 50
        clean, faulty = best_of(
            ROUNDS, partial(_answer_anew, sound), partial(_answer_anew, broken), clock=time.process_time
        )
        rows.append((f"{length:,}", f"{clean * 1e3:.2f}", f"{faulty * 1e3:.2f}", f"{faulty / clean:.1f}"))
    return table(("layers", "sound, ms", "50 mistakes, ms", "times as long (limit 20)"), rows)


def _stack(length: int, mistakes: int) -> bytes:
    """Linear layers and activations, some of them with a wrong ``in_features``."""
    layers: list[dict[str, Any]] = []
    for index in range(length // 2):
        width = 64 if index >= mistakes else 65
        layers += [{"type": "Linear", "in_features": width, "out_features": 64}, {"type": "ReLU"}]
    return json.dumps({"input": [8, 64], "layers": layers}).encode()
