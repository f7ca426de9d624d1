"""Two linear layers with nothing nonlinear between them are one linear layer, at the price of two.

Dropout, Identity and Flatten between them change nothing about that. What is done on purpose is not reported: a
factorization through fewer features than go in or come out, and convolutions in groups, as in depthwise separable ones
(Chollet, *Xception*, https://arxiv.org/abs/1610.02357).
"""

from typing import Any

from service.core.sizes import Size, is_known
from service.diagnosis.edits import inserted
from service.diagnosis.warnings.bias_before_norm import BIASED, LINEAR
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import HANDED_ON, View

PASSED_OVER = HANDED_ON | {"Flatten", "flatten"}


def find(view: View, node: int) -> Finding | None:
    """A linear layer that takes what another returns."""
    before = view.before(node)
    while before is not None and view.readings[before].node.layer.type in PASSED_OVER:
        if not view.only_consumer(before):
            return None
        before = view.before(before)
    if before is None or view.readings[before].node.layer.type not in BIASED or not view.only_consumer(before):
        return None
    first, second = view.readings[before].node, view.readings[node].node
    if first.pointer == second.pointer or _on_purpose(first.layer, second.layer):
        return None
    place = view.place(node)
    return Finding(
        f"between {view.place(before).name} and {{layer}} there is nothing nonlinear, so that together they are no "
        "more than one linear layer",
        None, inserted(place, f"Put a ReLU before {place.name}.", {"type": "ReLU"}),
    )  # fmt: skip


def _on_purpose(first: Any, second: Any) -> bool:
    if getattr(first, "groups", 1) != 1 or getattr(second, "groups", 1) != 1:
        return True
    into, middle, out = _size(first, "in"), _size(first, "out"), _size(second, "out")
    return all(map(is_known, (into, middle, out))) and middle < min(into, out)


def _size(layer: Any, side: str) -> Size:
    """Features or channels on one side of a layer."""
    size: Size = getattr(layer, f"{side}_features" if layer.type in LINEAR else f"{side}_channels")
    return size


RULE = Rule("no-nonlinearity", BIASED, find)
