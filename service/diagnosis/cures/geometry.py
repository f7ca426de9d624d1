"""Cures along the spatial axes: pooling what is flattened, and the input sizes that lead to a wanted one."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from service.analysis.reading import LayerReading
from service.core.sizes import Shape, Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import feeding_shape, keeps_square
from service.diagnosis.edits import inserted
from service.diagnosis.place import Place, Proposal
from service.layers.base import Layer

LINEAR_MODES: Final = {3: "linear", 4: "bilinear", 5: "trilinear"}
"""What linear interpolation is called, by the number of axes."""


class Flattening(NamedTuple):
    """A layer before that turns images into features."""

    place: Place
    given: Tensor
    before: list[LayerReading]
    """The layers before it, nearest first."""


def flattening(place: Place) -> Flattening | None:
    """The layer before that turns images into features, if there is one."""
    nodes = list(place.nodes_before())
    for position, node in enumerate(nodes):
        reading = place.analysis.readings[node]
        given, output = (reading.inputs[0] if reading.inputs else None), reading.outcome.output
        if isinstance(given, Tensor) and isinstance(output, Tensor) and output.rank == 2 < given.rank:
            before = [place.analysis.readings[earlier] for earlier in nodes[position + 1 :]]
            return None if is_single(before) else Flattening(place.at(node), given, before)
    return None


def spatial_axes(layer: Layer) -> int:
    """How many axes of height, width and the like a layer works on."""
    axes = getattr(layer, "axes", 0)
    return axes if isinstance(axes, int) else 0


def is_single(before: Iterable[LayerReading]) -> bool:
    """Whether the nearest of the layers, where it looks at images, was given one without a batch axis."""
    for reading in before:
        windows, given = reading.outcome.field, reading.inputs[0] if reading.inputs else None
        if windows and isinstance(given, Tensor):
            return given.rank == len(windows) + 1
    return False


def pooling_adaptively(flat: Flattening, features: Size) -> Iterator[Proposal]:
    """Pooling before the image is flattened, so that the declared features come out whatever its size."""
    axes = flat.given.rank - 2
    channels, side = _image(flat.given, features)
    if side is None or axes > 3 or side > min(flat.given.shape[2:]):
        return
    sizes = " × ".join([str(side)] * axes)
    yield from inserted(
        flat.place, f"Pool each of the {channels} channels to {sizes} before {flat.place.name}.",
        {"type": f"AdaptiveAvgPool{axes}d", "output_size": side},
    )  # fmt: skip


def input_sizes(flat: Flattening, features: Size) -> Iterator[Proposal]:
    """A model input whose spatial sizes lead to the features that the layer declares."""
    model_input, axes = flat.place.model_input(), flat.given.rank - 2
    _, side = _image(flat.given, features)
    if model_input is None or side is None or model_input.tensor.rank != axes + 2:
        return
    sizes = leading_to([side] * axes, flat.before, model_input.tensor.shape[2:])
    current = model_input.tensor.shape[2:]
    # What the user meant is not far from what is there.
    near = sizes is not None and all(size <= 2 * wanted for size, wanted in zip(current, sizes, strict=True))
    if sizes is not None and near and keeps_square(current, sizes):
        yield feeding_shape(model_input, [*model_input.tensor.shape[:2], *sizes])


def _image(given: Tensor, features: Size) -> tuple[Size, Size | None]:
    """Channels, and the side of the square image that makes so many features of them; none if there is none."""
    axes, channels = given.rank - 2, given.shape[1]
    if axes < 1 or not all(map(is_known, given.shape)) or channels == 0 or features % channels or features < 1:
        return channels, None
    if features > 2**48:
        return channels, None
    side: int = round((features // channels) ** (1 / axes))
    return channels, side if side >= 1 and side**axes * channels == features else None


def leading_to(wanted: list[Size], through: list[LayerReading], current: Shape) -> list[Size] | None:
    """The sizes nearest to ``current`` that the layers ``through``, last first, turn into ``wanted`` ones."""
    if not all(map(is_known, current)):
        return None
    sizes = [_leading_to(size, axis - len(wanted), through, current[axis]) for axis, size in enumerate(wanted)]
    return None if any(size is None for size in sizes) else [size for size in sizes if size is not None]


def _leading_to(size: Size, axis: int, through: list[LayerReading], current: Size) -> Size | None:
    low = high = size
    for reading in through:
        windows = reading.outcome.field
        if windows is None:
            return None
        if windows:
            if len(windows) < -axis or windows[axis].upsampling != 1 or not all(map(is_known, windows[axis])):
                return None
            window = windows[axis]
            low = (low - 1) * window.stride - 2 * window.padding + window.extent
            high = (high - 1) * window.stride - 2 * window.padding + window.extent + window.stride - 1
    return min(max(current, low), high) if high >= 1 else None
