"""Cures along the spatial axes: the padding that keeps a size, and the input sizes that lead to a wanted one."""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.core.faults import SizeMismatch
from service.core.issues import Operation
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.place import Place, Proposal, called

PADDED: Final = frozenset({"Conv1d", "Conv2d", "Conv3d"})


def keeping_padding(place: Place) -> Iterator[Proposal]:
    """Padding on every convolution before that makes its output the input's size over its stride."""
    operations, names = [], []
    for reading in place.upstream():
        layer: Any = reading.node.layer
        windows = reading.outcome.field
        if layer.type not in PADDED or not windows:
            continue
        keeping = [(window.extent - 1) // 2 for window in windows]
        if all(window.extent % 2 for window in windows) and keeping != [window.padding for window in windows]:
            padding = keeping[0] if len(set(keeping)) == 1 else keeping
            operation = place.set(reading.node.pointer, "padding", padding)
            if operation not in operations:
                operations.append(operation)
                names.append(called(reading))
    if operations:
        sizes = sorted({str(operation.value) for operation in operations})
        description = (
            f"Give {_listed(names[::-1])} padding {' and '.join(sizes)}, which keeps the size but for the stride."
        )
        yield Proposal(description, tuple(operations[::-1]))


def _listed(names: list[str]) -> str:
    if len(names) > 4:
        return f"the {len(names)} convolutions before"
    return " and ".join(names)


def input_sizes(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """A model input whose spatial sizes lead to the features that the layer declares."""
    before = list(place.upstream())
    flat = next((reading for reading in before if _flattens(reading)), None)
    model_input = place.model_input()
    if flat is None or model_input is None or fault.argument != "in_features":
        return
    given, channels = flat.inputs[0], 0
    assert isinstance(given, Tensor)
    axes = given.rank - 2
    channels = given.shape[1]
    if axes < 1 or not all(map(is_known, given.shape)) or channels == 0 or fault.expected % channels:
        return
    side = round((fault.expected // channels) ** (1 / axes))
    if side**axes * channels != fault.expected or side < 1:
        return
    pointer, name, tensor = model_input
    if tensor.rank != axes + 2:
        return
    through = before[before.index(flat) + 1 :]
    sizes = [_leading_to(side, axis, through, tensor.shape[2 + axis]) for axis in range(axes)]
    if any(size is None for size in sizes):
        return
    shape = [*tensor.shape[:2], *sizes]
    described = " × ".join(str(size) for size in sizes)
    where = "the model" if name == "input" else name
    yield Proposal(
        f"Feed {where} an input of {described}, which arrives as {' × '.join([str(side)] * axes)}: {shape}.",
        (Operation("replace", pointer, shape),),
    )


def _flattens(reading: LayerReading) -> bool:
    given, output = (reading.inputs[0] if reading.inputs else None), reading.outcome.output
    return isinstance(given, Tensor) and isinstance(output, Tensor) and output.rank == 2 < given.rank


def _leading_to(size: Size, axis: int, through: list[LayerReading], current: Size) -> Size | None:
    """The size nearest to ``current`` that the layers ``through``, last first, turn into ``size``."""
    low = high = size
    for reading in through:
        windows = reading.outcome.field
        if windows is None:
            return None
        if windows:
            window = windows[axis]
            if window.upsampling != 1:
                return None
            low = (low - 1) * window.stride - 2 * window.padding + window.extent
            high = (high - 1) * window.stride - 2 * window.padding + window.extent + window.stride - 1
    return min(max(current, low), high) if high >= 1 else None
