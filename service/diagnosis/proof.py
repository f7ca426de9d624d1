"""Proof of a fix: the patch applied, and what it reaches in the document analysed again."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from service.analysis.reading import LayerReading
from service.analysis.revision import Consumers, Rereading, Revision, consumers, reread
from service.architecture.problems import UnreadableDocument
from service.core.faults import BadIndex, BadValue, Fault, Indivisible, TupleArrives, WrongInputs
from service.core.issues import Fix, Patch
from service.core.sizes import Size, is_known
from service.diagnosis.ground import Ground
from service.diagnosis.patching import patched, value_at
from service.diagnosis.place import Proposal
from service.diagnosis.revising import reread_document, revised, validated

LEAST_BUDGET: Final = 3_000
BUDGET_PER_LAYER: Final = 12
"""Layers read again for the proofs of one document. A document of many mistakes costs so many times one without,
and no more; its later issues come without fixes, which the user will not miss before the earlier ones are mended."""

_STRUCTURAL: Final = frozenset({"type", "name", "inputs", "outputs", "layers", "layer", "repeat"})
"""Keys of a layer that say what the graph looks like, rather than what happens at one of its nodes."""


_UNSEEN: Final = (TupleArrives, WrongInputs, BadIndex, BadValue, Indivisible)
"""With these a layer did not come to look at what arrives, so that it may well have more to say."""


class Proven(NamedTuple):
    """A fix and how many faults are left with it."""

    fix: Fix
    remaining: int


class Revised(NamedTuple):
    """A document as a patch leaves it."""

    revision: Revision
    taken: Consumers
    training: bool


class Prover:
    """Proves fixes of one document, within a budget."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        nodes = ground.analysis.graph.nodes
        self.budget = LEAST_BUDGET + BUDGET_PER_LAYER * len(nodes)
        self.taken = consumers(ground.analysis.graph)
        self.nodes_of: dict[int, list[int]] = {}
        self.owners: dict[str, int] = {}
        for index, node in enumerate(nodes):
            self.nodes_of.setdefault(id(node.layer), []).append(index)
            if node.shares is None:
                self.owners.setdefault(node.pointer, index)

    @property
    def spent(self) -> bool:
        """Whether there is no budget left."""
        return self.budget <= 0

    def prove(self, proposal: Proposal, fault: Fault, copies: tuple[int, ...]) -> Proven | None:
        """The fix, if it cures the fault of these nodes, or of the outputs if there are none, and breaks nothing
        that was sound."""
        try:
            state = self.revised(proposal.patch)
        except (UnreadableDocument, ValidationError, LookupError, ValueError):
            return None
        memory = self.ground.memory if state.training == self.ground.training else {}
        again = reread(self.ground.analysis, state.revision, state.taken, memory, training=state.training)
        read: list[int] = []
        for index, reading in again:
            self.budget -= 1
            if self.broken(reading, state.revision.was[index]):
                return None
            read.append(index)
        again.outputs()
        if len(again.index_faults) > len(self.ground.analysis.output_faults):
            return None
        if not self.cured(fault, copies, _faults_left(copies, state.revision, again)):
            return None
        return self.measured(proposal, state.revision, read, again)

    def revised(self, patch: Patch) -> Revised:
        """The document with the patch applied; raises where it can't be read."""
        ground, graph = self.ground, self.ground.analysis.graph
        raw = patched(ground.raw, patch)
        count = len(graph.nodes)
        changed = self.rearranged(raw, patch)
        if changed is not None:
            self.budget -= 1 + count // 64
            return Revised(changed, self.taken, ground.training)
        self.budget -= 1 + count // 2
        document = reread_document(ground.document, ground.raw, raw)
        revision, training = revised(document, graph), document.mode == "train"
        if training != ground.training:
            revision = revision._replace(changed=tuple(range(len(revision.graph.nodes))))
        return Revised(revision, consumers(revision.graph), training)

    def rearranged(self, raw: dict[str, Any], patch: Patch) -> Revision | None:
        """The graph with other arguments at some nodes, if that is all the patch does."""
        graph = self.ground.analysis.graph
        pointers = {operation.path.rpartition("/")[0] for operation in patch}
        keys = {operation.path.rpartition("/")[2] for operation in patch}
        if not keys.isdisjoint(_STRUCTURAL) or not all(pointer in self.owners for pointer in pointers):
            return None
        nodes, changed = list(graph.nodes), []
        for pointer in pointers:
            layer, old = validated(value_at(raw, pointer)), nodes[self.owners[pointer]].layer
            for index in self.nodes_of[id(old)]:
                nodes[index] = nodes[index]._replace(layer=layer)
                changed.append(index)
        return Revision(graph._replace(nodes=tuple(nodes)), range(len(nodes)), tuple(changed))

    def broken(self, reading: LayerReading, was: int | None) -> bool:
        """Whether a layer that was sound, on sound ground, is refused now.

        What stood on something refused may well have hidden a mistake of its own.
        """
        if not reading.outcome.faults:
            return False
        return was is None or not self.ground.analysis.readings[was].assumed

    def cured(self, fault: Fault, copies: tuple[int, ...], left: Iterator[Fault]) -> bool:
        """Whether the fault is gone and has not merely become another one of the same layer."""
        before = [other for node in copies for other in self.ground.analysis.readings[node].outcome.faults]
        for other in left:
            if same_kind(fault, other):
                return False
            if copies and not isinstance(fault, _UNSEEN) and not any(same_kind(known, other) for known in before):
                return False
        return True

    def measured(self, proposal: Proposal, revision: Revision, read: list[int], again: Rereading) -> Proven:
        """The fix with its effect: the totals are those of before, plus what the layers read again differ by."""
        before, was = self.ground.analysis, revision.was
        old = [before.readings[index] for index in _gone(revision, len(before.readings))]
        old += [before.readings[match] for index in read if (match := was[index]) is not None]
        new = [reading for index in read if (reading := again.readings[index]) is not None]
        outputs = len(again.index_faults) - len(before.output_faults)
        remaining = self.ground.fault_count + _fault_count(new) - _fault_count(old) + outputs
        fix = Fix(
            proposal.description, proposal.patch, remaining == 0,
            _change(before.totals.parameters, _parameters(new), _parameters(old)),
            _change(before.totals.macs, _macs(new), _macs(old)),
        )  # fmt: skip
        return Proven(fix, remaining)


def same_kind(fault: Fault, other: Fault) -> bool:
    """Whether two faults say the same of a layer, perhaps with other numbers."""
    return (fault.code, fault.argument, fault.input) == (other.code, other.argument, other.input)


def _faults_left(copies: tuple[int, ...], revision: Revision, again: Rereading) -> Iterator[Fault]:
    """The faults of what these nodes have become; those of the outputs if there are none."""
    if not copies:
        yield from again.index_faults
        return
    was = revision.was
    nodes = copies if isinstance(was, range) else [index for index, match in enumerate(was) if match in set(copies)]
    for index in nodes:
        reading = again.readings[index]
        yield from reading.outcome.faults if reading is not None else ()


def _gone(revision: Revision, count: int) -> set[int]:
    """The nodes that are no more."""
    return set() if isinstance(revision.was, range) else set(range(count)).difference(revision.was)


def _fault_count(readings: list[LayerReading]) -> int:
    return sum(len(reading.outcome.faults) for reading in readings)


def _parameters(readings: list[LayerReading]) -> Size:
    total: Size = 0
    for reading in readings:
        if reading.node.shares is None:
            total = total + reading.outcome.counts.parameters
    return total


def _macs(readings: list[LayerReading]) -> Size:
    total: Size = 0
    for reading in readings:
        total = total + reading.outcome.macs
    return total


def _change(before: Size, new: Size, old: Size) -> int | None:
    """By how much a total changes; nothing can be said of one that is not known before and after."""
    return new - old if is_known(before) and is_known(new) else None
