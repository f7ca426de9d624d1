"""What of a tensor is drawn: a volume with channels, a sheet, or a bar."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.core.sizes import UNKNOWN_SIZE, Shape, Size
from service.core.tensors import Tensor, Value, tensors_in
from service.layers.spatial import SpatialLayer


class View(NamedTuple):
    """The sizes that a drawing shows."""

    kind: Literal["volume", "sheet", "bar"]
    sizes: Shape
    """The spatial sizes of a volume, both of a sheet, the one of a bar."""
    channels: Size = 1

    @property
    def height(self) -> Size:
        """The size that is drawn from bottom to top."""
        return self.sizes[-2] if len(self.sizes) > 1 else 1

    @property
    def across(self) -> Size:
        """The size that is drawn from left to right; of a bar, its only one."""
        return self.sizes[-1]


def view_of(value: Value, axes: int | None) -> View:
    """How a value is drawn whose last ``axes`` axes are spatial, if that is known; the first tensor of a tuple."""
    first = next(iter(tensors_in(value)), None)
    if not isinstance(first, Tensor):
        return View("bar", (UNKNOWN_SIZE,))
    shape = first.shape
    if axes is not None and len(shape) > axes:
        return View("volume", shape[-axes:], shape[-axes - 1])
    if len(shape) > 2:
        return View("sheet", shape[-2:])
    return View("bar", shape[-1:] or (1,))


def spatial_axes(analysis: Analysis, path: Sequence[int]) -> Iterator[int | None]:
    """How many axes are spatial in what goes into the first node of a path, and in what each node returns."""
    readings = [analysis.readings[node] for node in path]
    axes = _arriving(readings)
    yield axes
    for reading in readings:
        axes = _returned(reading, axes)
        yield axes


def _arriving(readings: Sequence[LayerReading]) -> int | None:
    """Of what goes into the first layer: as the first layer says that has spatial axes."""
    for reading in readings:
        layer = reading.node.layer
        if isinstance(layer, SpatialLayer):
            return layer.axes
        output = reading.outcome.output
        if not (isinstance(output, Tensor) and reading.inputs and _rank(reading.inputs[0]) == output.rank):
            return None
    return None


def _returned(reading: LayerReading, axes: int | None) -> int | None:
    layer = reading.node.layer
    if isinstance(layer, SpatialLayer):
        return layer.axes
    before = _rank(reading.inputs[0]) if reading.inputs else None
    kept = reading.outcome.field is not None and before == _rank(reading.outcome.output)
    same = reading.inputs and _shape(reading.inputs[0]) == _shape(reading.outcome.output)
    return axes if kept or same else None


def _rank(value: Value) -> int | None:
    return value.rank if isinstance(value, Tensor) else None


def _shape(value: Value) -> Shape | None:
    return value.shape if isinstance(value, Tensor) else None
