"""Proof that a fix relieves a document of a warning: the patch applied, what it reaches analysed again, and the rules
asked again wherever it may have changed their minds."""

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Final, TypeAlias

from pydantic import ValidationError

from service.analysis.revision import Consumers, Rereading, Revision, needed
from service.architecture.graph import Graph
from service.architecture.problems import UnreadableDocument
from service.core.issues import Fix
from service.diagnosis.ground import Ground
from service.diagnosis.place import Proposal
from service.diagnosis.proof import Prover
from service.diagnosis.suspecting import Concerns, Suspicion, suspicions
from service.diagnosis.warnings.view import REACH, View

MOST_FIXES: Final = 3
"""Fixes offered a warning."""

LEAST_BUDGET: Final = 1_000
BUDGET_PER_LAYER: Final = 6
"""Layers read or asked again for the proofs of one document: so many times one without warnings, and no more."""

SMALL: Final = 64
"""A model of so few layers is asked about as a whole."""

Complaint: TypeAlias = tuple[str, str]
"""The code of a warning, and where it stands."""


class Reliever:
    """Proves that fixes leave fewer warnings than there were, none that is new, and no more errors."""

    def __init__(self, ground: Ground, found: list[Suspicion], concerns: Concerns) -> None:
        self.ground, self.found, self.concerns = ground, found, concerns

    @cached_property
    def prover(self) -> Prover:
        """What applies patches to the graph."""
        prover = Prover(self.ground)
        prover.budget = LEAST_BUDGET + BUDGET_PER_LAYER * len(self.ground.analysis.readings)
        return prover

    @cached_property
    def at_node(self) -> dict[int, list[Complaint]]:
        """The warnings of before by the node that was asked."""
        found: dict[int, list[Complaint]] = {}
        for suspicion in self.found:
            known = complaint_of(suspicion.rule.code, suspicion.node, self.ground.analysis.graph)
            found.setdefault(suspicion.asked, []).append(known)
        return found

    @cached_property
    def of_inputs(self) -> list[int]:
        """Model inputs that a warning of before is about."""
        return [node for node in self.at_node if node < 0]

    @cached_property
    def counts(self) -> Counter[Complaint]:
        """How many nodes raise each warning."""
        return Counter(place for places in self.at_node.values() for place in places)

    def proven(self, proposals: Iterator[Proposal], complaints: list[Complaint]) -> tuple[Fix, ...]:
        """The proposals that relieve the document of all these warnings."""
        fixes: list[Fix] = []
        for proposal in proposals:
            if len(fixes) == MOST_FIXES or self.prover.budget <= 0:
                break
            fix = self.prove(proposal, complaints)
            if fix is not None:
                fixes.append(fix)
        return tuple(fixes)

    def prove(self, proposal: Proposal, complaints: list[Complaint]) -> Fix | None:
        """The fix, if with it the document can be read, and is the better for it."""
        ground, prover = self.ground, self.prover
        try:
            revision, training = prover.revised(proposal)
        except (UnreadableDocument, ValidationError, LookupError, ValueError):
            return None
        again = Rereading(ground.start, revision, ground.memory, training)
        read = [index for index, _ in again]
        prover.budget -= len(read)
        again.outputs()
        proof = prover.measured(proposal, revision, read, again)
        if proof.remaining > ground.fault_count:
            return None
        # Rules look at nothing but the graph and the readings.
        analysis = ground.analysis.of(revision.graph, again.complete())
        after = View(Ground(ground.body, ground.document, analysis, ground.memory), revision.taken)
        return proof.fix if self.relieves(after, revision, read, complaints) else None

    def relieves(self, after: View, revision: Revision, read: list[int], complaints: list[Complaint]) -> bool:
        """Whether the warnings are gone and none has come."""
        before = self.ground.analysis
        count = len(before.readings)
        gone = revision.gone(count)
        reached = _around(revision.graph, revision.taken, {*read, *_left(before.graph, revision, gone)})
        self.prover.budget -= len(reached)
        change: dict[Complaint, int] = {}
        for old in (*(revision.before(node, count) for node in reached), *gone, *self.of_inputs):
            for complaint in () if old is None else self.at_node.get(old, ()):
                change[complaint] = change.get(complaint, 0) - 1
        for suspicion in suspicions(after, self.concerns, sorted(reached)):
            known = self.known(suspicion, revision)
            if known is None or known not in self.counts:
                return False
            change[known] = change.get(known, 0) + 1
        return all(self.counts[complaint] + change.get(complaint, 0) == 0 for complaint in complaints)

    def known(self, suspicion: Suspicion, revision: Revision) -> Complaint | None:
        """The complaint of before that a suspicion of now is; none if it is about a layer that was not there."""
        code, node, graph = suspicion.rule.code, suspicion.node, self.ground.analysis.graph
        if node < 0:
            return complaint_of(code, node, revision.graph)
        was = revision.before(node, len(graph.nodes))
        return None if was is None else complaint_of(code, was, graph)


def complaint_of(code: str, node: int, graph: Graph) -> Complaint:
    """What makes several findings one warning: the rule, and the place in the document that it is about."""
    return code, graph.inputs[-node - 1][0] if node < 0 else graph.nodes[node].pointer


def _left(before: Graph, revision: Revision, gone: Collection[int]) -> Iterator[int]:
    """The nodes of now whose results something took that is gone or takes something else."""
    count = len(before.nodes)
    now = revision.now()
    rewired = (
        old
        for node in revision.changed
        if (old := revision.before(node, count)) is not None
        and revision.graph.nodes[node].wires is not before.nodes[old].wires
    )
    for old in (*gone, *rewired):
        for source in needed(before.nodes[old]):
            left = source if now is None else now.get(source)
            if left is not None and left >= 0:
                yield left


def _around(graph: Graph, taken: Consumers, nodes: set[int]) -> set[int]:
    """The nodes, and all that a rule may look at them from, up and down the graph."""
    if len(graph.nodes) <= SMALL:
        return set(range(len(graph.nodes)))
    found, edge = set(nodes), nodes
    for _ in range(2 * REACH):
        edge = {
            other
            for node in edge
            for others in (needed(graph.nodes[node]), taken.get(node, ()))
            for other in others
            if other >= 0
        } - found
        found |= edge
    return found
