"""A Linear looks at the last axis, which of an image is its width.

Behind a convolution that is hardly ever meant: a Flatten is missing, and the model runs only because the width
happens to be ``in_features``. Keras raises an error for the same reason; PyTorch's documentation of
``torch.nn.Linear`` says that all axes but the last are left alone.
"""

from collections.abc import Iterator
from typing import Any

from service.core.sizes import differ, product
from service.core.tensors import Tensor
from service.diagnosis.edits import inserting, setting
from service.diagnosis.place import Place, Proposal
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

SPATIAL = ("Conv", "MaxPool", "AvgPool", "LPPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "FractionalMaxPool")


def find(view: View, node: int) -> Finding | None:
    """A Linear that takes what a convolution or a pool returns."""
    reading = view.readings[node]
    tensor = reading.inputs[0] if len(reading.inputs) == 1 else None
    if not isinstance(tensor, Tensor) or tensor.rank < 3:
        return None
    place = view.place(node)
    for earlier in place.upstream():
        layer, output = earlier.node.layer, earlier.outcome.output
        if not isinstance(output, Tensor) or output.rank != tensor.rank:
            return None
        if layer.type.removeprefix("Lazy").startswith(SPATIAL):
            break
        if len(earlier.node.wires) != 1 or output.shape != view.shape(earlier):
            return None
    else:
        return None
    if earlier.outcome.field is None or len(earlier.outcome.field) != tensor.rank - 2:
        return None
    axis = "width" if tensor.rank > 3 else "length"
    return Finding(
        f"{{layer}} is a Linear and acts on the last axis, the {axis} of {tensor}; a Flatten before it is probably "
        "missing",
        None, _flattened(place, tensor),
    )  # fmt: skip


def _flattened(place: Place, tensor: Tensor) -> Iterator[Proposal]:
    edit = inserting(place, {"type": "Flatten"})
    features = product(tensor.shape[1:])
    if edit is None:
        return
    layer: Any = place.reading.node.layer
    if not differ(layer.in_features, features):
        yield Proposal(f"Put a Flatten before {place.name}.", *edit)
    else:
        operation = setting(place.ground, place.pointer, "in_features", features)
        yield Proposal(f"Put a Flatten before {place.name}, with in_features = {features}.", (operation, *edit.patch))


RULE = Rule("linear-on-width", frozenset({"Linear", "LazyLinear"}), find)
