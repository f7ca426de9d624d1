"""More inputs than a layer takes, or a state of another kind than it starts from."""

import re
from collections.abc import Iterator
from typing import Any, Final

from service.core.faults import WrongInputs
from service.core.tensors import Tensor
from service.diagnosis.cures.coupled import TAKING
from service.diagnosis.cures.supplied import taking
from service.diagnosis.edits import RawLayer, feeding, merging, retyping
from service.diagnosis.place import Place, Proposal, called, owner_of

FEATURES: Final = ("in_features", "input_size")
"""Arguments that say how many features the last axis has."""
_PART: Final = re.compile(r"^(.*)\[-?\d+\]$")


def joined(place: Place, references: list[str]) -> Iterator[Proposal]:
    """All of them as one tensor: side by side, or added up."""
    inputs = place.reading.inputs
    tensors = [value for value in inputs if isinstance(value, Tensor)]
    if len(tensors) < len(inputs) or len(tensors) != len(references) or not tensors[0].rank:
        return
    layer = place.reading.node.layer
    dim = tensors[0].rank - 1 if any(hasattr(layer, name) for name in FEATURES) else min(1, tensors[0].rank - 1)
    side_by_side: tuple[str, RawLayer] = (f"Join them along axis {dim}", {"type": "cat", "dim": dim})
    summed: tuple[str, RawLayer] = ("Add them up", {"type": "add"})
    # Whether they have to be joined is told by the size that a layer declares.
    ways = (side_by_side, summed) if any(hasattr(layer, name) for name in TAKING) else (summed, side_by_side)
    for how, joint in ways if len(tensors) == 2 else (side_by_side,):
        patch = merging(place, {**joint, "inputs": references})
        yield Proposal(f"{how} before {place.name}.", patch)


def kept(place: Place, names: tuple[str, ...], references: list[str]) -> Iterator[Proposal]:
    """As many as the layer takes, from the first and from the last."""
    count = len(names)
    for some in dict.fromkeys((tuple(references[:count]), tuple(references[-count:] if count else ()))):
        yield taking(place, [*some])


def other_state(place: Place, fault: WrongInputs) -> Iterator[Proposal]:
    """The whole state of an LSTM for a part of it, or for that of a GRU; or none at all."""
    found, source = place.reference(), place.source
    match = _PART.match(found[1]) if found is not None else None
    if match is not None:
        edit = feeding(place, match[1])
        if edit is not None:
            yield Proposal(f"Take {match[1]} as the state of {place.name}.", *edit)
    if source is not None and source.node >= 0:
        owner: Any = owner_of(place.analysis, place.analysis.readings[source.node])
        if owner.node.layer.type in ("GRU", "RNN"):
            yield Proposal(f"Make {called(owner)} an LSTM, too.", (retyping(place.ground, owner.node.pointer, "LSTM"),))
    references = place.references()
    if references is not None and len(references) == len(fault.names):
        yield taking(place, references[:1])
