"""A dropout straight before a batch normalization.

Dropout changes the variance between training and evaluation, which the running statistics then get wrong: Li et al.,
*Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift*,
https://arxiv.org/abs/1801.05134. Between two convolutions of a residual block, as Zagoruyko & Komodakis have it in
*Wide Residual Networks*, https://arxiv.org/abs/1605.07146, it is not reported.
"""

from typing import Any

from service.diagnosis.warnings.families import BATCH_NORMS, CONVOLUTIONS, DROPOUT
from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A batch normalization that takes what a dropout returns."""
    before = view.before(node)
    if before is None:
        return None
    layer: Any = view.readings[before].node.layer
    if layer.p == 0:
        return None
    dropped = view.before(before)
    if dropped is not None and view.layer(dropped).type in CONVOLUTIONS:
        return None
    return Finding(
        f"{view.place(before).name} stands straight before {{layer}}, whose running statistics then are those of "
        "training with dropout, and wrong in evaluation",
        None, without(view, before),
    )  # fmt: skip


RULE = Rule("dropout-before-norm", BATCH_NORMS, find, behind=DROPOUT)
