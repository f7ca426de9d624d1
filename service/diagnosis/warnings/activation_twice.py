"""An activation straight behind another.

The second either does nothing, as a ReLU behind a ReLU, or undoes the first's work, as a Softmax behind a Softmax,
which makes all classes nearly equal, or a Sigmoid behind a ReLU, which says 0.5 or more of everything. Not reported are
Softplus and Tanh, of which Mish is made; a second one that clips; scores of an attention that a LeakyReLU or a Tanh
bounds, as in graph attention networks (https://arxiv.org/abs/1710.10903); and two softmaxes along different axes.
"""

from typing import Final

from service.diagnosis.warnings.families import ACTIVATIONS, HANDED_ON, SOFTMAX, normalized_axis, plain
from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

BOUNDING: Final = frozenset({"hardtanh", "leakyrelu", "softsign", "tanh"})
CLIPPING: Final = frozenset({"hardtanh", "relu6"})


def find(view: View, node: int) -> Finding | None:
    """An activation that takes what another returns, and nobody else takes."""
    before = view.behind(node)
    if before is None or view.layer(before).type not in ACTIVATIONS or not view.only_consumer(before):
        return None
    if _on_purpose(view, before, node):
        return None
    return Finding(
        f"{{layer}} is an activation straight behind another, {view.place(before).name}",
        None, without(view, node, before),
    )  # fmt: skip


def _on_purpose(view: View, before: int, node: int) -> bool:
    first, second = view.layer(before), view.layer(node)
    kinds = plain(first.type), plain(second.type)
    if kinds == ("softplus", "tanh") or (kinds[1] in CLIPPING and kinds[0] != kinds[1]):
        return True
    if second.type not in SOFTMAX:
        return False
    rank = len(view.shape(view.readings[node]))
    if first.type in SOFTMAX:
        return normalized_axis(first, rank) != normalized_axis(second, rank)
    return kinds[0] in BOUNDING or rank > 2


RULE = Rule("activation-twice", ACTIVATIONS, find, behind=ACTIVATIONS | HANDED_ON)
