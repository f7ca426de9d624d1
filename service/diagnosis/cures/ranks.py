"""A tensor has more or fewer axes than a layer takes."""

import re
from collections.abc import Iterator
from typing import Final

from service.core.faults import WrongRank
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import fed_as
from service.diagnosis.edits import inserted, removing, retyping
from service.diagnosis.place import NEAR, Place, Proposal, called, origin
from service.layers.catalogue import CATALOGUE

_DIMENSIONAL: Final = re.compile(r"^(\w*?)([123])d$")


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
    return f"{model_input.called} is {model_input.tensor}"


def propose(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    rank, tensor = fault.tensor.rank, fault.tensor
    yield from other_dimensionality(place, rank)
    if rank > min(fault.ranks):
        yield from inserted(place, f"Put a Flatten before {place.name}.", {"type": "Flatten"})
        if rank in (3, 4, 5) and fault.channels == tensor.shape[1]:
            pool = {"type": f"AdaptiveAvgPool{rank - 2}d", "output_size": 1}
            yield from inserted(
                place, f"Average each channel and flatten before {place.name}.", pool, {"type": "Flatten"}
            )
    if rank < max(fault.ranks):
        yield from without_flatten(place)
        yield from _with_image(place, fault)
    if rank + 1 in fault.ranks:
        if fault.channels == 1:
            yield from fed_as(place, tensor, [*tensor.shape[:1], 1, *tensor.shape[1:]])
        yield from fed_as(place, tensor, [1, *tensor.shape])
        axes: dict[int, str] = {1: "its single channel"} if fault.channels == 1 else {}
        for dim, meaning in {**axes, 0: "a batch of one", rank: "a single position"}.items():
            layer = {"type": "unsqueeze", "dim": dim if dim < rank else -1}
            yield from inserted(place, f"Give what arrives at {place.name} an axis for {meaning}.", layer)
    if rank + 2 == max(fault.ranks) and fault.channels is not None and is_known(fault.channels):
        yield from fed_as(place, tensor, [1, fault.channels, *tensor.shape])
    if rank - 1 in fault.ranks:
        for dim in (axis for axis, size in enumerate(tensor.shape) if size == 1):
            yield from inserted(place, f"Drop the axis of size 1 before {place.name}.", {"type": "squeeze", "dim": dim})


def other_dimensionality(place: Place, rank: int) -> Iterator[Proposal]:
    """``BatchNorm1d`` → ``BatchNorm2d``: the class whose axes are those that arrive, batched or not."""
    match = _DIMENSIONAL.match(place.reading.node.layer.type)
    if match is None:
        return
    for axes in (rank - 2, rank - 1):
        other = f"{match[1]}{axes}d"
        if other in CATALOGUE and str(axes) != match[2]:
            yield Proposal(
                f"Make {place.name} {'an' if other[0] in 'AEIOU' else 'a'} {other}.",
                (retyping(place.ground, place.pointer, other),),
            )


def without_flatten(place: Place) -> Iterator[Proposal]:
    """The layer taken away that merged the axes."""
    for node in place.nodes_before():
        reading = place.analysis.readings[node]
        given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
        if not isinstance(given, Tensor) or not isinstance(output, Tensor) or given.rank == output.rank:
            continue
        if given.rank > output.rank and given.elements == output.elements:
            patch = removing(place.ground, reading.node.pointer)
            if patch:
                yield Proposal(f"Take {called(reading)} away.", patch)
        return


def _with_image(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """Features unfolded to the channels that the layer declares, as between the halves of an autoencoder."""
    channels, axes = fault.channels, max(fault.ranks) - 2
    if fault.tensor.rank != 2 or channels is None or axes < 1 or not is_known(channels) or channels < 1:
        return
    features = fault.tensor.shape[1]
    if not is_known(features) or features % channels or not 0 < features < 2**48:
        return
    side: int = round((features // channels) ** (1 / axes))
    shape = [channels] + [side] * axes
    if product(shape) == features:
        layer = {"type": "Unflatten", "dim": 1, "unflattened_size": shape}
        yield from inserted(place, f"Unflatten the {features} features to {shape} before {place.name}.", layer)
