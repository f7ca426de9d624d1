"""Proof of a fix: the patch applied, and what it reaches in the document analysed again."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from pydantic import ValidationError

from service.analysis.reading import LayerReading
from service.analysis.revision import Rereading, Revision, needed
from service.architecture.graph import Node, Source, sources_in, sources_of
from service.architecture.kinds import depth, is_sourceless
from service.architecture.problems import UnreadableDocument
from service.architecture.unrolling import MOST_LAYERS
from service.core.faults import (
    BadIndex,
    BadValue,
    DimOutOfRange,
    Fault,
    Indivisible,
    TupleArrives,
    WrongInputs,
    WrongRank,
    listed,
)
from service.core.issues import Fix, Operation, Patch
from service.core.sizes import Size, is_known
from service.diagnosis.ground import Ground
from service.diagnosis.patching import patched, value_at
from service.diagnosis.place import Graft, Proposal
from service.diagnosis.proven import OUTPUTS, Proven, same_kind
from service.diagnosis.revising import all_validated, reread_document, revised
from service.layers.applying import declared_weights
from service.layers.base import Layer
from service.layers.structure import Structure

LEAST_BUDGET: Final = 500
BUDGET_PER_LAYER: Final = 8
"""Layers read again for the proofs of one document, shared out evenly among its mistakes; what one leaves, the next
has. So a document of many mistakes costs so many times one without, and no more."""
PROOF: Final = 16
"""Layers that could be read in the time that a proof takes before it reads any."""

MOST_LAID_OPEN: Final = 2
"""Layers of the document whose mistakes a fix may bring to light. What turns more of them down is no fix but another
mistake."""

STRUCTURAL: Final = frozenset({"name", "inputs", "outputs", "layers", "layer", "repeat"})
"""Keys of a layer that say what the graph looks like, rather than what happens at one of its nodes."""
UNSEEN: Final = (TupleArrives, WrongInputs, WrongRank, DimOutOfRange, BadIndex, BadValue, Indivisible)
"""With these a layer did not come to look at what arrives, so that it may well have more to say."""


class Prover:
    """Proves fixes of one document, within a budget."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        graph = ground.analysis.graph
        self.budget = 0
        self.taken = ground.consumers
        self.in_order = ground.start.in_order
        self.nodes_of: dict[str, list[int]] = {}
        """The nodes at which the layer at a pointer is applied, its copies and applications again among them."""
        self.owners: dict[str, list[int]] = {}
        for index, node in enumerate(graph.nodes):
            owner = node if node.shares is None else graph.nodes[node.shares]
            self.nodes_of.setdefault(owner.pointer, []).append(index)
            if node.shares is None:
                self.owners.setdefault(node.pointer, []).append(index)
        self.may_hide = True in ground.start.assumed
        self.has_copies = any(len(nodes) > 1 for nodes in self.owners.values())

    def share_out(self, mistakes: int) -> None:
        """Gives one of so many mistakes its part of the budget."""
        self.budget += (LEAST_BUDGET + BUDGET_PER_LAYER * len(self.ground.analysis.readings)) // mistakes + 1

    def spent(self, *, first: bool) -> bool:
        """Whether there is no budget left; the first and least change of a mistake may run into debt."""
        return self.budget <= (-LEAST_BUDGET if first else 0)

    def prove(self, proposal: Proposal, faults: Mapping[int, Fault]) -> Proven | None:
        """The fix, if it cures the faults of these nodes, among which the outputs count as ``OUTPUTS``, and breaks
        nothing that was sound."""
        try:
            revision, training = self.revised(proposal)
        except (UnreadableDocument, ValidationError, LookupError, ValueError):
            return None
        again = Rereading(self.ground.start, revision, self.ground.memory, training)
        read = self.read_again(again, revision, faults)
        if read is None:
            return None
        again.outputs()
        still = OUTPUTS in faults and any(same_kind(faults[OUTPUTS], other) for other in again.index_faults)
        more = len(again.index_faults) - len(self.ground.analysis.output_faults)
        if still or more > (MOST_LAID_OPEN if self.may_hide else 0):
            return None
        proof = self.measured(proposal, revision, read, again)
        return proof._replace(far_fetched=proposal.far_fetched, unsettled=self.unsettled(proof, faults))

    def unsettled(self, proof: Proven, faults: Mapping[int, Fault]) -> bool:
        """Whether one of the layers is refused on other grounds than before."""
        readings = self.ground.analysis.readings
        return any(
            not any(same_kind(known, other) for known in readings[node].outcome.faults)
            for node in faults
            for other in proof.left.get(node, ())
        )

    def read_again(self, again: Rereading, revision: Revision, faults: Mapping[int, Fault]) -> list[int] | None:
        """The nodes that had to be read again; none if the fault is still there, or another is where none was."""
        readings = self.ground.analysis.readings
        read: list[int] = []
        laid_open: set[str] = set()
        waiting = faults.keys() - {OUTPUTS}
        for index, reading in again:
            self.budget -= 1
            read.append(index)
            was = revision.before(index, len(readings))
            known = None if was is None else readings[was]
            if was is not None and was in waiting:
                waiting.remove(was)
                if known is not None and not _cured(faults[was], known, reading):
                    return None
            if reading.outcome.faults and (known is None or not known.outcome.faults):
                # What stood on something refused may well have hidden a mistake of its own.
                laid_open.add(reading.node.pointer)
                if known is None or not known.assumed or len(laid_open) > MOST_LAID_OPEN:
                    return None
        return read if waiting.issubset(revision.gone(len(readings))) else None

    def revised(self, proposal: Proposal) -> tuple[Revision, bool]:
        """The graph with the patch applied, and whether it is trained; raises where it can't be read."""
        ground, graph = self.ground, self.ground.analysis.graph
        self.budget -= PROOF + len(graph.nodes) // 64
        if proposal.graft is not None and self.in_order:
            return self.grafted(proposal.graft), ground.training
        rearranged = self.rearranged(proposal.patch)
        if rearranged is not None:
            return rearranged, ground.training
        self.budget -= len(graph.nodes)
        raw = patched(ground.raw, proposal.patch)
        document = reread_document(ground.document, ground.raw, raw)
        revision, training = revised(document, graph, ground.raw, raw), document.mode == "train"
        if training != ground.training:
            revision = revision._replace(changed=tuple(range(len(revision.graph.nodes))))
        return revision, training

    def rearranged(self, patch: Patch) -> Revision | None:
        """The graph with other arguments at some nodes, if that is all the patch does."""
        graph = self.ground.analysis.graph
        changes: dict[str, list[Operation]] = {}
        for operation in patch:
            pointer, _, key = operation.path.rpartition("/")
            if key in STRUCTURAL or pointer not in self.owners:
                return None
            changes.setdefault(pointer, []).append(operation._replace(path=f"/{key}"))
        layers = all_validated([patched(value_at(self.ground.raw, at), steps) for at, steps in changes.items()])
        nodes, changed, deeper = list(graph.nodes), [], 0
        for pointer, layer in zip(changes, layers, strict=True):
            old = nodes[self.owners[pointer][0]].layer
            deeper += (depth(layer) - depth(old)) * len(self.nodes_of[pointer])
            if deeper > LEAST_BUDGET:
                raise UnreadableDocument([])  # Many layers in one cost as much as they do one by one.
            if layer.type != old.type and (isinstance(layer, Structure) or not (_takes(layer) and _takes(old))):
                return None
            for index in self.nodes_of[pointer]:
                named = self.weights_taken.get(index)
                if named and not named.issubset(weight.name for weight in declared_weights(layer)):
                    return None  # Whoever takes a weight that is no more refers to nothing, as reading it all tells.
                if not self.in_order and any(taker <= index for taker in self.taken.get(index, ())):
                    # Whether it can still be read before the layer whose weight it takes, the order has to say.
                    return None
                nodes[index] = nodes[index]._replace(layer=layer)
                changed.append(index)
        return Revision(graph.with_nodes(tuple(nodes)), tuple(changed), self.taken)

    @cached_property
    def weights_taken(self) -> dict[int, set[str]]:
        """The weights that somebody takes by their names, by the node whose they are."""
        graph = self.ground.analysis.graph
        found: dict[int, set[str]] = {}
        for sources in (*map(sources_of, graph.nodes), *(sources_in(output.wire) for output in graph.outputs)):
            for source in sources:
                if source.path and isinstance(source.path[0], str):
                    found.setdefault(source.node, set()).add(source.path[0])
        return found

    def grafted(self, graft: Graft) -> Revision:
        """The graph with layers put before one input of a layer, in all its copies."""
        graph = self.ground.analysis.graph
        nodes, layers = list(graph.nodes), all_validated(list(graft.layers))
        changed, taken, ranks = [], dict(self.taken), {}
        for index in self.owners[nodes[graft.node].pointer]:
            node = nodes[index]
            wire = node.wires[graft.position]
            if isinstance(wire, Source):
                wire = wire._replace(path=wire.path + graft.path)
            for number, layer in enumerate(layers, 1):
                new = len(nodes)
                nodes.append(Node(node.name, node.pointer, layer, (wire,), (), None))
                ranks[new] = index - 1 + number / (len(layers) + 1)
                changed.append(new)
                wire = Source(new)
                taken[new] = [new + 1]
            if layers:
                taken[len(nodes) - 1] = [index]
            wires = (*node.wires[: graft.position], wire, *node.wires[graft.position + 1 :])
            nodes[index] = node._replace(wires=wires)
            changed.append(index)
            if layers:
                first = len(nodes) - len(layers)
                kept = needed(nodes[index])
                for source in needed(nodes[first]):
                    takers = (taker for taker in taken[source] if taker != index or source in kept)
                    taken[source] = [*takers, first]
        if len(nodes) > MOST_LAYERS:
            raise UnreadableDocument([])
        return Revision(graph.with_nodes(tuple(nodes)), tuple(changed), taken, None, ranks)

    def measured(self, proposal: Proposal, revision: Revision, read: list[int], again: Rereading) -> Proven:
        """The fix with its effect: the totals are those of before, plus what the layers read again differ by."""
        before, count = self.ground.analysis, len(self.ground.analysis.readings)
        old = [before.readings[index] for index in revision.gone(count)]
        old += [before.readings[was] for index in read if (was := revision.before(index, count)) is not None]
        new = [reading for index in read if (reading := again.readings[index]) is not None]
        outputs = len(again.index_faults) - len(before.output_faults)
        remaining = self.ground.fault_count + _fault_count(new) - _fault_count(old) + outputs
        fix = Fix(
            f"{proposal.description}{in_every_copy(self.ground, proposal.patch) if self.has_copies else ''}",
            proposal.patch, remaining == 0,
            changed_by(before.totals.parameters, _parameters(new), _parameters(old)),
            changed_by(before.totals.macs, _macs(new), _macs(old)),
        )  # fmt: skip
        refused = {
            was: reading
            for index, reading in zip(read, new, strict=True)
            if (was := revision.before(index, count)) is not None and before.readings[was].outcome.faults
        }
        left = {was: reading.outcome.faults for was, reading in refused.items()}
        changed = (was for was, reading in refused.items() if before.readings[was].node.layer is not reading.node.layer)
        laid_open = outputs > 0 or _refused(new) > sum(map(bool, left.values()))
        return Proven(fix, remaining, proposal.cause, left, frozenset(changed), laid_open)


def in_every_copy(ground: Ground, patch: Patch) -> str:
    """A sentence on the copies of a repeated layer or block that a patch changes all at once."""
    found = (ground.repeated(operation.path) for operation in patch if not operation.path.endswith("/repeat"))
    copies = dict.fromkeys(copy for copy in found if copy is not None)
    if not copies:
        return ""
    told = [f"{'both' if count == 2 else f'all {count}'} copies of {name}" for name, count in copies]
    return f" This holds for {listed(told, 'and')}."


def _takes(layer: Layer) -> bool:
    """Whether a layer takes inputs, as all but a few do."""
    return not is_sourceless(type(layer))


def _cured(fault: Fault, before: LayerReading, after: LayerReading) -> bool:
    """Whether the fault is gone and has not merely become another one of the same layer."""
    for other in after.outcome.faults:
        if same_kind(fault, other):
            return False
        if not isinstance(fault, UNSEEN) and not any(same_kind(known, other) for known in before.outcome.faults):
            return False
    return True


def _fault_count(readings: list[LayerReading]) -> int:
    return sum(len(reading.outcome.faults) for reading in readings)


def _refused(readings: list[LayerReading]) -> int:
    return sum(bool(reading.outcome.faults) for reading in readings)


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


def changed_by(before: Size, new: Size, old: Size) -> int | None:
    """By how much a total changes; nothing can be said of one that is not known before and after."""
    return new - old if is_known(before) and is_known(new) else None
