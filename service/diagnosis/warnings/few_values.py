"""A batch normalization in training over a handful of values.

Mean and variance of so few are mostly noise, and so are the gradients through them: Wu & He, *Group Normalization*,
https://arxiv.org/abs/1803.08494, figure 1. (Over a single value PyTorch refuses.)
"""

from collections.abc import Iterator
from typing import Any, Final

from service.core.sizes import is_known, product
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.dropout_before_norm import NORMS
from service.diagnosis.warnings.rule import Finding, Rule, replacing
from service.diagnosis.warnings.view import View

FEWEST: Final = 8


def find(view: View, node: int) -> Finding | None:
    """A batch normalization with few values a channel."""
    shape = view.shape(view.readings[node])
    if not view.ground.training or len(shape) < 2 or not all(map(is_known, shape)):
        return None
    values = product((shape[0], *shape[2:]))
    if not 1 < values < FEWEST:
        return None
    return Finding(
        f"{{layer}} takes mean and variance of every channel over {values} values only, those of {list(shape)}",
        None, _more(view, node), f"at least {FEWEST}", values,
    )  # fmt: skip


def _more(view: View, node: int) -> Iterator[Proposal]:
    place = view.place(node)
    layer: Any = place.reading.node.layer
    channels = layer.num_features
    groups = next((groups for groups in (32, 16, 8, 4, 2) if is_known(channels) and channels % groups == 0), None)
    if groups is not None and channels // groups > 1:
        norm = {"type": "GroupNorm", "num_groups": groups, "num_channels": channels}
        yield Proposal(
            f"Make {place.name} a GroupNorm of {groups} groups, which looks at each sample alone.",
            replacing(view, node, norm),
        )


RULE = Rule("few-values", NORMS, find)
