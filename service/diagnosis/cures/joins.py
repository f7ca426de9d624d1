"""Tensors that have to fit each other and do not: a residual's two ways, the parts of a concatenation, the factors of
a product.

The projection of a shortcut is that of He et al., *Deep Residual Learning for Image Recognition*,
https://arxiv.org/abs/1512.03385.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from service.core.faults import ShapesDisagree
from service.core.sizes import Shape, Size, is_known, written
from service.core.tensors import Tensor
from service.diagnosis.cures.geometry import keeping_padding
from service.diagnosis.cures.producers import producing
from service.diagnosis.edits import RawLayer, inserted, setting
from service.diagnosis.place import NEAR, Place, Proposal, called, origin

PRODUCTS: Final = frozenset({"matmul", "bmm", "mm"})


class Pair(NamedTuple):
    """Two inputs of a layer that disagree."""

    first: Place
    second: Place
    a: Shape
    b: Shape

    def swapped(self) -> "Pair":
        """The second before the first."""
        return Pair(self.second, self.first, self.b, self.a)


def explain(place: Place, fault: ShapesDisagree) -> str:
    """Which layers the two come from."""
    pair = _pair(place, fault)
    if pair is None or pair.first.source == pair.second.source:
        return ""
    return f"{_stated(pair.first, pair.a)}, {_stated(pair.second, pair.b)}"


def propose(place: Place, fault: ShapesDisagree) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    pair = _pair(place, fault)
    if pair is None or not all(map(is_known, (*pair.a, *pair.b))):
        return
    kind = place.reading.node.layer.type
    if kind == "cat":
        yield from _other_dim(place, pair)
    if kind in PRODUCTS:
        layer = {"type": "transpose", "dim0": -2, "dim1": -1}
        yield from inserted(pair.second, f"Transpose {_what(pair.second)} before {place.name}.", layer)
        yield from inserted(pair.first, f"Transpose {_what(pair.first)} before {place.name}.", layer)
    # The shortcut is the way that starts earlier in the model; it is bent to the other one.
    early = pair if _position(pair.first) <= _position(pair.second) else pair.swapped()
    for way in (early, early.swapped()):
        yield from _padded_output(way)
    for way in (early, early.swapped()):
        yield from _bent(way)
    for way in (early.swapped(), early):
        yield from _produced(way)
    if pair.a[2:] != pair.b[2:]:
        for way in (early.swapped(), early):
            yield from keeping_padding(way.first)


def _pair(place: Place, fault: ShapesDisagree) -> Pair | None:
    """The first two inputs with the shapes that disagree."""
    if len(fault.shapes) != 2:
        return None
    shapes = [value.shape if isinstance(value, Tensor) else None for value in place.reading.inputs]
    a, b = fault.shapes
    if a not in shapes or b not in shapes:
        return None
    first = shapes.index(a)
    second = next((at for at, shape in enumerate(shapes) if shape == b and at != first), None)
    if second is None:
        return None
    return Pair(place._replace(input=first), place._replace(input=second), a, b)


def _bent(pair: Pair) -> Iterator[Proposal]:
    """The first of the two brought to the shape of the second."""
    a, b = pair.a, pair.b
    name, what = pair.first.name, _what(pair.first)
    if len(a) == len(b) and sorted(a) == sorted(b):
        order = _order(a, b)
        yield from inserted(pair.first, f"Permute {what} by {order} before {name}.",
                        {"type": "permute", "dims": order})  # fmt: skip
    if len(a) < len(b) and a == b[: len(a)] and a:
        sizes = [a[-1]] + [1] * (len(b) - len(a))
        yield from inserted(pair.first, f"Give {what} the axes that {written(b)} has more.",
                        {"type": "Unflatten", "dim": -1, "unflattened_size": sizes})  # fmt: skip
    if len(a) > len(b) > 1:
        yield from inserted(pair.first, f"Flatten {what} before {name}.", {"type": "Flatten"})
    if len(a) == len(b) and a[:-1] == b[:-1] and len(a) > 1:
        layer: RawLayer = {"type": "Linear", "in_features": a[-1], "out_features": b[-1]}
        yield from inserted(pair.first, f"Project {what} to {b[-1]} features with a Linear.", layer)
    if len(a) == len(b) in (3, 4, 5) and a[0] == b[0]:
        yield from _projected(pair)


def _projected(pair: Pair) -> Iterator[Proposal]:
    """By a convolution with a kernel of 1, strided where the image has to shrink, or by interpolation."""
    a, b = pair.a, pair.b
    axes, what = len(a) - 2, _what(pair.first)
    convolution: RawLayer = {"type": f"Conv{axes}d", "in_channels": a[1], "out_channels": b[1], "kernel_size": 1}
    # The parts of a concatenation keep their channels.
    joined = pair.first.reading.node.layer.type == "cat"
    strides = [_stride(size, wanted) for size, wanted in zip(a[2:], b[2:], strict=True)]
    if all(stride is not None for stride in strides) and not (joined and a[2:] != b[2:]):
        same = len(set(strides)) == 1
        stride: Any = strides[0] if same else strides
        layer = convolution if stride == 1 else {**convolution, "stride": stride}
        by = " × ".join(["1"] * axes)
        strided = "" if stride == 1 else f" and stride {stride}"
        yield from inserted(pair.first, f"Project {what} with a {by} convolution to {b[1]} channels{strided}.", layer)
    if a[2:] != b[2:]:
        interpolation: RawLayer = {"type": "interpolate", "size": list(b[2:])}
        sizes = " × ".join(map(str, b[2:]))
        if a[1] == b[1] or joined:
            yield from inserted(pair.first, f"Interpolate {what} to {sizes}.", interpolation)
        else:
            yield from inserted(
                pair.first, f"Project {what} to {b[1]} channels and interpolate it to {sizes}.",
                convolution, interpolation,
            )  # fmt: skip


def _stride(size: Size, wanted: Size) -> Size | None:
    """The stride with which a kernel of 1 makes ``wanted`` of ``size``."""
    if wanted < 1 or size < wanted:
        return None
    stride = -(-size // wanted)
    return stride if (size - 1) // stride + 1 == wanted else None


def _padded_output(pair: Pair) -> Iterator[Proposal]:
    """The entries that a strided transposed convolution cannot know of: its ``output_padding``."""
    missing = {wanted - size for size, wanted in zip(pair.a[2:], pair.b[2:], strict=False)}
    for reading in pair.first.upstream(NEAR):
        layer: Any = reading.node.layer
        if layer.type in ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"):
            if len(missing) == 1 and isinstance(layer.output_padding, int):
                padding = layer.output_padding + missing.pop()
                yield Proposal(
                    f"Set output_padding of {called(reading)} to {padding}.",
                    (setting(pair.first.ground, reading.node.pointer, "output_padding", padding),),
                )
            return


def _produced(pair: Pair) -> Iterator[Proposal]:
    """The layer that makes the first way's channels or features makes those of the second."""
    a, b = pair.a, pair.b
    if len(a) != len(b):
        return
    differing = [axis for axis, (size, wanted) in enumerate(zip(a, b, strict=True)) if size != wanted]
    if len(differing) == 1:
        yield from producing(pair.first, b[differing[0]], differing[0])


def _other_dim(place: Place, pair: Pair) -> Iterator[Proposal]:
    """The axis along which the parts of a concatenation do fit."""
    a, b = pair.a, pair.b
    for dim in range(len(a) if len(a) == len(b) else 0):
        if a[:dim] + a[dim + 1 :] == b[:dim] + b[dim + 1 :]:
            yield Proposal(f"Set dim of {place.name} to {dim}.", (setting(place.ground, place.pointer, "dim", dim),))


def _order(a: Shape, b: Shape) -> list[int]:
    """The permutation that makes ``b`` of ``a``; equal sizes keep their order."""
    left = list(range(len(a)))
    order = []
    for size in b:
        axis = next(axis for axis in left if a[axis] == size)
        left.remove(axis)
        order.append(axis)
    return order


def _position(place: Place) -> int:
    return -1 if place.source is None else place.source.node


def _what(place: Place) -> str:
    """An input as an object of a sentence: ``what conv1 returns``, ``the input``."""
    source = place.source
    return origin(place) if source is None or source.node < 0 else f"what {origin(place)} returns"


def _stated(place: Place, shape: Shape) -> str:
    source = place.source
    verb = "is" if source is None or source.node < 0 else "returns"
    return f"{origin(place)} {verb} {written(shape)}"
