"""Images on their way to features: a Flatten that is missing, leaves axes, or merges the samples with the rest."""

from collections.abc import Iterator
from typing import Any, Final, cast

from service.analysis.reading import LayerReading
from service.core.faults import SizeMismatch
from service.core.issues import Operation, Patch
from service.core.sizes import above, differ, is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.geometry import spatial_axes
from service.diagnosis.edits import inserted, inserting, setting
from service.diagnosis.place import NEAR, Place, Proposal, called, owner_of
from service.diagnosis.trails import Step

MERGING: Final = frozenset({"Flatten", "flatten", "view", "reshape"})
VIEWING: Final = frozenset({"view", "reshape"})
SEQUENCE: Final = 3
IMAGES: Final = (SEQUENCE, 4, 5)
"""Axes of a batch of sequences, images or volumes."""


def fits(fault: SizeMismatch) -> bool:
    """Whether the features would be right if all axes behind the first were one."""
    return (
        fault.argument == "in_features" and fault.tensor.rank > 2 and product(fault.tensor.shape[1:]) == fault.expected
    )


def is_missing(place: Place, fault: SizeMismatch) -> bool:
    """Whether an image arrives where features are taken: the last axis is one of those that windows slide along."""
    shape = fault.tensor.shape
    if fault.argument != "in_features" or len(shape) not in IMAGES:
        return False
    if len(shape) > SEQUENCE and shape[2:] == (1,) * len(shape[2:]):
        # Averaged to a single position, all that it has are channels.
        return True
    trail = place.ground.trails.follow(place.wire, fault.axis)
    steps = trail.passed if trail.maker is None else (*trail.passed, trail.maker)
    return any(_slides(step, fault.tensor.rank) for step in steps)


def _slides(step: Step, rank: int) -> bool:
    """Whether windows slide along the axis of a batch of images."""
    # Windows over sizes that are not known yet have no extent, but as many axes.
    windows = len(step.reading.outcome.field or ()) or spatial_axes(step.layer)
    return rank == step.tensor.rank == windows + 2 and step.axis >= 2


def explain(place: Place, fault: SizeMismatch) -> str:
    """That an image arrives, or that the samples are among the features."""
    tensor, layer = fault.tensor, merged(place)
    if fits(fault) or is_missing(place, fault):
        features = product(tensor.shape[1:])
        counted = f"; flattened it has {features} features" if is_known(features) else ""
        return f"{tensor} arrives unflattened{counted}. A Flatten is missing"
    if layer is not None:
        return f"{called(layer)} turns {layer.inputs[0]} into {layer.outcome.output}, the axis of the samples included"
    return ""


def propose(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The axes flattened that should be, and no others, with the features that there are then."""
    layer = merged(place)
    given = layer.inputs[0] if layer is not None else None
    if layer is not None and isinstance(given, Tensor):
        description, change = kept_apart(place, layer)
        yield from _counted(place, fault, description, (change,), given)
    if fault.argument == "in_features" and fault.tensor.rank in IMAGES:
        yield from _whole(place, fault)
    if is_missing(place, fault) and not fits(fault):
        yield from _pooled(place, fault)
        edit = inserting(place, {"type": "Flatten"})
        if edit is not None and not fits(fault):
            yield from _counted(place, fault, f"Put a Flatten before {place.name}", edit.patch, fault.tensor)


def merged(place: Place) -> LayerReading | None:
    """The layer before that merges the samples with what belongs to each, if there is one."""
    if place.ground.types.isdisjoint(MERGING):
        return None
    for reading in place.upstream(NEAR):
        given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
        if not isinstance(given, Tensor) or not isinstance(output, Tensor):
            return None
        if reading.node.layer.type in MERGING:
            several = given.rank > 1 and above(given.shape[0], 1)
            mixed = several and output.rank < 3 and differ(product(output.shape[:1]), given.shape[0])
            return reading if mixed and output.elements == given.elements else None
        if output.shape != given.shape:
            return None
    return None


def kept_apart(place: Place, layer: LayerReading) -> tuple[str, Operation]:
    """What makes a layer leave the axis of the samples alone."""
    pointer, given = owner_of(place.analysis, layer).node.pointer, layer.inputs[0]
    argument, value = "start_dim", cast("Any", 1)
    if layer.node.layer.type in VIEWING and isinstance(given, Tensor):
        argument, value = "shape", [given.shape[0], -1]
    return f"Set {argument} of {called(layer)} to {value}", setting(place.ground, pointer, argument, value)


def _whole(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """A Flatten that leaves axes merges all but the first."""
    for reading in place.upstream(NEAR):
        given, output, layer = reading.inputs[0] if reading.inputs else None, reading.outcome.output, reading.node.layer
        if not isinstance(given, Tensor) or not isinstance(output, Tensor):
            return
        if layer.type in MERGING - VIEWING and given.rank > output.rank > 2:
            pointer = owner_of(place.analysis, reading).node.pointer
            wanted = {"start_dim": 1, "end_dim": -1}
            changed = {name: value for name, value in wanted.items() if getattr(layer, name) != value}
            told = " and ".join(f"{name} of {called(reading)} to {value}" for name, value in changed.items())
            patch = tuple(setting(place.ground, pointer, name, value) for name, value in changed.items())
            yield from _counted(place, fault, f"Set {told}", patch, given)
        if output.shape != given.shape:
            return


def _pooled(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """As many channels as features are declared: each is averaged."""
    channels, axes = fault.tensor.shape[1], fault.tensor.rank - 2
    if channels == fault.expected:
        pool = {"type": f"AdaptiveAvgPool{axes}d", "output_size": 1}
        description = f"Average each of the {channels} channels and flatten before {place.name}."
        yield from inserted(place, description, pool, {"type": "Flatten"})


def _counted(place: Place, fault: SizeMismatch, description: str, patch: Patch, given: Tensor) -> Iterator[Proposal]:
    """A change after which the features of a sample are what ``given`` has, and the layer takes so many."""
    features, argument = product(given.shape[1:]), fault.argument
    if argument is None:
        return
    if not is_known(features) or features == fault.expected:
        yield Proposal(f"{description}.", patch)
    else:
        change = setting(place.ground, place.pointer, argument, features)
        yield Proposal(f"{description}, and set {argument} of {place.name} to {features}.", (change, *patch))
