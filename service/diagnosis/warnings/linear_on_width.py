"""A Linear looks at the last axis, which of an image is its width.

Of pictures, or behind a convolution, that is hardly ever meant: a Flatten is missing, and the model runs only because
the width happens to be ``in_features``. Keras raises an error for the same reason; PyTorch's documentation of
``torch.nn.Linear`` says that all axes but the last are left alone. Where the result goes on as a sequence or an image,
the Linear is meant to mix its steps or columns, and is not reported.
"""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.architecture.graph import Source
from service.core.sizes import differ, product
from service.core.tensors import Tensor
from service.diagnosis.edits import inserting, setting
from service.diagnosis.place import Place, Proposal
from service.diagnosis.warnings.families import ACTIVATIONS, DROPOUT, IMAGES, LINEAR, POOLS, SPATIAL, axes_of
from service.diagnosis.warnings.rule import MODEL_INPUT, Finding, Rule
from service.diagnosis.warnings.view import REACH, View

MOVING: Final = frozenset({"transpose", "permute", "swapaxes", "swapdims", "movedim", "moveaxis", "mT"})
SMALLEST: Final = 8
"""Rows and columns of a picture."""
BEFORE: Final = ACTIVATIONS | DROPOUT | IMAGES | {"Identity", "GroupNorm"}


def find(view: View, node: int) -> Finding | None:
    """A Linear that takes what a convolution or a pool returns, or pictures as they come in."""
    reading = view.readings[node]
    tensor = reading.inputs[0] if len(reading.inputs) == 1 else None
    if not isinstance(tensor, Tensor) or tensor.rank < 3 or not _is_image(view, node, tensor.rank):
        return None
    if any(_goes_on(view, taker) for taker in _takers(view, node)):
        return None
    axis = "width" if tensor.rank > 3 else "length"
    return Finding(
        f"{{layer}} is a Linear and acts on the last axis, the {axis} of {tensor}; a Flatten before it is probably "
        "missing",
        None, _flattened(view.place(node), tensor),
    )  # fmt: skip


def _is_image(view: View, node: int, rank: int) -> bool:
    """Whether what arrives is what a convolution, or a pool of an image, returns; of sequences a pool alone may take
    the average, as in a decomposition into trend and season."""
    first, before = node, view.before(node)
    for _ in range(REACH):
        if before is None:
            return _is_picture(view, first)
        earlier = view.readings[before]
        kind = earlier.node.layer.type
        if kind in SPATIAL:
            if len(view.shape(earlier)) != rank or axes_of(kind) != rank - 2:
                return False
            if kind not in POOLS or rank > 3:
                return True
        elif kind not in BEFORE:
            return False
        first, before = before, view.before(before)
    return False


def _is_picture(view: View, node: int) -> bool:
    """Whether a layer takes a model input that looks like pictures: square, grey or of three colours."""
    wires = view.readings[node].node.wires
    if len(wires) != 1 or type(wires[0]) is not Source or wires[0].path or wires[0].node >= 0:
        return False
    shape = view.shape(view.readings[node])
    return len(shape) == 4 and shape[1] in (1, 3) and shape[2] == shape[3] and shape[3] >= SMALLEST


def _takers(view: View, node: int) -> Iterator[LayerReading]:
    """Those who take the result, those behind activations and further Linears included."""
    waiting = [node]
    for taken in waiting[:REACH]:
        for consumer in view.consumers.get(taken, ()):
            reading = view.readings[consumer]
            yield reading
            if len(waiting) < REACH and (view.entrywise(reading) or reading.node.layer.type in RULE.types):
                waiting.append(consumer)


def _goes_on(view: View, reading: LayerReading) -> bool:
    """Whether a layer takes the result for a sequence or an image still."""
    kind = reading.node.layer.type
    return kind in MOVING or (kind in IMAGES and len(view.shape(reading)) == axes_of(kind) + 2)


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


RULE = Rule("linear-on-width", LINEAR, find, behind=BEFORE | {MODEL_INPUT})
