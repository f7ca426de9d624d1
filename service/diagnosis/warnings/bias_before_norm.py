"""A bias straight before a batch or instance normalization does nothing.

The normalization subtracts the mean of every channel, and with it whatever constant was added to the channel; its own
shift takes the bias's place. Ioffe & Szegedy, *Batch Normalization*, https://arxiv.org/abs/1502.03167, section 3.2.
"""

from collections.abc import Iterator
from typing import Any

from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal, called
from service.diagnosis.warnings.families import BATCH_NORMS, BIASED, INSTANCE_NORMS, LINEAR
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A layer with a bias whose only taker is the normalization ``node``."""
    before = view.before(node)
    if before is None:
        return None
    reading = view.readings[before]
    layer: Any = reading.node.layer
    if layer.type not in BIASED or not layer.bias or not view.only_consumer(before):
        return None
    if layer.type in LINEAR and len(view.shape(view.readings[node])) != 2:
        return None
    norm = called(view.readings[node])
    return Finding(
        f"the bias of {{layer}} does nothing, since {norm} behind it subtracts the mean of every channel",
        "bias", _without(view, before), expected=False, received=True, node=before,
    )  # fmt: skip


def _without(view: View, node: int) -> Iterator[Proposal]:
    place = view.place(node)
    yield Proposal(f"Set bias of {place.name} to false.", (setting(view.ground, place.pointer, "bias", value=False),))


RULE = Rule("bias-before-norm", BATCH_NORMS | INSTANCE_NORMS, find, behind=BIASED, told_together=True)
