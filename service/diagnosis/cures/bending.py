"""One of two ways brought to the shape of the other: a residual's shortcut, the parts of a concatenation.

The projection of a shortcut is that of He et al., *Deep Residual Learning for Image Recognition*,
https://arxiv.org/abs/1512.03385.
"""

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, cast

from service.analysis.reading import LayerReading
from service.core.issues import Operation
from service.core.sizes import Shape, Size, is_known, written
from service.diagnosis.cures.padding import keeping_size, kept
from service.diagnosis.cures.producers import feeding_shape
from service.diagnosis.cures.ways import Pair, apart, described
from service.diagnosis.edits import RawLayer, inserted, inserting, setting
from service.diagnosis.place import NEAR, Place, Proposal, called
from service.diagnosis.trails import PRODUCERS, among
from service.diagnosis.wording import named

JOINING: Final = frozenset({"cat", "concat", "concatenate"})
TRANSPOSED: Final = frozenset({"ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"})
SPATIAL: Final = (3, 4, 5)
"""Axes of a batch of sequences, images or volumes."""
MOST_SHRUNK: Final = 2**16
"""Times that an image is made smaller on the way down."""
FEATURES: Final = frozenset(
    {"out_features", "normalized_shape", "embedding_dim", "embed_dim", "d_model", "hidden_size"}
)
"""Arguments of layers that look at the last axis."""


def padded(pair: Pair) -> Iterator[Proposal]:
    """Padding that keeps the size on either way; where the channels differ too, a projection beside it."""
    place = pair.first
    ways = apart(place)
    padding = keeping_size(place.ground, chain(*reversed(ways)))
    if padding is None:
        return
    yield Proposal(f"{padding.description}, which keeps the size but for the stride.", padding.patch)
    if _joins(pair) or len(pair.a) != len(pair.b) or pair.a[1] == pair.b[1]:
        return
    own, other = kept(ways[pair.first.input]) or pair.a[2:], kept(ways[pair.second.input]) or pair.b[2:]
    if not len(own) == len(other) == len(pair.a) - 2:
        return
    projection = _projection(pair, own, other)
    edit = inserting(pair.first, projection) if projection is not None else None
    if projection is not None and edit is not None:
        description = f"{padding.description}, and p{_projecting(pair, projection)[1:]}"
        yield Proposal(description, (*padding.patch, *edit.patch))


def enlarged(pair: Pair) -> Iterator[Proposal]:
    """The entries that a strided transposed convolution cannot know of: its ``output_padding``, or a kernel that makes
    as many."""
    yield from _doubled(pair)
    missing = {wanted - size for size, wanted in zip(pair.a[2:], pair.b[2:], strict=False)}
    for reading in pair.first.upstream(NEAR):
        layer: Any = reading.node.layer
        if layer.type in TRANSPOSED:
            if len(missing) == 1:
                for argument, value in _lengthened(layer, missing.pop()):
                    change = setting(pair.first.ground, reading.node.pointer, argument, value)
                    yield Proposal(f"Set {argument} of {called(reading)} to {value}.", (change,))
            return


def _lengthened(layer: Any, missing: Size) -> Iterator[tuple[str, int]]:
    """What makes a transposed convolution's result longer by so much: padding where there is room for it, or the
    kernel."""
    padding, stride, kernel = layer.output_padding, layer.stride, layer.kernel_size
    if type(padding) is type(stride) is int and 0 <= padding + missing < stride:
        yield "output_padding", padding + missing
    elif type(kernel) is type(stride) is int and kernel + missing >= stride > 1:
        yield "kernel_size", kernel + missing


def _doubled(pair: Pair) -> Iterator[Proposal]:
    """Each of several transposed convolutions made to enlarge by its whole stride."""
    changes: dict[str, Operation] = {}
    names: dict[int, list[str]] = {}
    for reading in apart(pair.first)[pair.first.input]:
        layer, windows = cast("Any", reading.node.layer), reading.outcome.field
        if layer.type not in TRANSPOSED or not windows or not isinstance(layer.stride, int) or layer.stride < 1:
            continue
        padding, kernel, dilation = layer.padding, layer.kernel_size, layer.dilation
        if isinstance(padding, int) and isinstance(kernel, int) and isinstance(dilation, int):
            extra = layer.stride + 2 * padding - dilation * (kernel - 1) - 1
            if 0 < extra < layer.stride and layer.output_padding != extra:
                change = setting(pair.first.ground, reading.node.pointer, "output_padding", extra)
                changes[change.path] = change
                names.setdefault(extra, []).insert(0, called(reading))
    if len(changes) > 1:
        told = ", and ".join(f"{named(layers)} to {extra}" for extra, layers in names.items())
        yield Proposal(f"Set output_padding of {told}.", tuple(changes.values()))


def unstrided(pair: Pair) -> Iterator[Proposal]:
    """The stride that makes the first way smaller taken away."""
    for reading in apart(pair.first)[pair.first.input]:
        windows = reading.outcome.field or ()
        if any(is_known(window.stride) and window.stride > 1 and window.upsampling == 1 for window in windows):
            change = setting(pair.first.ground, reading.node.pointer, "stride", 1)
            yield Proposal(f"Set stride of {called(reading)} to 1.", (change,))
            return


def bent(pair: Pair) -> Iterator[Proposal]:
    """The first of the two brought to the shape of the second."""
    a, b = pair.a, pair.b
    name, what = pair.first.name, described(pair.first)
    if len(a) == len(b) and sorted(a) == sorted(b):
        order = _order(a, b)
        yield from inserted(pair.first, f"Permute {what} by {order} before {name}.",
                        {"type": "permute", "dims": order})  # fmt: skip
    along = joined_axis(pair)
    single = [axis for axis, (size, wanted) in enumerate(zip(a, b, strict=False)) if axis != along and size != wanted]
    if len(a) == len(b) and single and all(a[axis] == 1 for axis in single):
        sizes = [b[axis] if axis in single else -1 for axis in range(len(a))]
        whole = [b[axis] if axis in single else a[axis] for axis in range(len(a))]
        yield from inserted(pair.first, f"Expand {what} to {whole}.", {"type": "expand", "size": sizes})
    if len(a) < len(b) and a == b[: len(a)] and a:
        sizes = [a[-1]] + [1] * (len(b) - len(a))
        yield from inserted(pair.first, f"Give {what} the axes that {written(b)} has more.",
                        {"type": "Unflatten", "dim": -1, "unflattened_size": sizes})  # fmt: skip
    if len(a) > len(b) > 1:
        yield from inserted(pair.first, f"Flatten {what} before {name}.", {"type": "Flatten"})
    if len(a) == len(b) > 1 and a[:-1] == b[:-1] and not (len(a) in SPATIAL and _are_images(pair)):
        layer: RawLayer = {"type": "Linear", "in_features": a[-1], "out_features": b[-1]}
        yield from inserted(pair.first, f"Project {what} to {b[-1]} features with a Linear.", layer)


def projected(pair: Pair) -> Iterator[Proposal]:
    """By a convolution with a kernel of 1, strided where the image has to shrink, or by interpolation."""
    a, b = pair.a, pair.b
    if not _resizable(pair):
        return
    projection = None if _joins(pair) and a[2:] != b[2:] else _projection(pair, a[2:], b[2:])
    if projection is not None:
        yield from inserted(pair.first, _projecting(pair, projection), projection)


def interpolated(pair: Pair) -> Iterator[Proposal]:
    """The first of the two resized to the second, with its channels where they have to be others."""
    a, b = pair.a, pair.b
    if not _resizable(pair) or a[2:] == b[2:]:
        return
    what, sizes = described(pair.first), " × ".join(map(str, b[2:]))
    interpolation: RawLayer = {"type": "interpolate", "size": list(b[2:])}
    if a[1] == b[1] or _joins(pair):
        yield from inserted(pair.first, f"Interpolate {what} to {sizes}.", interpolation)
    else:
        yield from inserted(
            pair.first, f"Project {what} to {b[1]} channels and interpolate it to {sizes}.",
            _convolution(pair), interpolation,
        )  # fmt: skip


def _resizable(pair: Pair) -> bool:
    """Whether the two are batches of images, none of which is spread over the other as a gate is."""
    a, b = pair.a, pair.b
    spread = not _joins(pair) and (math.prod(a[2:]) == 1) != (math.prod(b[2:]) == 1)
    return len(a) == len(b) in SPATIAL and a[0] == b[0] and not spread and _are_images(pair)


def makes(way: list[LayerReading]) -> bool:
    """Whether a layer on a way says how many channels or features it makes."""
    return any(among(type(reading.node.layer), PRODUCERS) for reading in way)


def strided(pair: Pair) -> Iterator[Proposal]:
    """The stride with which the first way would come out as large as the second: a projection's, or a decoder's."""
    ratios = {_ratio(size, wanted) for size, wanted in zip(pair.a[2:], pair.b[2:], strict=False)}
    ratio = ratios.pop() if len(ratios) == 1 else None
    if ratio is None:
        return
    for reading in apart(pair.first)[pair.first.input]:
        stride, larger = getattr(reading.node.layer, "stride", None), reading.node.layer.type in TRANSPOSED
        if _joins(pair) and not larger:
            continue
        if type(stride) is int and stride * ratio[larger] % ratio[not larger] == 0:
            value = stride * ratio[larger] // ratio[not larger]
            change = setting(pair.first.ground, reading.node.pointer, "stride", value)
            yield Proposal(f"Set stride of {called(reading)} to {value}.", (change,))
            return


def _ratio(size: Size, wanted: Size) -> tuple[Size, Size] | None:
    """How many times as large one size is as the other, about: what it is and what it should be, in lowest terms."""
    if size < 1 or wanted < 1 or size == wanted:
        return None
    return (round(size / wanted), 1) if size > wanted else (1, round(wanted / size))


def is_enlarged(pair: Pair) -> bool:
    """Whether the first way enlarges what it is given, as a decoder does: it is that which has lost the remainder."""
    windows = (reading.outcome.field or () for reading in apart(pair.first)[pair.first.input])
    return any(window.upsampling != 1 for field in windows for window in field)


def evenly_fed(pair: Pair) -> Iterator[Proposal]:
    """An image whose sides all the strides on the way down divide, so that no remainder is lost."""
    model_input = pair.first.model_input()
    if model_input is None or len(pair.a) not in SPATIAL or model_input.tensor.rank != len(pair.a):
        return
    sizes = model_input.tensor.shape[2:]
    strides = [
        window.stride
        for reading in pair.first.upstream()
        for window in (reading.outcome.field or ())[:1]
        if is_known(window.stride) and window.upsampling == 1
    ]
    factor = math.prod(strides)
    if 1 < factor < MOST_SHRUNK and any(size % factor for size in sizes):
        for wanted in ([size // factor * factor for size in sizes], [-(-size // factor) * factor for size in sizes]):
            if min(wanted) > 0:
                yield feeding_shape(model_input, [*model_input.tensor.shape[:2], *wanted])


def joined_axis(pair: Pair) -> int | None:
    """The axis along which the two are joined, and along which they may differ."""
    dim = getattr(pair.first.reading.node.layer, "dim", None)
    return dim % len(pair.a) if _joins(pair) and isinstance(dim, int) and pair.a else None


def _joins(pair: Pair) -> bool:
    """Whether the two are joined along an axis, so that they keep their channels."""
    return pair.first.reading.node.layer.type in JOINING


def _are_images(pair: Pair) -> bool:
    """Whether the last layers on the two ways that say so look at height and width, rather than at features."""
    looks = {_is_image(way) for way in (pair.first, pair.second)}
    return True in looks and False not in looks


def _is_image(way: Place) -> bool | None:
    for reading in way.upstream(NEAR):
        if reading.outcome.field:
            return True
        if not FEATURES.isdisjoint(type(reading.node.layer).model_fields):
            return False
    return None


def _convolution(pair: Pair) -> RawLayer:
    return {"type": f"Conv{len(pair.a) - 2}d", "in_channels": pair.a[1], "out_channels": pair.b[1], "kernel_size": 1}


def _projecting(pair: Pair, projection: RawLayer) -> str:
    by, stride = " × ".join(["1"] * (len(pair.a) - 2)), projection.get("stride", 1)
    strided = "" if stride == 1 else f" and stride {stride}"
    return f"Project {described(pair.first)} with a {by} convolution to {pair.b[1]} channels{strided}."


def _projection(pair: Pair, sizes: Shape, wanted: Shape) -> RawLayer | None:
    strides = [_stride(size, target) for size, target in zip(sizes, wanted, strict=True)]
    if None in strides:
        return None
    stride: Any = strides[0] if len(set(strides)) == 1 else strides
    return _convolution(pair) if stride == 1 else {**_convolution(pair), "stride": stride}


def _stride(size: Size, wanted: Size) -> Size | None:
    """The stride with which a kernel of 1 makes ``wanted`` of ``size``."""
    if wanted < 1 or size < wanted:
        return None
    stride = -(-size // wanted)
    return stride if (size - 1) // stride + 1 == wanted else None


def _order(a: Shape, b: Shape) -> list[int]:
    """The permutation that makes ``b`` of ``a``; equal sizes keep their order."""
    left = list(range(len(a)))
    order = []
    for size in b:
        axis = next(axis for axis in left if a[axis] == size)
        left.remove(axis)
        order.append(axis)
    return order
