"""Proof of a fix: the patch applied, and the whole document read and analysed again."""

from typing import Any, NamedTuple

from service.analysis.fold import Memory, analyse
from service.analysis.reading import Analysis
from service.architecture.problems import UnreadableDocument
from service.architecture.reading import read
from service.architecture.unrolling import unrolled
from service.core.issues import Fix
from service.core.sizes import Size, is_known
from service.diagnosis.patching import patched
from service.diagnosis.place import Proposal


class Prover(NamedTuple):
    """What a document's fixes are proven against. ``memory`` spares working out again what a patch leaves alone."""

    raw: dict[str, Any]
    analysis: Analysis
    memory: Memory
    training: bool

    def prove(self, proposal: Proposal) -> Fix | None:
        """The fix, if the document has fewer faults with it and is still readable."""
        try:
            document = read(patched(self.raw, proposal.patch))
            after = analyse(unrolled(document), training=document.mode == "train", memory=self.memory)
        except (UnreadableDocument, LookupError, ValueError):
            return None
        remaining = fault_count(after)
        if remaining >= fault_count(self.analysis):
            return None
        before, totals = self.analysis.totals, after.totals
        return Fix(
            proposal.description,
            proposal.patch,
            remaining == 0,
            _change(before.parameters, totals.parameters),
            _change(before.macs, totals.macs),
        )


def fault_count(analysis: Analysis) -> int:
    """How many faults an analysis found."""
    return len(analysis.output_faults) + sum(len(reading.outcome.faults) for reading in analysis.readings)


def _change(before: Size, after: Size) -> int | None:
    return after - before if is_known(before) and is_known(after) else None
