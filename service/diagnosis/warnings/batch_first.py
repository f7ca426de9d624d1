"""``batch_first`` disagrees with the rest of the model about which axis counts the samples.

Without ``batch_first`` PyTorch's recurrent, attention and transformer layers take axis 1 for the batch, while
convolutions, pools and batch normalizations take axis 0. Shapes fit either way, so the model runs, and mixes samples.
Reported is only what contradicts something else in the model:

- what arrives comes from a layer for which axis 0 is the batch, with nothing between that moves it;
- what is returned goes to such a layer, or to a mean over the axis that is the batch here;
- a sequence of length 1 arrives, with several samples, though the model input has a batch of 1.
"""

from collections.abc import Iterator
from typing import Any, Final

from service.core.sizes import is_known
from service.core.tensors import Tensor
from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal, called
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

SEQUENTIAL: Final = frozenset({
    "RNN", "LSTM", "GRU", "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer",
})  # fmt: skip
IMAGES: Final = ("Conv", "MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "BatchNorm")
POOLING: Final = frozenset({"mean", "sum", "amax", "amin", "max", "logsumexp", "select"})


def find(view: View, node: int) -> Finding | None:
    """A layer whose batch axis is another one's sequence."""
    reading = view.readings[node]
    layer: Any = reading.node.layer
    shape = view.shape(reading)
    if len(shape) != 3 or layer.batch_first or not all(map(is_known, shape)):
        # With batch_first, what contradicts it would have to count samples along axis 1, which nothing else does.
        return None
    reason = _before(view, node) or _behind(view, node) or _length_one(view, shape)
    if reason is None:
        return None
    return Finding(
        f"{{layer}} is a {layer.type} without batch_first, so that it takes axis 1 of {list(shape)} for the batch and "
        f"axis 0 for the sequence, but {reason}",
        proposals=_set(view, node), expected=True, received=False,
    )  # fmt: skip


def _before(view: View, node: int) -> str | None:
    """A layer before for which axis 0 counts the samples, if it still does so here."""
    for reading in view.place(node).upstream():
        layer: Any = reading.node.layer
        output, shape = reading.outcome.output, view.shape(reading)
        if layer.type.removeprefix("Lazy").startswith(IMAGES) and not layer.type.startswith("BatchNorm1d"):
            return f"{called(reading)} takes axis 0 for the batch" if len(shape) > 2 else None
        if layer.type in SEQUENTIAL or not isinstance(output, Tensor) or not _keeps_first(layer, shape, output.shape):
            return None
    return None


def _keeps_first(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> bool:
    """Whether axis 0 still counts what it counted."""
    match layer.type:
        case "permute":
            return bool(layer.order[0] == 0)
        case "transpose" | "swapaxes" | "swapdims":
            axes = {getattr(layer, name, None) for name in ("dim0", "dim1", "axis0", "axis1")} - {None}
            return 0 not in {axis % len(shape) for axis in axes if shape and axis is not None}
        case "movedim" | "moveaxis" | "t" | "flip" | "roll":
            return False
    return bool(shape) and bool(output) and shape[0] == output[0]


def _behind(view: View, node: int) -> str | None:
    """A layer that takes the result and reads its axes the other way."""
    for consumer in view.consumers.get(node, ()):
        reading = view.readings[consumer]
        layer: Any = reading.node.layer
        if len(view.shape(reading)) != 3:
            continue
        if layer.type in POOLING and getattr(layer, "dim", None) in (1, -2, (1,), (-2,)):
            return f"{called(reading)} reduces axis 1 of what it returns, which then are the samples"
        if layer.type in ("Flatten", "BatchNorm1d", "Conv1d"):
            return f"{called(reading)} takes axis 0 of what it returns for the batch"
    return None


def _length_one(view: View, shape: tuple[int, ...]) -> str | None:
    """A sequence of one step, of as many samples as there are steps in the input."""
    inputs = view.ground.analysis.graph.inputs
    if shape[0] == 1 < shape[1] and all(tensor.shape[:1] == (1,) for _, tensor in inputs):
        return f"then the sequence has a single step, and the model's batch of 1 has become {shape[1]}"
    return None


def _set(view: View, node: int) -> Iterator[Proposal]:
    place = view.place(node)
    yield Proposal(
        f"Set batch_first of {place.name} to true.", (setting(view.ground, place.pointer, "batch_first", value=True),)
    )


RULE = Rule("batch-first", SEQUENTIAL, find, told_together=True)
