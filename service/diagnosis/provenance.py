"""Where a size comes from: the layer upstream that set it last, in a sentence."""

from typing import Final

from service.analysis.reading import LayerReading
from service.core.sizes import Size, is_known, multiplied_out, product
from service.core.tensors import Tensor
from service.diagnosis.place import Place, called, called_short

PRODUCERS: Final = ("out_channels", "out_features", "embedding_dim", "hidden_size", "embed_dim", "d_model")
"""The arguments that say how many channels or features a layer returns."""
SHOWN_STEPS: Final = 6


def provenance(place: Place, axis: int) -> str:
    """Why axis ``axis`` of the arriving tensor has its size; empty where there is nothing to add."""
    for reading in place.upstream():
        output = reading.outcome.output
        given = reading.inputs[0] if reading.inputs else None
        if not isinstance(output, Tensor) or axis >= output.rank:
            return ""
        declared = declares_size(reading, output, axis)
        if isinstance(given, Tensor) and output.shape == given.shape and declared is None:
            continue
        if isinstance(given, Tensor) and output.rank < given.rank and output.elements == given.elements:
            return _flattened(called_short(reading), given, output, axis)
        worked = next((size.worked for size in reading.outcome.sizes if size.axis == axis), None)
        if worked is not None:
            return f"{called(reading)} makes it {worked}"
        if declared is not None:
            return f"{called(reading)} has {declared} = {output.shape[axis]}"
        if not isinstance(given, Tensor):
            return ""
        if output.rank == given.rank and output.shape[axis] == given.shape[axis]:
            continue
        return f"{called(reading)} turns {given} into {output}"
    model_input = place.model_input()
    return "" if model_input is None else f"{model_input.called} is {model_input.tensor}"


def shrinking(place: Place, axis_from_end: int) -> str:
    """Which layers made an axis so small: ``pool1 leaves 16, pool2 leaves 8``."""
    told: list[str] = []
    start: Size = 0
    for reading in place.upstream():
        output, given = reading.outcome.output, reading.inputs[0] if reading.inputs else None
        if not isinstance(output, Tensor) or not isinstance(given, Tensor):
            break
        if min(output.rank, given.rank) < -axis_from_end or output.rank != given.rank:
            break
        size, start = output.shape[axis_from_end], given.shape[axis_from_end]
        if not is_known(size) or not is_known(start):
            break
        if size != start:
            told.append(f"{called(reading)} leaves {size}")
        if len(told) == SHOWN_STEPS:
            break
    return f"of {start}, {', '.join(reversed(told))}" if told else ""


def declares_size(reading: LayerReading, output: Tensor, axis: int) -> str | None:
    """The argument by which a layer says how many channels or features it returns along ``axis``."""
    layer, windows = reading.node.layer, reading.outcome.field
    # Channels stand before the spatial axes, features in the last one.
    channels = output.rank - len(windows) - 1 if windows else 1
    for argument in PRODUCERS:
        if getattr(layer, argument, None) == output.shape[axis]:
            expected = channels if argument == "out_channels" else output.rank - 1
            return argument if axis == expected else None
    return None


def _flattened(name: str, given: Tensor, output: Tensor, axis: int) -> str:
    """``Flatten turns [1, 32, 7, 7] into 32 × 7 × 7 = 1568``, if those are the axes that ``axis`` is made of."""
    for end in range(given.rank, axis + 1, -1):
        merged = given.shape[axis:end]
        if (*given.shape[:axis], product(merged), *given.shape[end:]) == output.shape and all(map(is_known, merged)):
            return f"{name} turns {given} into {multiplied_out(merged)} = {product(merged)}"
    return f"{name} turns {given} into {output}"
