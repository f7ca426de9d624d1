"""A dropout straight before a batch normalization.

Dropout changes the variance between training and evaluation, which the running statistics then get wrong: Li et al.,
*Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift*,
https://arxiv.org/abs/1801.05134.
"""

from typing import Any

from service.diagnosis.warnings.dropout_last import DROPOUT
from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

NORMS = frozenset(f"{lazy}BatchNorm{axes}d" for lazy in ("", "Lazy") for axes in (1, 2, 3)) | {"SyncBatchNorm"}


def find(view: View, node: int) -> Finding | None:
    """A batch normalization that takes what a dropout returns."""
    before = view.before(node)
    if before is None:
        return None
    layer: Any = view.readings[before].node.layer
    if layer.type not in DROPOUT or layer.p == 0:
        return None
    return Finding(
        f"{view.place(before).name} stands straight before {{layer}}, whose running statistics then are those of "
        "training with dropout, and wrong in evaluation",
        None, without(view, before),
    )  # fmt: skip


RULE = Rule("dropout-before-norm", NORMS, find)
