"""A dropout as the very last layer.

While training, it zeroes the model's answers themselves, so that the loss punishes right ones. It belongs before the
last layer with weights. Reported is only what looks like answers: probabilities, or fewer scores than features go in.
Blocks that are parts of a larger model often end in a dropout.
"""

from typing import Any, Final

from service.diagnosis.warnings.families import DROPOUT, LINEAR, SOFTMAX
from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

ANSWERS: Final = SOFTMAX | {"Sigmoid", "sigmoid", "LogSigmoid", "logsigmoid"}


def find(view: View, node: int) -> Finding | None:
    """A dropout whose result is what the model returns."""
    if node not in view.returned or node in view.consumers or not _answers(view, view.before(node)):
        return None
    return Finding(
        "{layer} is a dropout as the very last layer: while training, it zeroes the model's own answers",
        None, without(view, node),
    )  # fmt: skip


def _answers(view: View, node: int | None) -> bool:
    """Whether a node computes what a model is asked for, rather than features for another part of it."""
    if node is None:
        return False
    reading = view.readings[node]
    if reading.node.layer.type in ANSWERS:
        return True
    shape, before = view.shape(reading), view.before(node)
    if reading.node.layer.type not in LINEAR or before is None or len(shape) != 2:
        return False
    output: Any = reading.outcome.output
    # Vectors go in and fewer numbers come out, or images, or words.
    given = [tensor.shape[1] for _, tensor in view.ground.analysis.graph.inputs if tensor.rank == len(shape)]
    return all(output.shape[1] < size for size in (shape[1], *given))


RULE = Rule("dropout-last", DROPOUT, find, when=lambda layer: layer.p != 0)
