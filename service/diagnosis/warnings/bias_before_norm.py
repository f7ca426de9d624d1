"""A bias straight before a batch or instance normalization does nothing.

The normalization subtracts the mean of every channel, and with it whatever constant was added to the channel; its own
shift takes the bias's place. Ioffe & Szegedy, *Batch Normalization*, https://arxiv.org/abs/1502.03167, section 3.2.
"""

from typing import Final

from service.diagnosis.place import called
from service.diagnosis.warnings.families import BATCH_NORMS, BIASED, FLAT, INSTANCE_NORMS, LINEAR
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

NORMS: Final = BATCH_NORMS | INSTANCE_NORMS


def find(view: View, node: int) -> Finding | None:
    """A layer with a bias whose only taker is a normalization."""
    takers = view.consumers.get(node, ())
    if len(takers) != 1 or node in view.returned or view.before(takers[0]) != node:
        return None
    norm = view.readings[takers[0]]
    if norm.node.layer.type not in NORMS:
        return None
    if view.layer(node).type in LINEAR and len(view.shape(norm)) != FLAT:
        return None
    return Finding(
        f"the bias of {{layer}} does nothing, since {called(norm)} behind it subtracts the mean of every channel",
        "bias", expected=False, received=True,
    )  # fmt: skip


RULE = Rule("bias-before-norm", BIASED, find, when=lambda layer: layer.bias, told_together=True)
