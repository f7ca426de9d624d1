"""Images, or features of several axes, for a layer that takes sequences of features."""

from collections.abc import Iterator

from service.core.faults import WrongRank
from service.core.sizes import is_known, product
from service.diagnosis.edits import inserted
from service.diagnosis.place import Place, Proposal

IMAGE = 4
"""Axes of a batch of images."""


def propose(place: Place, fault: WrongRank) -> Iterator[Proposal]:
    """The features of each step merged, or the columns of an image taken as steps."""
    shape, features = fault.tensor.shape, fault.channels
    if fault.channel_axis != -1 or len(shape) <= max(fault.ranks) or not all(map(is_known, shape)):
        return
    steps = max(fault.ranks) - 1
    if product(shape[steps:]) == features:
        yield from inserted(
            place, f"Merge the axes behind the first {steps} before {place.name}.",
            {"type": "Flatten", "start_dim": steps},
        )  # fmt: skip
    if len(shape) == IMAGE and shape[2] > 1 and product(shape[1:3]) == features:
        yield from inserted(
            place, f"Make a sequence of the columns of the image before {place.name}.",
            {"type": "permute", "dims": [0, 3, 1, 2]}, {"type": "Flatten", "start_dim": 2},
        )  # fmt: skip
