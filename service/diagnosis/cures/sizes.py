"""An argument declares a size, and another arrives: ``in_features``, ``in_channels``, ``num_features``, …"""

from collections.abc import Iterator
from typing import Any, Final

from service.core.faults import SizeMismatch, listed, many
from service.core.sizes import UNKNOWN, Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures import classes, exchanged, moved, ranks, remaining, unflattened
from service.diagnosis.cures.coupled import Coupling, proposed
from service.diagnosis.cures.geometry import flattening, input_sizes, is_single, pooling_adaptively, spatial_axes
from service.diagnosis.cures.padding import keeping_padding
from service.diagnosis.cures.producers import fed_as, feeding_size, producing
from service.diagnosis.edits import inserted, setting
from service.diagnosis.place import Place, Proposal, called, owner_of
from service.diagnosis.provenance import provenance
from service.diagnosis.trails import Trail, merged, produced_by
from service.layers.doubts import IN_AND_OUT

PERMUTING: Final = frozenset({"permute", "transpose", "movedim", "moveaxis", "swapaxes", "swapdims"})
FEW: Final = 2
"""Layers that are changed together before one elsewhere is."""


def explain(place: Place, fault: SizeMismatch) -> str:
    """Where the arriving size comes from."""
    reason = "" if _is_sequence(place, fault) else unflattened.explain(place, fault)
    if reason:
        return reason
    if channels_last(place, fault):
        wanted = "PyTorch wants them in axis 1" if fault.axis else "PyTorch wants them in front of height and width"
        return f"{fault.tensor} has its {many(fault.expected, 'channels')} in the last axis; {wanted}"
    if features_first(place, fault):
        return (
            f"{fault.tensor} has {fault.expected} in axis 1, but the layer looks at the last axis, "
            f"which has {fault.received}"
        )
    if other_dimensionality(fault):
        axes = fault.tensor.rank - 2
        return (
            f"with {fault.tensor.rank} axes {fault.tensor} is taken for a single sample of {axes + 1} spatial axes; "
            f"for a batch with {axes} there is the class that ends in {axes}d"
        )
    return provenance(place, fault.axis, fault.expected)


def channels_last(place: Place, fault: SizeMismatch) -> bool:
    """The channels stand in the last axis, as in images read from files or in sequences of vectors."""
    shape, single = fault.tensor.shape, fault.axis == 0 and spatial_axes(place.reading.node.layer) > 1
    if len(shape) not in (3, 4, 5) or not (fault.axis == 1 or single):
        return False
    if shape[-1] != fault.expected or shape[-2] == shape[-1]:
        return False
    for reading in place.upstream():
        if reading.node.layer.type in PERMUTING:
            # Moved there for a layer that wants them so, and not moved back.
            return True
        if hasattr(reading.node.layer, "out_channels"):
            return False
    return True


def frames_first(fault: SizeMismatch) -> bool:
    """The channels stand behind the frames of a video."""
    shape = fault.tensor.shape
    return len(shape) == 5 and fault.argument == "in_channels" and fault.axis == 1 and shape[2] == fault.expected


def features_first(place: Place, fault: SizeMismatch) -> bool:
    """The features stand in axis 1, as a convolution leaves them, and in the last axis stands something else."""
    shape = fault.tensor.shape
    if len(shape) not in (3, 4, 5) or fault.axis != len(shape) - 1 or shape[1] != fault.expected:
        return False
    maker = place.ground.trails.follow(place.wire, fault.axis).maker
    return maker is None or produced_by(maker) is None


def _is_sequence(place: Place, fault: SizeMismatch) -> bool:
    """Whether it is the features of a sequence that stand in axis 1."""
    return fault.tensor.rank == 3 and features_first(place, fault)


def other_dimensionality(fault: SizeMismatch) -> bool:
    """A batch of images came where a single volume would have as many axes."""
    shape = fault.tensor.shape
    return fault.argument == "in_channels" and fault.axis == 0 and len(shape) > 2 and shape[1] == fault.expected


def channel_axis_missing(fault: SizeMismatch) -> bool:
    """A batch of images with one channel came without the axis for it, and was taken for a single image."""
    shape = fault.tensor.shape
    return fault.argument == "in_channels" and fault.expected == 1 and fault.axis == 0 and len(shape) > 1


def propose(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    trail = place.ground.trails.follow(place.wire, fault.axis)
    wanted = None if isinstance(fault.expected, list) else fault.expected * fault.step
    yield from exchanged.inputs(place, fault)
    if _is_sequence(place, fault):
        yield from _rearranged(place, fault)
    yield from unflattened.propose(place, fault)
    yield from _rearranged(place, fault)
    maker = trail.maker
    if maker is not None and maker.given is not None and is_single([maker.reading]):
        # A batch that a layer before took for one sample with an axis more.
        batch = maker.given.rank > 2 and maker.given.shape[1] == wanted
        yield from classes.for_rank(place.at(maker.node), maker.given.rank) if batch else ()
    if wanted is not None:
        yield from remaining.reduced_otherwise(place, trail, wanted)
        yield from remaining.joined_otherwise(place, trail, wanted)
    declarable = known(fault.received) and not unflattened.fits(fault)
    throughout = list(_throughout(place, fault)) if declarable else []
    projected = exchanged.other_features(place, fault) if declarable else iter(())
    if declarable:
        yield from exchanged.arguments(place, fault)
        yield from _trailing(place, fault)
        yield from _declared(place, fault)
        yield from (proposal for proposal in throughout if len(proposal.patch) <= FEW)
    # What a layer makes so large is more easily made otherwise, what the model is fed is as it is.
    yield from projected if maker is None else ()
    if wanted is not None:
        yield from _made_otherwise(place, fault, trail, wanted)
    yield from (proposal for proposal in throughout if len(proposal.patch) > FEW)
    yield from projected
    yield from exchanged.weights(place, fault)


def _made_otherwise(place: Place, fault: SizeMismatch, trail: Trail, wanted: Size) -> Iterator[Proposal]:
    """What comes before changed so that the declared size arrives."""
    flat = flattening(place) if trail.maker is not None and merged(trail.maker) is not None else None
    if flat is not None:
        yield from pooling_adaptively(flat, fault.expected)
        yield from keeping_padding(place)
        yield from input_sizes(flat, fault.expected)
        yield from remaining.without_merging(flat, fault.expected)
    if not unflattened.fits(fault):
        yield from producing(place, wanted, fault.axis)
    if not _is_rearranged(place, fault) and not unflattened.fits(fault):
        yield from feeding_size(place, fault.axis, wanted)


def _is_rearranged(place: Place, fault: SizeMismatch) -> bool:
    """Whether the size declared is there, on another axis than the layer looks at."""
    moved = channels_last(place, fault) or features_first(place, fault)
    return moved or channel_axis_missing(fault) or other_dimensionality(fault)


def _rearranged(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The same elements with other axes."""
    if unflattened.fits(fault):
        yield from inserted(place, f"Put a Flatten before {place.name}.", {"type": "Flatten"})
    if channel_axis_missing(fault):
        yield from _with_channel_axis(place, fault)
    if other_dimensionality(fault):
        yield from classes.for_rank(place, fault.tensor.rank)
    if channels_last(place, fault):
        order = channels_first_order(fault.tensor.rank, fault.axis)
        if fault.axis == 0:
            shape = [1, *(fault.tensor.shape[dim] for dim in order)]
            cause = f"The batch axis is missing from {{input}}, too; a single sample is fed as {shape}."
            yield from fed_as(place, fault.tensor, shape, cause)
        yield from _moved(place, fault, order, f"Move the channels to axis {fault.axis}")
    if frames_first(fault):
        order = [0, 2, 1, *range(3, fault.tensor.rank)]
        yield from _moved(place, fault, order, "Move the channels to axis 1")
    if features_first(place, fault):
        order = [0, *range(2, fault.tensor.rank), 1]
        yield from _moved(place, fault, order, "Move axis 1 to the end")


def _trailing(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """Of several sizes declared those that do arrive, where the batch is among the others."""
    if isinstance(fault.received, list) and len(fault.received) == fault.tensor.rank > 1:
        sizes = fault.received[1:]
        value = sizes[0] if len(sizes) == 1 else sizes
        change = setting(place.ground, place.pointer, fault.argument or "", value)
        yield Proposal(f"Set {fault.argument} of {place.name} to {value}.", (change,))


def _throughout(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The arriving size declared also by all layers behind that take what this one hands on."""
    if fault.argument in IN_AND_OUT and isinstance(fault.expected, int) and fault.expected and known(fault.received):
        coupling = Coupling(place, fault.expected, fault.received)
        coupling.change(place.node, fault.argument, fault.received)
        if len(coupling.beside().behind().changes) > 1:
            yield from proposed(coupling.changes)


def _declared(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The arriving size declared, by every layer that is refused for it."""
    if fault.argument in ("embed_dim", "kdim", "vdim") and fault.input:
        yield from _keys_and_values(place)
    argument = fault.argument or ""
    by_pointer: dict[str, str] = {}
    for node in place.copies:
        owner = owner_of(place.analysis, place.analysis.readings[node])
        if hasattr(place.layer_of(node), argument):
            # Of the copies of a layer the first gives its name.
            by_pointer.setdefault(place.pointer_of(node), called(owner))
    if by_pointer:
        yield Proposal(
            f"Set {argument} of {listed(list(by_pointer.values()), 'and')} to {fault.received}.",
            tuple(setting(place.ground, pointer, argument, fault.received) for pointer in by_pointer),
        )


def _keys_and_values(place: Place) -> Iterator[Proposal]:
    """The features of what is attended to declared apart from those of what attends."""
    sizes = [value.shape[-1] for value in place.reading.inputs[1:3] if isinstance(value, Tensor)]
    if len(sizes) == 2 and all(map(is_known, sizes)):
        changes = [setting(place.ground, place.pointer, *named) for named in zip(("kdim", "vdim"), sizes, strict=True)]
        shown = str(sizes[0]) if sizes[0] == sizes[1] else listed(sizes, "and")
        yield Proposal(f"Set kdim and vdim of {place.name} to {shown}.", tuple(changes))


def channels_first_order(rank: int, axis: int = 1) -> list[int]:
    """The axes of a tensor with channels last, the channels in ``axis``, which is 0 without a batch."""
    return [*range(axis), rank - 1, *range(axis, rank - 1)]


def known(size: Any) -> bool:
    """Whether a size, or each of a list of them, is known."""
    return all(map(is_known, size)) if isinstance(size, list) else size is not UNKNOWN


def _moved(place: Place, fault: SizeMismatch, order: list[int], how: str) -> Iterator[Proposal]:
    description = f"{how} before {place.name}: permute {order}."
    if moved.keeps_axes(fault):
        yield from moved.around(place, order)
        yield from moved.other_norm(place, fault)
    yield from inserted(place, description, {"type": "permute", "dims": order})
    if not moved.keeps_axes(fault):
        yield from (proposal._replace(far_fetched=True) for proposal in moved.around(place, order))
    yield from fed_as(place, fault.tensor, [fault.tensor.shape[dim] for dim in order])


def _with_channel_axis(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    shape = fault.tensor.shape
    yield from fed_as(place, fault.tensor, [shape[0], 1, *shape[1:]], ranks.CHANNEL_MISSING)
    description = f"Give what arrives an axis for its single channel before {place.name}."
    yield from inserted(place, description, {"type": "unsqueeze", "dim": 1})
