"""How we and the real model differ about a document of several layers."""

import json
import warnings
from typing import Any

import torch

from service.diagnosis.examination import Examination, examine
from service.verification.model import DocumentModel
from service.verification.values import OF_VALUES
from tests.oracle.run import REFUSALS, agrees, describe, sample


def document_disagreement(document: dict[str, Any]) -> str | None:
    """How we and PyTorch differ about a document, or none if we agree."""
    examination = examine(json.dumps(document).encode())
    faults = {
        reading.node.name: reading.outcome.faults for reading in examination.analysis.readings if reading.outcome.faults
    }
    if any(fault.undefined for found in faults.values() for fault in found):
        return None
    error, refused_at, returned = run(examination)
    if error is None and faults:
        return f"we refuse {faults}, PyTorch runs it"
    if error is not None:
        if OF_VALUES.search(error):
            return None
        if not faults:
            return f"PyTorch refuses {refused_at}: {error}"
        first = next(iter(faults))
        return None if refused_at in (None, first) else f"we refuse {first}, PyTorch {refused_at}: {error}"
    for index, theirs in returned.items():
        reading = examination.analysis.readings[index]
        ours = describe(reading.outcome.output)
        if not agrees(ours, theirs):
            return f"{reading.node.name} ({reading.node.layer.type}): we return {ours}, PyTorch {theirs}"
    return None


def run(examination: Examination) -> tuple[str | None, str | None, dict[int, Any]]:
    """PyTorch's refusal and the layer where it came; what every layer returned, before others overwrote it."""
    analysis = examination.analysis
    at: str | None = None
    inputs = [sample(tensor) for _, tensor in reversed(analysis.graph.inputs)]
    returned: dict[int, Any] = {}
    values: list[Any] = [None] * len(analysis.readings) + inputs
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = DocumentModel(analysis).train(examination.document.mode == "train")
            for index in analysis.graph.order:
                at = analysis.readings[index].node.name
                values[index] = model.run(index, values)
                returned[index] = describe(values[index])
    except REFUSALS as error:
        return f"{type(error).__name__}: {error}", at, {}
    return None, None, returned
