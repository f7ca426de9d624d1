"""Inputs that a layer misses: the other way of a residual, what an encoder made, where a pool found its values."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.core.faults import WrongInputs
from service.core.issues import Operation
from service.core.tensors import Tensor, is_tuple
from service.diagnosis.cures.producers import fed_as
from service.diagnosis.edits import feeding, inserted, setting, with_inputs
from service.diagnosis.place import NEAR, Place, Proposal, called, owner_of

ALIKE: Final = frozenset({"query", "key", "src", "memory"})
"""Inputs that may well be one and the same tensor."""
MOST_EARLIER: Final = 3
BYPASSED: Final = 2
"""Layers with weights that a residual connection goes around, as a rule."""


def propose(place: Place, fault: WrongInputs, given: list[str], named: list[str]) -> Iterator[Proposal]:
    """The inputs given, and what else may be meant for those that are missing."""
    if "indices" in fault.names:
        yield from with_indices(place)
        return
    if "offsets" in fault.names:
        yield from _in_bags(place)
        return
    missing = max(fault.required, 2) - len(given)
    if missing == 1:
        unused = list(_unused_inputs(place))
        # What a decoder is given in a chain is what it should remember.
        first = [[other, *given] for other in unused] if "memory" in fault.names else []
        for references in (*first, *([*given, other] for other in unused)):
            yield taking(place, [*references, *named])
    if ALIKE.intersection(fault.names):
        yield taking(place, given * max(fault.required, 2) + named)
    if missing == 1:
        for other in islice(dict.fromkeys(_earlier(place)), MOST_EARLIER):
            yield taking(place, [*given, other, *named])


def taking(place: Place, references: list[str]) -> Proposal:
    """Other inputs."""
    return Proposal(f"Let {place.name} take {references}.".replace("'", '"'), with_inputs(place, references))


def _unused_inputs(place: Place) -> Iterator[str]:
    """Inputs of the model that no layer takes, where they have a name."""
    if "." in place.reading.node.name:
        return
    for position, (name, _) in enumerate(place.analysis.graph.inputs):
        if not place.ground.consumers.get(-position - 1):
            yield name


def _earlier(place: Place) -> Iterator[str]:
    """Earlier results by their names: those that nobody takes, then where a residual might begin."""
    prefix = place.reading.node.name.rpartition(".")[0]
    source = place.source
    for node in range(place.node - 1, max(place.node - NEAR, 0) - 1, -1):
        home, _, name = place.analysis.readings[node].node.name.rpartition(".")
        taken = place.ground.consumers.get(node)
        if home == prefix and not taken and (source is None or node != source.node):
            yield name
    yield from _bypassing(place, prefix)


def _bypassing(place: Place, prefix: str) -> Iterator[str]:
    """What has the same shape as what arrives, from before the last layers with weights."""
    arriving, passed, candidates = place.arriving, 0, list[tuple[int, str]]()
    if not isinstance(arriving, Tensor):
        return
    before: LayerReading | None = None
    for reading in place.upstream(NEAR):
        output, (home, _, name) = reading.outcome.output, reading.node.name.rpartition(".")
        if before is not None:
            passed += bool(before.outcome.weights) and not _keeps(before)
            if home != prefix:
                break
            if isinstance(output, Tensor) and output.shape == arriving.shape:
                candidates.append((passed, name))
        before = reading
    start = place.model_input()
    inner = [reading for reading in place.upstream(NEAR) if reading.node.name.rpartition(".")[0] == prefix]
    if inner and inner[-1].inputs and getattr(inner[-1].inputs[0], "shape", None) == arriving.shape:
        weighted = sum(bool(reading.outcome.weights) and not _keeps(reading) for reading in inner)
        candidates.append((weighted, "input" if prefix or start is None else start.name))
    yield from (name for _, name in sorted(candidates, key=lambda found: (abs(found[0] - BYPASSED), -found[0])))


def _keeps(reading: LayerReading) -> bool:
    """Whether it is a normalization, which goes with the layer before."""
    given = reading.inputs[0] if reading.inputs else None
    return "Norm" in reading.node.layer.type and isinstance(given, Tensor)


def with_indices(place: Place) -> Iterator[Proposal]:
    """Where the pool before found its values, which it returns if it is asked to."""
    prefix = place.reading.node.name.rpartition(".")[0]
    for node in place.nodes_before():
        reading = place.analysis.readings[node]
        home, _, name = reading.node.name.rpartition(".")
        if home != prefix or "return_indices" not in type(reading.node.layer).model_fields:
            continue
        references = place.references() or []
        own = references[0] if references else name
        taken = f"{name}[0]" if own.partition("[")[0] == name else own
        patch: list[Operation] = [*with_inputs(place, [taken, f"{name}[1]"])]
        if not is_tuple(reading.outcome.output):
            patch += _taking_values(place, node, name)
            owner = owner_of(place.analysis, reading)
            patch.append(setting(place.ground, owner.node.pointer, "return_indices", value=True))
            asked = f"Set return_indices of {called(owner)} to true, and let {place.name} take"
        else:
            asked = f"Let {place.name} take"
        yield Proposal(f'{asked} ["{taken}", "{name}[1]"].', tuple(patch))
        return


def _taking_values(place: Place, pool: int, name: str) -> Iterator[Operation]:
    """What takes the pool's result goes on to take the values alone."""
    for taker in place.ground.consumers.get(pool, ()):
        for position in range(len(place.analysis.readings[taker].node.wires)):
            other = place.at(taker, position)
            if taker != place.node and other.source is not None and other.source.node == pool:
                edit = feeding(other, f"{name}[0]")
                yield from edit.patch if edit is not None else ()


def _in_bags(place: Place) -> Iterator[Proposal]:
    """One bag of all indices."""
    arriving: Any = place.arriving
    if isinstance(arriving, Tensor) and arriving.rank == 1:
        yield from fed_as(place, arriving, [1, *arriving.shape])
        description = f"Give what arrives at {place.name} an axis for a single bag."
        yield from inserted(place, description, {"type": "unsqueeze", "dim": 0})
