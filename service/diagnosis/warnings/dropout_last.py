"""A dropout as the very last layer.

While training, it zeroes the model's answers themselves, so that the loss punishes right ones. It belongs before the
last layer with weights.
"""

from typing import Any

from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

DROPOUT = frozenset(
    {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "dropout"}
)


def find(view: View, node: int) -> Finding | None:
    """A dropout whose result is what the model returns."""
    layer: Any = view.readings[node].node.layer
    if layer.p == 0 or node not in view.returned or node in view.consumers:
        return None
    return Finding(
        "{layer} is a dropout as the very last layer: while training, it zeroes the model's own answers",
        None, without(view, node),
    )  # fmt: skip


RULE = Rule("dropout-last", DROPOUT, find)
