"""Which axis counts the samples: what some layer upstream says, so far as nothing between moves the axis."""

from typing import Any, Final

from service.analysis.reading import LayerReading
from service.architecture.graph import Source
from service.core.tensors import Tensor
from service.diagnosis.warnings.families import IMAGES, SEQUENTIAL, axes_of
from service.diagnosis.warnings.view import View
from service.layers.transformer_stacks import Stack

_SWAPS: Final = frozenset({"transpose", "swapaxes", "swapdims"})
_ALONG: Final = frozenset({
    "amax", "amin", "cat", "concat", "concatenate", "glu", "GLU", "log_softmax", "LogSoftmax", "logsumexp", "max",
    "mean", "min", "narrow", "norm", "normalize", "prod", "select", "softmax", "Softmax", "softmin", "Softmin",
    "squeeze", "std", "sum", "unsqueeze", "var",
})  # fmt: skip
"""What works along one axis, ``dim``, and leaves the others where they are."""
_KEEP: Final = frozenset({
    "bmm", "Embedding", "embedding", "flatten", "Flatten", "LazyLinear", "Linear", "linear", "matmul", "reshape",
    "Unflatten", "unflatten", "view",
})  # fmt: skip
"""What leaves axis 0 alone as long as it does not change its size."""


def batch_first(layer: Any) -> bool | None:
    """Whether a layer of sequences takes axis 0 for the samples; none for other layers."""
    if layer.type not in SEQUENTIAL:
        return None
    inner: Any = getattr(layer, layer.key) if isinstance(layer, Stack) else layer
    return bool(inner.batch_first)


def takes_samples(view: View, reading: LayerReading) -> bool:
    """Whether a layer takes axis 0 of what arrives for the samples of a batch."""
    layer: Any = reading.node.layer
    rank = len(view.shape(reading))
    if layer.type in IMAGES:
        return rank == axes_of(layer.type) + 2
    if layer.type in ("Flatten", "flatten"):
        return rank > 2 and layer.start_dim == 1
    return rank == 3 and batch_first(layer) is True


def witness(view: View, source: Source | None) -> LayerReading | None:
    """A layer that takes axis 0 of a value, or of what it was made of, for the samples."""
    for node, path in view.sources(source):
        if node < 0:
            return None
        reading = view.readings[node]
        layer, output = reading.node.layer, reading.outcome.output
        if path and (layer.type not in SEQUENTIAL or path != (0,)):
            return None
        if takes_samples(view, reading):
            return reading
        if layer.type in SEQUENTIAL or not isinstance(output, Tensor):
            return None
        if not _keeps_first(reading, view.shape(reading), output.shape):
            return None
    return None


def _keeps_first(reading: LayerReading, shape: tuple[int, ...], output: tuple[int, ...]) -> bool:
    """Whether axis 0 surely counts what it counted."""
    layer: Any = reading.node.layer
    if not shape or shape[:1] != output[:1]:
        return False
    if layer.type == "permute":
        return bool(layer.order[0] % len(shape) == 0)
    if layer.type in _SWAPS:
        axes = {getattr(layer, name, None) for name in ("dim0", "dim1", "axis0", "axis1")} - {None}
        return 0 not in {axis % len(shape) for axis in axes if axis is not None}
    if layer.type == "getitem":
        return isinstance(layer.index, tuple) and layer.index[:1] == (":",)
    if layer.type in _ALONG:
        return isinstance(layer.dim, int) and layer.dim % (len(shape) + (layer.type == "unsqueeze")) != 0
    return layer.type in _KEEP or reading.outcome.field is not None
