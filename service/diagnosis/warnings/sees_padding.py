"""A kernel that reaches beyond everything there is: some of its weights only ever see padding.

The image has shrunk further than the convolution was made for, as when a network for 224 × 224 is fed with 32 × 32.
What such layers cost, and that they add nothing, is measured in Richter et al., *Should You Go Deeper?*,
https://arxiv.org/abs/2106.12307.
"""

from collections.abc import Iterator
from typing import Any

from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.place import Place, Proposal
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.unread_entries import CONVOLUTIONS
from service.diagnosis.warnings.view import View
from service.layers.arguments import spread

MOST_ENTRIES = 64
"""No kernel reaches beyond a larger image on both sides."""


def find(view: View, node: int) -> Finding | None:
    """A convolution on an image smaller than its kernel."""
    reading = view.readings[node]
    windows, shape, output = reading.outcome.field, view.shape(reading), reading.outcome.output
    if not windows or not isinstance(output, Tensor) or not all(map(is_known, output.shape)):
        return None
    for axis, window in enumerate(windows, -len(windows)):
        size, extent = shape[axis], window.extent
        if not is_known(size) or not window.padding or size >= extent or not 0 < size <= MOST_ENTRIES:
            continue
        starts = range(-window.padding, min(output.shape[axis], MOST_ENTRIES) * window.stride, window.stride)
        dead = _dead(reading.node.layer, axis, size, starts[: output.shape[axis]])
        if dead:
            what = "an image" if len(windows) > 1 else "a sequence"
            return Finding(
                f"{{layer}} has a kernel that spans {extent} on {what} of {size}, so that "
                f"{dead} of its weights along this axis see nothing but padding",
                None, _larger(view.place(node), shape, -len(windows)),
            )  # fmt: skip
    return None


def _dead(layer: Any, axis: int, size: Size, starts: range) -> int:
    """How many of the kernel's weights along an axis never meet an entry of the image, laid at ``starts``."""
    taps, step = (spread(value, layer.axes)[axis] for value in (layer.kernel_size, layer.dilation))
    return sum(not any(0 <= start + tap * step < size for start in starts) for tap in range(min(taps, MOST_ENTRIES)))


def _larger(place: Place, shape: tuple[int, ...], spatial: int) -> Iterator[Proposal]:
    """Twice the input until the kernel has something to see."""
    model_input = place.model_input()
    if model_input is None or model_input.tensor.rank != len(shape) or 0 in shape:
        return
    current = model_input.tensor.shape
    for factor in (2, 4, 8):
        yield feeding_shape(model_input, [*current[:spatial], *(size * factor for size in current[spatial:])])


RULE = Rule("kernel-sees-padding", CONVOLUTIONS, find, told_together=True)
