"""Axes moved for one layer only, and moved back behind it; or the normalization that takes them as they are.

Sequences of features, as in transformers, are normalized by LayerNorm: Ba et al., *Layer Normalization*,
https://arxiv.org/abs/1607.06450. For images, over all channels, GroupNorm with one group is its equivalent: Wu & He,
*Group Normalization*, https://arxiv.org/abs/1803.08494.
"""

from collections.abc import Iterator
from typing import Final

from service.core.faults import SizeMismatch
from service.diagnosis.edits import remade, surrounded
from service.diagnosis.place import Place, Proposal
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
        yield remade(place, "LayerNorm", normalized_shape=size)
    elif kind == "LayerNorm" and isinstance(size, int):
        yield remade(place, "GroupNorm", num_groups=1, num_channels=size)
