"""One verification, as it runs in a process of its own: JSON goes in, JSON comes out."""

import json
import resource
import time
from typing import Any, Final

import torch

from service.architecture.document import Document, Verification
from service.architecture.reading import parse, read
from service.diagnosis.examination import Examination, examine
from service.diagnosis.patching import patched
from service.verification import comparison
from service.verification.comparison import MOST_DISCREPANCIES, Json, Refusal, Run

UNCOUNTED: Final = frozenset({"bilinear", "addbmm", "grouped_mm"})
NOT_ON_META: Final = (
    "meta has shapes, but no numbers: it does not check values, and refuses less than a CPU does (element types, "
    "channels of transposed convolutions, axes of Softmax)"
)


def verified(body: bytes) -> Json:
    """What PyTorch says to a document, in the form of the answer's ``verification``."""
    raw = _at_batch(parse(body))
    examination = examine(json.dumps(raw).encode())
    options = examination.document.verification or Verification()
    torch.manual_seed(options.seed)
    found = _verified(examination, options)
    if options.fixes and "discrepancies" in found:
        found["fixes"] = [
            {"issue": issue_index, "fix": fix_index, **_fix(raw, fix, options)}
            for issue_index, issue in enumerate(examination.issues)
            for fix_index, fix in enumerate(issue.fixes)
        ]
    return found


def _at_batch(raw: Json) -> Json:
    """The document with another size of the batch, if one was asked for."""
    batch = (read(raw).verification or Verification()).batch
    if batch is None:
        return raw
    inputs = raw.get("inputs") or {"input": raw["input"]}
    changed = {name: _batched(given, batch) for name, given in inputs.items()}
    return {**raw, **({"inputs": changed} if "inputs" in raw else changed)}


def _batched(given: Any, batch: int) -> Any:
    if isinstance(given, dict):
        return {**given, "shape": _batched(given["shape"], batch)}
    return [batch, *given[1:]] if given else given


def _fix(raw: Json, fix: Any, options: Verification) -> Json:
    """Whether PyTorch runs the document with a fix applied, as we say it does or does not."""
    examination = examine(json.dumps(patched(raw, fix.patch)).encode())
    run = comparison.ran(examination.analysis, options.device, training=_is_trained(examination.document))
    runs = isinstance(run, Run)
    return {"status": ("verified" if runs else "rejected") if runs == fix.valid else "discrepancy"}


def _is_trained(document: Document) -> bool:
    return document.mode == "train"


def _verified(examination: Examination, options: Verification) -> Json:
    analysis, training = examination.analysis, _is_trained(examination.document)
    told: Json = {"device": options.device, "torch_version": torch.__version__.partition("+")[0]}
    started = time.perf_counter()
    with torch.set_grad_enabled(options.backward):
        run = comparison.ran(analysis, options.device, training=training)
        told["seconds"] = round(time.perf_counter() - started, 4)
        if isinstance(run, Refusal):
            return told | _refused(examination, run)
        if not examination.valid:
            return told | _not_refused(examination, options)
        found = list(comparison.discrepancies(analysis, run))
        told |= {
            **comparison.counts(run),
            "output_shapes": comparison.output_shapes(run, analysis),
            "layers_compared": len(analysis.readings),
        }
        if options.backward:
            told["without_gradient"] = comparison.without_gradient(run, analysis)
        if options.device == "meta":
            told["not_checked"] = NOT_ON_META
        else:
            told |= _measured(run, options.device)
    counted = comparison.macs(analysis, training=training)
    if counted is not None and analysis.totals.macs != counted and _is_counted(examination):
        found.append({"layer": None, "what": "macs", "ours": analysis.totals.macs, "pytorch": counted})
    status = "discrepancy" if found else "verified"
    return {"status": status, **told, "macs": counted, "discrepancies": found[:MOST_DISCREPANCIES]}


def _is_counted(examination: Examination) -> bool:
    """Whether PyTorch's counter has a rule for all layers; of the others we say the true number."""
    types = {reading.node.layer.type.lower() for reading in examination.analysis.readings}
    return types.isdisjoint(UNCOUNTED)


def _measured(run: Run, device: str) -> Json:
    """How long a forward pass takes, and how much memory it took at most."""

    def forward() -> None:
        with torch.no_grad():
            run.model(*(tensor.clone() for tensor in run.inputs))

    if device.startswith("cuda"):
        forward()
        torch.cuda.reset_peak_memory_stats()
        latency = comparison.timed(forward, device)
        return {"latency_ms": round(latency, 3), "peak_bytes": torch.cuda.max_memory_allocated()}
    latency = comparison.timed(forward, device)
    return {"latency_ms": round(latency, 3), "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def _refused(examination: Examination, refusal: Refusal) -> Json:
    """PyTorch refuses the model: so should we, and at the same layer."""
    analysis = examination.analysis
    ours = comparison.first_refused(analysis.readings, analysis.graph.order)
    told = {"error": refusal.error, "layer": refusal.layer, "layers_compared": 0}
    agreed = not examination.valid and (refusal.layer is None or ours is None or refusal.layer == ours)
    if agreed:
        return {"status": "rejected", **told, "discrepancies": []}
    difference = {"layer": refusal.layer, "what": "refused", "ours": ours, "pytorch": refusal.layer}
    return {"status": "discrepancy", **told, "discrepancies": [difference]}


def _not_refused(examination: Examination, options: Verification) -> Json:
    """PyTorch runs what we refuse; ``meta`` does not count, as it lets through what a CPU refuses."""
    analysis = examination.analysis
    ours = comparison.first_refused(analysis.readings, analysis.graph.order)
    if options.device == "meta":
        return {"status": "unavailable", "error": f"This cannot be judged on meta: {NOT_ON_META}.", "discrepancies": []}
    difference = {"layer": ours, "what": "refused", "ours": ours, "pytorch": None}
    return {"status": "discrepancy", "layers_compared": len(analysis.readings), "discrepancies": [difference]}
