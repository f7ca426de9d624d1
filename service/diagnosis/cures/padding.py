"""The padding that keeps the size of an image or a sequence."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, cast

from service.analysis.reading import LayerReading
from service.core.faults import listed
from service.core.issues import Operation, Patch
from service.core.sizes import Shape, Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.edits import setting
from service.diagnosis.ground import Ground
from service.diagnosis.place import Place, Proposal, called
from service.layers.arguments import spread

CONVOLUTIONS: Final = frozenset({"Conv1d", "Conv2d", "Conv3d"})
POOLS: Final = frozenset(f"{kind}Pool{axes}d" for kind in ("Max", "Avg") for axes in (1, 2, 3))
MOST_NAMES: Final = 4


class Padding(NamedTuple):
    """Padding for several layers at once."""

    patch: Patch
    description: str
    """``Give conv1 and conv2 padding 1``"""


def keeping_size(ground: Ground, readings: Iterable[LayerReading]) -> Padding | None:
    """Padding on every convolution, and every pool with stride 1, that leaves one entry for every step of the stride.

    None where all have it already.
    """
    changes: dict[str, Operation] = {}
    names: dict[str, list[str]] = {}
    for reading in readings:
        padding = _keeping(reading)
        if padding is not None:
            operation = setting(ground, reading.node.pointer, "padding", padding)
            if operation.path not in changes:
                changes[operation.path] = operation
                names.setdefault(json.dumps(padding), []).insert(0, called(reading))
    if not changes:
        return None
    if len(changes) > MOST_NAMES:
        given = f"the {len(changes)} layers before padding {listed(sorted(names), 'and')}"
    else:
        given = listed([f"{listed(names[size], 'and')} padding {size}" for size in reversed(names)], "and")
    return Padding(tuple(reversed(changes.values())), f"Give {given}")


def kept(way: list[LayerReading]) -> Shape:
    """The spatial sizes behind a way, last layer first, with such padding; none where there is nothing on it."""
    given = way[-1].inputs[0] if way and way[-1].inputs else None
    if not isinstance(given, Tensor):
        return ()
    sizes = given.shape[2:]
    for reading in reversed(way):
        windows, padded = reading.outcome.field or (), _keeping(reading) is not None
        if len(windows) == len(sizes) and all(window.upsampling == 1 for window in windows):
            sizes = tuple(
                (size - 1) // window.stride + 1
                if padded
                else (size + 2 * window.padding - window.extent) // window.stride + 1
                for size, window in zip(sizes, windows, strict=True)
            )
    return sizes


def keeping_padding(place: Place) -> Iterator[Proposal]:
    """The same for every convolution before."""
    padding = keeping_size(place.ground, (reading for reading in place.upstream() if _is_convolution(reading)))
    if padding is not None:
        yield Proposal(f"{padding.description}, which keeps the size but for the stride.", padding.patch)


def _is_convolution(reading: LayerReading) -> bool:
    return reading.node.layer.type in CONVOLUTIONS


def _keeping(reading: LayerReading) -> Any:
    """The padding that keeps the size, where a layer has another one."""
    windows, layer = reading.outcome.field, cast("Any", reading.node.layer)
    if not windows or layer.type not in CONVOLUTIONS | POOLS:
        return None
    strides = {window.stride for window in windows}
    if layer.type in POOLS and strides != {1}:
        return None
    if any(window.extent % 2 == 0 for window in windows):
        return "same" if strides == {1} and layer.type in CONVOLUTIONS and layer.padding != "same" else None
    keeping = [(window.extent - 1) // 2 for window in windows]
    if keeping == [window.padding for window in windows]:
        return None
    return keeping[0] if len(set(keeping)) == 1 else keeping


def explicit_padding(place: Place) -> Iterator[Proposal]:
    """The padding in numbers that leaves one entry for every step of the stride, in the place of one that is "same"."""
    layer, arriving = cast("Any", place.reading.node.layer), place.arriving
    if not isinstance(arriving, Tensor) or arriving.rank <= layer.axes:
        return
    kernel = _kernel(place.reading)
    dilation, stride = spread(layer.dilation, layer.axes), spread(layer.stride, layer.axes)
    if not len(kernel) == len(dilation) == len(stride) == layer.axes or min(stride) < 1:
        return
    geometry = zip(arriving.shape[-layer.axes :], kernel, dilation, stride, strict=True)
    borders = [_border(size, apart * (taps - 1) + 1, step) for size, taps, apart, step in geometry]
    if all(border is not None for border in borders):
        padding = borders[0] if len(set(borders)) == 1 else borders
        yield Proposal(
            f"Set padding of {place.name} to {padding}, which leaves one entry for every step of the stride.",
            (setting(place.ground, place.pointer, "padding", padding),),
        )


def _kernel(reading: LayerReading) -> tuple[Size, ...]:
    """The size of a convolution's kernel, which a function takes as a tensor; empty if none arrives."""
    layer = cast("Any", reading.node.layer)
    if hasattr(layer, "kernel_size"):
        return spread(layer.kernel_size, layer.axes)
    weight = reading.inputs[1] if len(reading.inputs) > 1 else None
    return weight.shape[-layer.axes :] if isinstance(weight, Tensor) and weight.rank > layer.axes else ()


def _border(size: Size, extent: Size, stride: Size) -> Size | None:
    """What has to be added on either side of an axis to leave ⌈size / stride⌉ entries of it."""
    if not is_known(extent):
        return None
    if not is_known(size):
        return (extent - 1) // 2 if extent % 2 else None
    borders = ((extent - 1) // 2, extent // 2)
    return next((each for each in borders if (size + 2 * each - extent) // stride == (size - 1) // stride), None)
