"""A kernel that reaches beyond everything there is: some of its weights only ever see padding.

The image has shrunk further than the convolution was made for, as when a network for 224 × 224 is fed with 32 × 32.
What such layers cost, and that they add nothing, is measured in Richter et al., *Should You Go Deeper?*,
https://arxiv.org/abs/2106.12307. Sequences, which may be of any length, and dilated kernels, which are meant to reach
far, are not reported.
"""

from collections.abc import Iterator
from typing import Any, cast

from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.place import Place, Proposal
from service.diagnosis.warnings.families import CONVOLUTIONS
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View
from service.layers.arguments import spread

MOST_ENTRIES = 64
"""No kernel reaches beyond a larger image on both sides."""


def find(view: View, node: int) -> Finding | None:
    """A convolution on an image smaller than its kernel."""
    reading = view.readings[node]
    windows, layer, output = reading.outcome.field, cast("Any", reading.node.layer), reading.outcome.output
    if not windows or layer.padding == 0 or len(windows) == 1 or not isinstance(output, Tensor):
        return None
    shape = view.shape(reading)
    for axis, window in enumerate(windows, -len(windows)):
        size, extent = shape[axis], window.extent
        if not window.padding or not is_known(size) or size >= extent or not 0 < size <= MOST_ENTRIES:
            continue
        if spread(layer.dilation, layer.axes)[axis] != 1 or not is_known(output.shape[axis]):
            continue
        starts = range(-window.padding, min(output.shape[axis], MOST_ENTRIES) * window.stride, window.stride)
        taps = spread(layer.kernel_size, layer.axes)[axis]
        dead = _dead(size, taps, starts[: output.shape[axis]])
        if dead:
            return Finding(
                f"{{layer}} has a kernel that spans {extent} on an image of {size}, so that {dead} of its weights "
                "along this axis see nothing but padding",
                None, _larger(view.place(node), shape, -len(windows)),
            )  # fmt: skip
    return None


def _dead(size: Size, taps: Size, starts: range) -> int:
    """How many of the kernel's weights along an axis never meet an entry of the image, laid at ``starts``."""
    return sum(not any(0 <= start + tap < size for start in starts) for tap in range(min(taps, MOST_ENTRIES)))


def _larger(place: Place, shape: tuple[int, ...], spatial: int) -> Iterator[Proposal]:
    """Twice the input until the kernel has something to see."""
    model_input = place.model_input()
    if model_input is None or model_input.tensor.rank != len(shape) or 0 in shape:
        return
    current = model_input.tensor.shape
    for factor in (2, 4, 8):
        yield feeding_shape(model_input, [*current[:spatial], *(size * factor for size in current[spatial:])])


RULE = Rule("kernel-sees-padding", CONVOLUTIONS, find, alone=True, told_together=True)
