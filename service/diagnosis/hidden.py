"""Mistakes behind others: where a size is not known until something before is mended, nothing can be said against it.

So what the best fixes leave is analysed as well, and what is refused there is told, with fixes that mend both.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final, TypeAlias

from pydantic import ValidationError

from service.analysis.fold import analyse
from service.analysis.reading import Analysis, LayerReading
from service.architecture.problems import UnreadableDocument
from service.architecture.unrolling import unrolled
from service.core.issues import Fix, Issue, Patch
from service.core.sizes import is_known
from service.core.tensors import Tensor, tensors_in
from service.diagnosis.ground import Ground
from service.diagnosis.patching import patched
from service.diagnosis.proof import STRUCTURAL, UNSEEN, changed_by
from service.diagnosis.proven import same_kind
from service.diagnosis.revising import reread_document

Ordered: TypeAlias = tuple[int, Issue]
"""An issue, and the node it is about."""

MOST_STEPS: Final = 6
"""Mistakes that are mended one by one to see what is behind them."""
MOST_LAYERS: Final = 2_000
"""Layers of a document that is read and diagnosed again for that."""
MOST_FIXES: Final = 3
"""Fixes offered for one that was hidden, each of which the whole document is read for."""
TO_LIGHT: Final = "It comes to light once what stands before it is mended."


def with_hidden(
    ground: Ground, errors: list[Ordered], diagnosed: Callable[[Ground], Iterator[Ordered]]
) -> list[Ordered]:
    """The mistakes found and, where their best fixes bring others to light, those found by ``diagnosed`` when they are
    mended one by one."""
    before = ground.analysis
    if len(errors) > MOST_STEPS or len(before.readings) > MOST_LAYERS:
        return errors
    if not any(_may_hide(reading) for reading in before.readings):
        return errors
    whole = _mended(ground, _best(errors))
    if whole is None or not _brings_to_light(before, whole.analysis):
        return errors
    known = {_key(issue): issue for _, issue in errors}
    told: dict[tuple[str, str], Ordered] = {}
    patch: Patch = ()
    found, mended, steps = errors, ground, MOST_STEPS
    while found:
        (node, issue), *found = found
        key = _key(issue)
        if key in told:
            continue
        told[key] = node, _as_sent(ground, issue, known.get(key), patch)
        again = _mended(mended, _best([(node, issue)])) if steps else None
        if again is not None:
            mended, patch, steps = again, (*patch, *issue.fixes[0].patch), steps - 1
            found = list(diagnosed(mended))
    return list(told.values())


def _key(issue: Issue) -> tuple[str, str]:
    """By which the same mistake is recognised before and after others are mended."""
    return issue.pointer, issue.code


def _as_sent(ground: Ground, issue: Issue, known: Issue | None, patch: Patch) -> Issue:
    """What is told of a mistake of the mended document: what is known of it, its fixes as they turn out best, or, if it
    was hidden, fixes that mend what stands before it as well."""
    if known is not None:
        order = [fix.description for fix in issue.fixes]
        best = sorted(known.fixes, key=lambda fix: (*order, fix.description).index(fix.description))
        return known._replace(fixes=tuple(best))
    fixes = (_behind(ground, fix, patch) for fix in issue.fixes[:MOST_FIXES])
    return issue._replace(message=f"{issue.message} {TO_LIGHT}", fixes=tuple(filter(None, fixes)))


def _best(errors: Iterable[Ordered]) -> Patch:
    """The best fixes of issues all at once, so far as they are plain."""
    best = (issue.fixes[0].patch for _, issue in errors if issue.fixes)
    return tuple(chain.from_iterable(patch for patch in best if _is_plain(patch)))


def _may_hide(reading: LayerReading) -> bool:
    """Whether more may be wrong with a layer than can be seen yet."""
    unseen = any(isinstance(fault, UNSEEN) for fault in reading.outcome.faults)
    return unseen or (reading.assumed and not _is_told(reading))


def _is_told(reading: LayerReading) -> bool:
    """Whether all sizes of what arrives at a layer are known."""
    tensors = [tensor for value in reading.inputs for tensor in tensors_in(value)]
    return all(isinstance(tensor, Tensor) and all(map(is_known, tensor.shape)) for tensor in tensors)


def _is_plain(patch: Patch) -> bool:
    """Whether a patch changes arguments or the shape of an input only, so that every layer stays where it is."""
    for operation in patch:
        *_, parent, key = operation.path.split("/")
        if operation.op == "remove" or (parent in STRUCTURAL and key.isdigit()):
            return False
        if key in STRUCTURAL and operation.path != f"/{key}":
            return False
    return True


def _mended(ground: Ground, patch: Patch) -> Ground | None:
    """The document with a patch, in which every layer is where it was; none if there is no patch."""
    mended = _changed(ground, patch) if patch else None
    return None if mended is None or len(mended.analysis.readings) != len(ground.analysis.readings) else mended


def _changed(ground: Ground, patch: Patch) -> Ground | None:
    """The document with a patch; none where fixes that hold each do not hold together."""
    try:
        raw = patched(ground.raw, patch)
        document = reread_document(ground.document, ground.raw, raw)
        graph = unrolled(document)
    except (UnreadableDocument, ValidationError, LookupError, ValueError):
        return None
    analysis = analyse(graph, training=document.mode == "train", memory=ground.memory)
    changed = Ground(b"", document, analysis, ground.memory)
    changed.raw = raw
    return changed


def _brings_to_light(before: Analysis, after: Analysis) -> bool:
    """Whether any layer is refused on grounds on which it was not."""
    for old, new in zip(before.readings, after.readings, strict=True):
        known = old.outcome.faults
        if any(not any(same_kind(fault, other) for other in known) for fault in new.outcome.faults):
            return True
    return False


def _behind(ground: Ground, fix: Fix, first: Patch) -> Fix | None:
    """A fix of the mended document as one of the document that was sent, proven there."""
    patch = (*first, *fix.patch)
    found = _changed(ground, patch)
    if found is None:
        return None
    before, after = ground.analysis.totals, found.analysis.totals
    return Fix(
        f"Apply the best fixes of the mistakes before it, and then: {fix.description}",
        patch,
        not found.analysis.refused,
        changed_by(before.parameters, after.parameters, before.parameters),
        changed_by(before.macs, after.macs, before.macs),
    )
