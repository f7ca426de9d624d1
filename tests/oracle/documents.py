"""Random documents of several layers, and how we and the real model differ about them."""

import json
import random
import re
import warnings
from typing import Any

import torch

from service.core.sizes import above, is_known
from service.core.tensors import Tensor, Value, tensors_in
from service.diagnosis.examination import Examination, examine
from service.layers.base import Layer, apply, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.structure import Structure
from service.verification.model import DocumentModel
from tests.oracle.random_cases import random_case
from tests.oracle.run import REFUSALS, agrees, describe, sample

ENTRIES = [
    entry
    for name, entry in CATALOGUE.items()
    if not issubclass(entry, Structure) and not name.startswith("Lazy") and entry.typical_integer == 0
]
KEPT_THOUGH_REFUSED = 0.02
MOST_ELEMENTS = 10**6
OF_VALUES = re.compile(
    r"out of (DATA )?bounds|index \d+ out of range|out of range in self|offsets\[0\]|tried to access index|"
    "Class values must|number of ones in mask|"
    "allocated size|probabilit|p_in >= 0|not finite|non-finite|[Cc]onjugate"
)
"""Refusals that no shape tells: an index that was computed is too large for what it indexes, or no probability. That a
tensor is conjugated only when it is read is not followed, either."""

Json = dict[str, Any]


def random_document(rng: random.Random) -> Json:
    """Layers put one behind the other, most of which fit."""
    start = random_start(rng)
    values: dict[str, Tensor] = {"input": start}
    layers: list[Json] = []
    tries = 0
    while len(layers) < rng.choice((3, 6, 10)) and tries < 300:
        tries += 1
        found = random_layer(values, rng)
        if found is not None:
            written, output = found
            written["name"] = f"l{len(layers)}"
            layers.append(written)
            if isinstance(output, Tensor) and output.rank and all(map(is_known, output.shape)):
                values[written["name"]] = output
    return {"input": {"shape": list(start.shape), "dtype": start.dtype}, "layers": layers}


def random_start(rng: random.Random) -> Tensor:
    """What goes in: sizes at random, or what some layer's example takes."""
    given = rng.choice(rng.choice(ENTRIES).examples).inputs
    if given and isinstance(given[0], Tensor) and rng.random() < 0.7:
        return given[0]._replace(strides=None)
    return Tensor(tuple(rng.choice((1, 2, 3, 4, 6, 8, 16)) for _ in range(rng.choice((2, 3, 4, 4, 4, 5)))))


def random_layer(values: dict[str, Tensor], rng: random.Random) -> tuple[Json, Value] | None:
    """A layer that takes what is there, as a document writes it, and what it returns."""
    entry = rng.choice(ENTRIES)
    case = random_case(entry, rng)
    if case is None or case.keywords or any(not isinstance(value, Tensor) for value in case.inputs):
        return None
    recent = list(values)[-3:]
    names = [rng.choice(recent) for _ in case.inputs]
    arriving = tuple(values[name] for name in names)
    outcome = apply(case.layer, arriving, {}, False)
    refused = bool(outcome.faults)
    if any(fault.undefined for fault in outcome.faults) or (refused and rng.random() > KEPT_THOUGH_REFUSED):
        return None
    made = [tensor.elements for tensor in tensors_in(outcome.output) if isinstance(tensor, Tensor)]
    if any(above(elements, MOST_ELEMENTS) for elements in made):
        return None
    return written_as_json(case.layer, names), outcome.output


def written_as_json(layer: Layer, names: list[str]) -> Json:
    """A layer in a document's words."""
    given = layer.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return {**given, "type": type_name(type(layer)), **({"inputs": names} if names else {})}


def document_disagreement(document: Json) -> str | None:
    """How we and PyTorch differ about a document, or none if we agree."""
    examination = examine(json.dumps(document).encode())
    faults = {
        reading.node.name: reading.outcome.faults for reading in examination.analysis.readings if reading.outcome.faults
    }
    if any(fault.undefined for found in faults.values() for fault in found):
        return None
    error, refused_at, values = run(examination)
    if error is None and faults:
        return f"we refuse {faults}, PyTorch runs it"
    if error is not None:
        if OF_VALUES.search(error):
            return None
        if not faults:
            return f"PyTorch refuses {refused_at}: {error}"
        first = next(iter(faults))
        return None if refused_at in (None, first) else f"we refuse {first}, PyTorch {refused_at}: {error}"
    for reading, value in zip(examination.analysis.readings, values, strict=True):
        if not agrees(describe(reading.outcome.output), describe(value)):
            ours, theirs = describe(reading.outcome.output), describe(value)
            return f"{reading.node.name} ({reading.node.layer.type}): we return {ours}, PyTorch {theirs}"
    return None


def run(examination: Examination) -> tuple[str | None, str | None, list[Any]]:
    """PyTorch's refusal and the layer where it came, or what every layer returned."""
    analysis = examination.analysis
    at: str | None = None
    values: list[Any] = [None] * len(analysis.readings) + [sample(tensor) for _, tensor in analysis.graph.inputs]
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = DocumentModel(analysis).eval()
            for index in analysis.graph.order:
                at = analysis.readings[index].node.name
                values[index] = model.run(index, values)
    except REFUSALS as error:
        return f"{type(error).__name__}: {error}", at, []
    return None, None, values[: len(analysis.readings)]
