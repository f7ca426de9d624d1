"""A bias straight before a batch or instance normalization does nothing.

The normalization subtracts the mean of every channel, and with it whatever constant was added to the channel; its own
shift takes the bias's place. Ioffe & Szegedy, *Batch Normalization*, https://arxiv.org/abs/1502.03167, section 3.2.
"""

from service.diagnosis.place import called
from service.diagnosis.warnings.families import BATCH_NORMS, BIASED, FLAT, INSTANCE_NORMS, LINEAR
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A normalization of what a layer with a bias returns to nobody else."""
    biased = view.before(node)
    if biased is None or not getattr(view.layer(biased), "bias", False) or not view.only_consumer(biased):
        return None
    norm = view.readings[node]
    if view.layer(biased).type in LINEAR and len(view.shape(norm)) != FLAT:
        return None
    return Finding(
        f"the bias of {{layer}} does nothing, since {called(norm)} behind it subtracts the mean of every channel",
        "bias", expected=False, received=True, node=biased,
    )  # fmt: skip


RULE = Rule("bias-before-norm", BATCH_NORMS | INSTANCE_NORMS, find, behind=BIASED, told_together=True)
