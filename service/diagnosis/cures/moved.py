"""Axes moved for one layer only, and moved back behind it; or the normalization that takes them as they are.

Sequences of features, as in transformers, are normalized by LayerNorm: Ba et al., *Layer Normalization*,
https://arxiv.org/abs/1607.06450. For images, over all channels, GroupNorm with one group is its equivalent: Wu & He,
*Group Normalization*, https://arxiv.org/abs/1803.08494.
"""

from collections.abc import Iterator
from typing import Any, Final

from service.core.faults import SizeMismatch
from service.core.issues import Operation
from service.diagnosis.edits import retyping, setting, surrounded
from service.diagnosis.place import Place, Proposal
from service.layers.base import COMMON_KEYS
from service.layers.catalogue import CATALOGUE
from service.layers.doubts import IN_AND_OUT

SEQUENTIAL: Final = frozenset({"embed_dim", "d_model"})
"""Arguments of layers behind which sequences are expected as these take them."""


def keeps_axes(fault: SizeMismatch) -> bool:
    """Whether the layer does something to every element, so that those behind it count on the axes as they are."""
    return fault.argument in IN_AND_OUT - SEQUENTIAL and isinstance(fault.expected, int)


def around(place: Place, order: list[int]) -> Iterator[Proposal]:
    """The axes permuted before a layer, and back behind it."""
    back = [order.index(axis) for axis in range(len(order))]
    yield from surrounded(
        place, f"Permute what {place.name} takes by {order}, and what it returns back by {back}.",
        {"type": "permute", "dims": order}, {"type": "permute", "dims": back},
    )  # fmt: skip


def other_norm(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """LayerNorm for a BatchNorm1d of sequences of features, GroupNorm for a LayerNorm of the channels of images."""
    kind, size = place.reading.node.layer.type, fault.expected
    if kind == "BatchNorm1d":
        yield _remade(place, "LayerNorm", normalized_shape=size)
    elif kind == "LayerNorm" and isinstance(size, int):
        yield _remade(place, "GroupNorm", num_groups=1, num_channels=size)


def _remade(place: Place, kind: str, **arguments: Any) -> Proposal:
    """Another class, with such arguments as it has in common with the layer's own."""
    kept = CATALOGUE[kind].model_fields.keys() | COMMON_KEYS
    gone = (Operation("remove", f"{place.pointer}/{argument}") for argument in place.given if argument not in kept)
    made = (setting(place.ground, place.pointer, argument, value) for argument, value in arguments.items())
    told = " and ".join(f"{argument} = {value}" for argument, value in arguments.items())
    article = "an" if kind[0] in "AEIOU" else "a"
    return Proposal(
        f"Make {place.name} {article} {kind} with {told}.", (retyping(place.ground, place.pointer, kind), *gone, *made)
    )
