"""A softmax in the middle of a model, whose result a Linear or a convolution takes.

Between layers it squeezes all features into shares of 1 and lets hardly any gradient through; it belongs at the very
end. Reported is only a softmax over the features that one layer computes and the next one takes: weights for a sum are
not, as in an attention or over the positions of an image, nor is one that looks up rows of weights without a bias.
"""

from collections.abc import Iterator
from typing import Any

from service.diagnosis.place import Proposal
from service.diagnosis.warnings.families import BIASED, LINEAR, PASSED_OVER, SOFTMAX, normalized_axis
from service.diagnosis.warnings.rule import Finding, Rule, replacing, without
from service.diagnosis.warnings.view import REACH, View


def feature_axis(view: View, node: int) -> int | None:
    """The axis of features that a node takes from a layer with weights, entry by entry."""
    rank = len(view.shape(view.readings[node]))
    before = view.before(node)
    for _ in range(REACH):
        if before is None:
            return None
        layer = view.layer(before)
        if layer.type in BIASED:
            return rank - 1 if layer.type in LINEAR else rank - int(layer.type[-2]) - 1
        if not view.entrywise(view.readings[before]):
            return None
        before = view.before(before)
    return None


def find(view: View, node: int) -> Finding | None:
    """A softmax over features that a layer with weights takes."""
    if node in view.returned:
        return None
    layer = view.layer(node)
    rank = len(view.shape(view.readings[node]))
    if not rank or feature_axis(view, node) != normalized_axis(layer, rank):
        return None
    taken = list(view.consumers.get(node, ()))
    for consumer in taken[:REACH]:
        other: Any = view.layer(consumer)
        if other.type in BIASED and other.bias:
            return Finding(
                f"{{layer}} is a {layer.type} in the middle of the model: {view.place(consumer).name} takes shares "
                "that sum to 1 where it would learn from plain features",
                None, _others(view, node),
            )  # fmt: skip
        if other.type in PASSED_OVER:
            taken += view.consumers.get(consumer, ())
    return None


def _others(view: View, node: int) -> Iterator[Proposal]:
    yield Proposal(f"Make {view.place(node).name} a ReLU.", replacing(view, node, {"type": "ReLU"}))
    yield from without(view, node)


RULE = Rule("softmax-inside", SOFTMAX, find)
