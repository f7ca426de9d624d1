"""What a layer before might have left of a tensor instead: the features of each position, or another axis."""

from collections.abc import Iterator
from typing import Any

from service.core.issues import Operation
from service.core.sizes import Size
from service.core.tensors import Tensor
from service.diagnosis.cures.bending import JOINING
from service.diagnosis.cures.geometry import Flattening
from service.diagnosis.edits import removing, setting
from service.diagnosis.place import NEAR, Place, Proposal, called, owner_of
from service.diagnosis.trails import Trail


def without_merging(flat: Flattening, features: Size) -> Iterator[Proposal]:
    """The features of each position kept apart from the positions, where they are what is declared."""
    given, pointer = flat.given, flat.place.pointer
    if given.rank != 3 or given.shape[-1] != features:
        return
    kept = {key: value for key, value in flat.place.given.items() if key in ("name", "inputs")}
    averaging = Operation("replace", pointer, {"type": "mean", **kept, "dim": 1})
    yield Proposal(f"Make {flat.place.name} a mean over axis 1.", (averaging,))
    patch = removing(flat.place.ground, pointer)
    if patch:
        yield Proposal(f"Take {flat.place.name} away.", patch)


def samples_kept(place: Place) -> Iterator[Proposal]:
    """A squeeze that leaves the axis of the samples alone, also where there is one sample."""
    for reading in place.upstream(NEAR):
        given = reading.inputs[0] if reading.inputs else None
        if reading.node.layer.type == "squeeze" and isinstance(given, Tensor) and given.shape[:1] == (1,):
            owner = owner_of(place.analysis, reading)
            dims = [axis for axis, size in enumerate(given.shape) if size == 1 and axis > 0]
            value = dims[0] if len(dims) == 1 else dims
            change = setting(place.ground, owner.node.pointer, "dim", value)
            yield Proposal(f"Set dim of {called(owner)} to {value}.", (change,))
            return


def joined_otherwise(place: Place, trail: Trail, wanted: Size) -> Iterator[Proposal]:
    """Tensors joined along the axis that is to hold them all."""
    for step in trail.passed:
        tensors = [value for value in step.reading.inputs if isinstance(value, Tensor) and value.rank > step.axis]
        if step.layer.type in JOINING and sum(value.shape[step.axis] for value in tensors) == wanted:
            owner = owner_of(place.analysis, step.reading)
            change = setting(place.ground, owner.node.pointer, "dim", step.axis)
            yield Proposal(f"Set dim of {called(owner)} to {step.axis}.", (change,))
            return


def reduced_otherwise(place: Place, trail: Trail, wanted: Size) -> Iterator[Proposal]:
    """Other axes reduced by the layer that left this one, so that the one that is declared is left."""
    for step in trail.passed:
        given, dim = step.given, getattr(step.layer, "dim", None)
        if given is None or given.rank <= step.tensor.rank:
            continue
        if dim is None or wanted not in given.shape[1:]:
            return
        kept = given.shape.index(wanted, 1)
        dims = [axis for axis in range(1, given.rank) if axis != kept]
        if len(dims) == given.rank - step.tensor.rank:
            owner = owner_of(place.analysis, step.reading)
            value: Any = dims if isinstance(dim, tuple) else dims[0]
            change = setting(place.ground, owner.node.pointer, "dim", value)
            yield Proposal(f"Set dim of {called(owner)} to {value}.", (change,))
        return
