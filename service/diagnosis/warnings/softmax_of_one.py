"""A softmax over an axis of one value, which is 1 whatever arrives.

With a single output, what is meant is mostly a Sigmoid, or none at all before a loss that takes scores; with a single
score for each of several things, a softmax over the things.
"""

from collections.abc import Iterator
from typing import Any

from service.core.issues import Operation
from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.families import SOFTMAX, normalized_axis
from service.diagnosis.warnings.rule import Finding, Rule, replacing, without
from service.diagnosis.warnings.softmax_inside import feature_axis
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A softmax over the one feature that a layer computes."""
    reading = view.readings[node]
    layer: Any = reading.node.layer
    shape = view.shape(reading)
    axis = normalized_axis(layer, len(shape)) if shape else 0
    if not shape or shape[axis] != 1 or feature_axis(view, node) != axis:
        # An axis that is no layer's features, as a sequence of one step, may be longer another time.
        return None
    constant = 0 if layer.type.lower().startswith("log") else 1
    return Finding(
        f"{{layer}} is a {layer.type} over axis {axis} of {list(shape)}, which holds one value, so that it returns "
        f"{constant} whatever arrives",
        "dim", _meant(view, node, shape, axis), "more than one value", 1,
    )  # fmt: skip


def _meant(view: View, node: int, shape: tuple[int, ...], axis: int) -> Iterator[Proposal]:
    place = view.place(node)
    if len(shape) == 3 and axis == 2 and shape[1] != 1:
        yield Proposal(f"Set dim of {place.name} to 1.", (setting(view.ground, place.pointer, "dim", 1),))
    kind = "LogSigmoid" if place.reading.node.layer.type.lower().startswith("log") else "Sigmoid"
    patch: tuple[Operation, ...] = replacing(view, node, {"type": kind})
    yield Proposal(f"Make {place.name} a {kind}.", patch)
    yield from without(view, node)


RULE = Rule("softmax-of-one", SOFTMAX, find)
