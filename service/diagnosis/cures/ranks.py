"""A tensor has more or fewer axes than a layer takes."""

from collections.abc import Iterator
from typing import Final

from service.analysis.reading import LayerReading
from service.core.faults import WrongRank
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures import classes, per_axis, remaining, sequences
from service.diagnosis.cures.geometry import spatial_axes
from service.diagnosis.cures.producers import fed_as, producing
from service.diagnosis.edits import inserted, removing, setting
from service.diagnosis.place import NEAR, Place, Proposal, called, origin, owner_of

CHANNEL_MISSING: Final = "The axis for the single channel is missing from {input}."


def explain(place: Place, fault: WrongRank) -> str:
    """Which layer gave the tensor its axes."""
    return last_change(place, fault.tensor.rank)


def last_change(place: Place, rank: int) -> str:
    """Which layer gave what arrives its ``rank`` axes."""
    for reading in place.upstream(NEAR):
        given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
        if isinstance(given, Tensor) and isinstance(output, Tensor) and given.rank != output.rank:
            return f"{called(reading)} turns {given} into {output}"
    source, arriving = place.source, place.arriving
    if source is not None and source.node >= 0 and isinstance(arriving, Tensor):
        return f"{origin(place)} returns {arriving}"
    model_input = place.model_input()
    if model_input is None or model_input.tensor.rank != rank:
        return ""
    return model_input.stated


def propose(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    rank = fault.tensor.rank
    yield from classes.for_rank(place, rank)
    yield from per_axis.propose(place, rank)
    yield from remaining.samples_kept(place) if rank < max(fault.ranks) else ()
    yield from sequences.propose(place, fault)
    if rank > min(fault.ranks):
        yield from _flattened(place, fault)
    if rank < max(fault.ranks):
        yield from without_flatten(place)
        images = list(_with_image(place, fault))
        yield from images
        yield from _with_one_more(place, fault) if rank + 1 in fault.ranks else ()
        yield from _with_two_more(place, fault) if rank + 2 in fault.ranks and not images else ()
    if rank - 1 in fault.ranks:
        # The first axis is the batch before it is superfluous.
        first = 1 if spatial_axes(place.reading.node.layer) and fault.channels is None else 0
        for dim in (axis for axis in reversed(range(first, rank)) if fault.tensor.shape[axis] == 1):
            shape = fault.tensor.shape
            yield from fed_as(place, fault.tensor, [*shape[:dim], *shape[dim + 1 :]])
            layer = {"type": "squeeze", "dim": dim}
            yield from inserted(place, f"Drop axis {dim}, of size 1, before {place.name}.", layer)


def _flattened(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """Axes merged, or averaged over where the channels behind the batch axis are those that the layer declares."""
    rank = fault.tensor.rank
    if rank > 3 == max(fault.ranks) and fault.channels == fault.tensor.shape[1] and fault.channel_axis == -1:
        yield from inserted(
            place, f"Make a sequence of the positions of the image before {place.name}.",
            {"type": "Flatten", "start_dim": 2}, {"type": "permute", "dims": [0, 2, 1]},
        )  # fmt: skip
    if fault.channels is not None or not spatial_axes(place.reading.node.layer):
        yield from inserted(place, f"Put a Flatten before {place.name}.", {"type": "Flatten"})
    if rank in (3, 4, 5) and fault.channels == fault.tensor.shape[1]:
        pool = {"type": f"AdaptiveAvgPool{rank - 2}d", "output_size": 1}
        yield from inserted(place, f"Average each channel and flatten before {place.name}.", pool, {"type": "Flatten"})


def _with_one_more(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """An axis for the channel, the batch, or the positions, whichever may be missing."""
    shape, channels = fault.tensor.shape, fault.channels
    if channels == 1:
        yield from fed_as(place, fault.tensor, [*shape[:1], 1, *shape[1:]], CHANNEL_MISSING)
    axes: dict[int, str] = {1: "its single channel"} if channels == 1 else {}
    axes[0] = "a batch of one"
    if len(shape) == 2 and channels == shape[1]:
        axes[2] = "a single position"
    for dim, meaning in axes.items():
        layer = {"type": "unsqueeze", "dim": dim if dim < len(shape) else -1}
        yield from inserted(place, f"Give what arrives at {place.name} an axis for {meaning}.", layer)


def _with_two_more(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """A single sample without its channels."""
    if fault.channels is not None and is_known(fault.channels):
        shape = [1, fault.channels, *fault.tensor.shape]
        cause = f"The axes for batch and channels are missing from {{input}}; a single sample is fed as {shape}."
        yield from fed_as(place, fault.tensor, shape, cause)


def without_flatten(place: Place) -> Iterator[Proposal]:
    """The layer taken away that merged the axes."""
    for node in place.nodes_before():
        reading = place.analysis.readings[node]
        given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
        if not isinstance(given, Tensor) or not isinstance(output, Tensor) or given.rank == output.rank:
            continue
        if given.rank > output.rank and given.elements == output.elements:
            yield from _flattening_less(place, reading, given.rank)
            patch = removing(place.ground, reading.node.pointer)
            if patch:
                yield Proposal(f"Take {called(reading)} away.", patch)
        return


def _flattening_less(place: Place, reading: LayerReading, rank: int) -> Iterator[Proposal]:
    """A Flatten that leaves one more axis, as where the positions of an image become a sequence."""
    start = getattr(reading.node.layer, "start_dim", rank) + 1
    if 0 < start < rank - 1:
        change = setting(place.ground, owner_of(place.analysis, reading).node.pointer, "start_dim", start)
        yield Proposal(f"Set start_dim of {called(reading)} to {start}.", (change,))


def _with_image(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """Features unfolded to the channels that the layer declares, as between the halves of an autoencoder."""
    channels, axes = fault.channels, max(fault.ranks) - 2
    if fault.tensor.rank != 2 or channels is None or axes < 1 or not is_known(channels) or channels < 1:
        return
    features = fault.tensor.shape[1]
    if not is_known(features) or not 0 < features < 2**48:
        return
    side: int = max(round((features / channels) ** (1 / axes)), 1)
    shape = [channels] + [side] * axes
    wanted = product(shape)
    layer = {"type": "Unflatten", "dim": 1, "unflattened_size": shape}
    for edit in inserted(place, f"Unflatten the {wanted} features to {shape} before {place.name}.", layer):
        if wanted == features:
            yield edit
            return
        for proposal in producing(place, wanted, 1):
            told = f"{proposal.description.removesuffix('.')}, and unflatten them to {shape} before {place.name}."
            yield Proposal(told, (*proposal.patch, *edit.patch))
