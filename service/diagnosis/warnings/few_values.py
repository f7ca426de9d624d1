"""A batch normalization in training over two values.

Each of the two is as far from their mean as the other, so that all that is left of them is which one is larger. What a
batch so small does to training: Wu & He, *Group Normalization*, https://arxiv.org/abs/1803.08494, figure 1. (Over a
single value PyTorch refuses.)
"""

from collections.abc import Iterator
from typing import Final

from service.core.sizes import is_known, product
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.families import BATCH_NORMS
from service.diagnosis.warnings.rule import Finding, Rule, replacing
from service.diagnosis.warnings.view import View

TWO: Final = 2


def find(view: View, node: int) -> Finding | None:
    """A batch normalization with few values a channel."""
    shape = view.shape(view.readings[node])
    if not view.ground.training or len(shape) < 2 or not all(map(is_known, shape)):
        return None
    if product((shape[0], *shape[2:])) != TWO:
        return None
    return Finding(
        f"{{layer}} takes mean and variance of every channel over the two values of {list(shape)}, so that nothing "
        "is left of them but which is larger",
        None, _more(view, node, shape[1]), "more than two values", TWO,
    )  # fmt: skip


def _more(view: View, node: int, channels: int) -> Iterator[Proposal]:
    place = view.place(node)
    groups = next((groups for groups in (32, 16, 8, 4, 2) if channels % groups == 0 and groups < channels), None)
    if groups is not None:
        norm = {"type": "GroupNorm", "num_groups": groups, "num_channels": channels}
        yield Proposal(
            f"Make {place.name} a GroupNorm of {groups} groups, which looks at each sample alone.",
            replacing(view, node, norm),
        )


RULE = Rule("few-values", BATCH_NORMS, find, alone=True)
