"""A softmax in the middle of a model, whose result a Linear or a convolution takes.

Between layers it squeezes all features into shares of 1 and lets hardly any gradient through; it belongs at the very
end, or, in an attention, before the product with the values, which is not reported.
"""

from collections.abc import Iterator

from service.diagnosis.place import Proposal
from service.diagnosis.warnings.bias_before_norm import BIASED
from service.diagnosis.warnings.no_nonlinearity import PASSED_OVER
from service.diagnosis.warnings.rule import Finding, Rule, replacing, without
from service.diagnosis.warnings.view import View

SOFTMAX = frozenset({"Softmax", "Softmax2d", "LogSoftmax", "Softmin", "softmax", "log_softmax"})


def find(view: View, node: int) -> Finding | None:
    """A softmax that a layer with weights takes."""
    kind = view.readings[node].node.layer.type
    taken = list(view.consumers.get(node, ()))
    for consumer in taken:
        layer = view.readings[consumer].node.layer
        if layer.type in BIASED:
            return Finding(
                f"{{layer}} is a {kind} in the middle of the model: {view.place(consumer).name} takes shares that sum "
                "to 1 where it would learn from plain features",
                None, _others(view, node),
            )  # fmt: skip
        if layer.type in PASSED_OVER:
            taken += view.consumers.get(consumer, ())
    return None


def _others(view: View, node: int) -> Iterator[Proposal]:
    yield Proposal(f"Make {view.place(node).name} a ReLU.", replacing(view, node, {"type": "ReLU"}))
    yield from without(view, node)


RULE = Rule("softmax-inside", SOFTMAX, find)
