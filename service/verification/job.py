"""One verification, as it runs in a process of its own: a document goes in, what PyTorch says comes out."""

import json
import time
import warnings
from typing import Any, Final

import torch

from service.analysis.reading import Analysis, LayerReading
from service.architecture.document import Document, Verification
from service.architecture.reading import parse
from service.core.issues import Fix
from service.core.sizes import is_known
from service.diagnosis.examination import Examination, examine
from service.diagnosis.patching import patched
from service.verification import accelerator, comparison, measuring, running
from service.verification.comparison import MOST_DISCREPANCIES
from service.verification.confinement import Footprint
from service.verification.estimate import need
from service.verification.protocol import LONGEST_ERROR, Json, crashed
from service.verification.running import Refusal, Run
from service.verification.second_opinion import on_cpu
from service.verification.values import OF_VALUES
from service.verification.variant import variant, variant_body

NOT_ON_META: Final = (
    "meta has shapes, but no numbers: it does not check values, and refuses less than a CPU does (element types, "
    "channels of transposed convolutions, axes of Softmax)"
)
NOT_JUDGED_ON_META: Final = f"This cannot be judged on meta: {NOT_ON_META}."
MOST_FIXES: Final = 200
SHARE_FOR_FIXES: Final = 0.8
"""The part of a job's time behind which no further fix is tried, so that what was found is still told."""


def verified(body: bytes, footprint: Footprint, *, seconds: float) -> Json:
    """What PyTorch says to a document, in the form of the answer's ``verification``; raises ``MemoryError`` where
    memory ran out, at whatever that was."""
    try:
        return _within(body, footprint, seconds)
    except Exception as error:
        if isinstance(error, MemoryError) or not running.is_out_of_memory(error):
            raise
        raise MemoryError(str(error)) from error


def _within(body: bytes, footprint: Footprint, seconds: float) -> Json:
    until = time.monotonic() + seconds * SHARE_FOR_FIXES
    raw = parse(body)
    examination = examine(body)
    options = examination.document.verification or Verification()
    accelerator.seed(options.device, options.seed)
    with warnings.catch_warnings(), torch.set_grad_enabled(options.backward):
        warnings.simplefilter("ignore")
        built = variant_body(body, options)
        asked = examination if built is body else examine(built)
        found = _verified(asked, options, footprint, until)
        if options.fixes and "layers_compared" in found:
            found["fixes"] = [
                {"issue": issue, "fix": number, **_fix(raw, fix, options, footprint, until)}
                for issue, number, fix in _fixes(examination)[:MOST_FIXES]
            ]
    return found


def _fixes(examination: Examination) -> list[tuple[int, int, Fix]]:
    """All fixes, each with its place in the answer."""
    return [
        (issue_index, fix_index, fix)
        for issue_index, issue in enumerate(examination.issues)
        for fix_index, fix in enumerate(issue.fixes)
    ]


def _fix(raw: Json, fix: Fix, options: Verification, footprint: Footprint, until: float) -> Json:
    """What PyTorch says to the document with a fix applied."""
    if time.monotonic() > until:
        return {"status": "timeout", "error": "The time was up before it was tried.", "discrepancies": []}
    once = options.model_copy(update={"backward": False})
    try:
        mended = variant(patched(raw, fix.patch), options)
        with torch.no_grad():
            found = _compared(examine(json.dumps(mended).encode()), once, footprint, until)
    except MemoryError as error:
        return {"status": "out_of_memory", "error": str(error), "discrepancies": []}
    except Exception as error:  # What is wrong with one fix is not to be lost with the others, nor they with it.
        return crashed(error)
    kept = ("status", "error", "layer", "of_values", "discrepancies")
    return {key: found[key] for key in kept if key in found}


def _is_trained(document: Document) -> bool:
    return document.mode == "train"


def _verified(examination: Examination, options: Verification, footprint: Footprint, until: float) -> Json:
    told = {"device": options.device, "torch_version": torch.__version__.partition("+")[0]}
    capacity = accelerator.capacity(options.device)
    if capacity is not None:
        needed = need(examination.analysis, backward=options.backward).memory
        if is_known(needed) and needed > capacity:
            error = (
                f"It was not tried: the model needs some {needed:,} bytes, and {options.device} has {capacity:,} to "
                'give. With "device": "meta" it takes no memory.'
            )
            sizes = {"estimate": {"memory_bytes": needed}, "limit": {"memory_bytes": capacity}}
            return {"status": "too_large", **told, "error": error, **sizes, "discrepancies": []}
    return told | _compared(examination, options, footprint, until, measured=True)


def _compared(
    examination: Examination, options: Verification, footprint: Footprint, until: float, *, measured: bool = False
) -> Json:
    """The model built, run and held against the analysis; measured, too, if it agrees."""
    analysis, training = examination.analysis, _is_trained(examination.document)
    before, started = footprint.own(), time.perf_counter()
    run, backward_error = _ran(analysis, options, training=training)
    taken = time.perf_counter() - started
    seconds = {"seconds": round(taken, 4)}
    if isinstance(run, Refusal):
        return seconds | _refused(examination, run, options)
    if not examination.valid:
        return seconds | _not_refused(examination, options)
    costs = _costs(run, options, footprint, before, backward_error) if measured else {}
    outputs = [list(tensor.shape) for tensor in measuring.flat(run.outputs)]
    run = run._replace(outputs=[])  # They are not to be held beside what the next passes return.
    if measured and options.device != "meta" and time.monotonic() + 2 * taken < until:
        costs |= measuring.latency(run.model, run.inputs, options.device)
    work = running.work(run, until)
    found = list(comparison.discrepancies(analysis, run, work))
    if found and options.device != "cpu" and _returns_otherwise(analysis, found, training=training):
        return seconds | {"status": "unavailable", "error": _not_judged(options.device), "discrepancies": []}
    return {
        "status": "discrepancy" if found else "verified",
        **seconds,
        **comparison.counted(run.model.parameters(), run.model.buffers()),
        "activation_bytes": sum(seen.bytes for seen in run.seen.values()),
        "macs": sum(work.values()) if len(work) == len(analysis.readings) else None,
        "output_shapes": outputs[: measuring.MOST_NAMED],
        "layers_compared": len(analysis.readings),
        **({"not_checked": NOT_ON_META} if options.device == "meta" else {}),
        **costs,
        "discrepancies": found[:MOST_DISCREPANCIES],
        "discrepancy_count": len(found),
    }


def _ran(analysis: Analysis, options: Verification, *, training: bool) -> tuple[Run | Refusal, str | None]:
    """The model built and run; and if it does so only where no gradients are asked for, why not with them.

    What autograd refuses, such as to overwrite a parameter, is no matter of the forward pass that we analyse.
    """
    run = running.ran(analysis, options.device, training=training)
    if isinstance(run, Run) or not options.backward:
        return run, None
    with torch.no_grad():
        without = running.ran(analysis, options.device, training=training)
    return without, None if isinstance(without, Refusal) else run.error


def _costs(run: Run, options: Verification, footprint: Footprint, before: int, backward_error: str | None) -> Json:
    """Memory, and where gradients go."""
    told: Json = {}
    if backward_error is not None:
        told = {"backward_error": backward_error[:LONGEST_ERROR]}
    elif options.backward:
        told = measuring.gradients(run)
    if options.device == "meta":
        return told
    if accelerator.is_cuda(options.device):
        peak = accelerator.peak(options.device)
    else:
        peak = max(footprint.most() - before, 0)
    return {**told, "peak_bytes": peak}


def _refused(examination: Examination, refusal: Refusal, options: Verification) -> Json:
    """PyTorch refuses the model: so should we, and at the same layer."""
    analysis = examination.analysis
    first = comparison.first_refused(analysis)
    ours = None if first is None else first.node.name
    error = refusal.error[:LONGEST_ERROR]
    told: Json = {"error": error, "layer": refusal.layer, "layers_compared": 0}
    at = comparison.refusable(analysis, built=refusal.built, leniently=options.device != "cpu")
    if not examination.valid and (refusal.layer in at or refusal.layer == ours):
        return {"status": "rejected", **told, "discrepancies": []}
    if refusal.of_sizes or OF_VALUES.search(refusal.error):
        return {"status": "rejected", **told, "of_values": True, "discrepancies": []}
    training = _is_trained(examination.document)
    if options.device != "cpu" and _refuses_alone(analysis, refusal.layer, training=training):
        return {"status": "unavailable", **told, "discrepancies": []}
    difference = {"layer": refusal.layer, "what": "refused", "ours": ours, "pytorch": refusal.layer}
    return {"status": "discrepancy", **told, "discrepancies": [difference]}


def _refuses_alone(analysis: Analysis, layer: str | None, *, training: bool) -> bool:
    """Whether a CPU runs the layer that the device refuses, or might, as far as can be told."""
    for index, reading in enumerate(analysis.readings):
        if reading.node.name == layer:
            opinion = on_cpu(analysis, index, training=training)
            return opinion is None or opinion.runs
    return False


def _returns_otherwise(analysis: Analysis, found: list[Json], *, training: bool) -> bool:
    """Whether a CPU returns what we say of the first layer of which the device returns something else."""
    differing = {each["layer"] for each in found if each["what"] == "output"}
    for index in analysis.graph.order:
        if analysis.readings[index].node.name in differing:
            opinion = on_cpu(analysis, index, training=training)
            return opinion is None or (opinion.runs and comparison.is_as_said(analysis.readings[index], opinion.output))
    return False


def _not_refused(examination: Examination, options: Verification) -> Json:
    """PyTorch runs what we refuse; only a CPU's word counts, as other devices let other things through."""
    first = comparison.first_refused(examination.analysis)
    compared: Json = {"layers_compared": len(examination.analysis.readings)}
    if first is not None and _is_undefined(first):
        error = "PyTorch does not check this: it reads or writes memory that belongs to something else."
        return {"status": "rejected", "error": error, "layer": first.node.name, **compared, "discrepancies": []}
    if options.device != "cpu":
        return {"status": "unavailable", "error": _not_judged(options.device), "discrepancies": []}
    ours = _where_refused(examination.analysis, first)
    difference: Any = {"layer": ours, "what": "refused", "ours": ours, "pytorch": None}
    return {"status": "discrepancy", **compared, "discrepancies": [difference]}


def _not_judged(device: str) -> str:
    """Why a device that does otherwise than we say proves nothing."""
    return NOT_JUDGED_ON_META if device == "meta" else f"{device} does otherwise, which is no proof that a CPU does."


def _where_refused(analysis: Analysis, first: LayerReading | None) -> str | None:
    """The layer that we refuse, or the output that we say there is none of."""
    if first is not None:
        return first.node.name
    return next((ref for ref, _ in analysis.outputs), None) if analysis.output_faults else None


def _is_undefined(reading: LayerReading) -> bool:
    return any(fault.undefined for fault in reading.outcome.faults)
