"""What is said of layers, in as few words as a drawing has room for."""

from collections.abc import Iterator, Set
from math import log10
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.core.sizes import Size, is_known, is_unknown
from service.core.tensors import NOTHING, Tensor, Value, is_tuple, tensors_in
from service.layers.base import Layer
from service.layers.operation import Operation
from service.layers.spatial import SpatialLayer
from service.reports.abridged.names import cleaned

LONGEST_EXACT: Final = 15
"""Digits of a number that is written out."""
LONGEST_VALUE: Final = 48


def counted(count: Any) -> str:
    """A count with its thousands apart; a very large one in powers of ten."""
    if not is_known(count):
        return "?"
    if abs(count) < 10**LONGEST_EXACT:
        return f"{count:,}"
    power = int(log10(abs(count)))
    leading = count // 10 ** (power - 2)
    return f"{leading / 100:.2f}e{power}"


def exact(count: Any) -> str:
    """A count with its thousands apart, however large."""
    return f"{count:,}" if is_known(count) else "?"


def plural(count: int, thing: str) -> str:
    """So many things."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def size_of(size: Size) -> str:
    """The size of an axis, as PyTorch writes it."""
    return str(size) if is_known(size) and abs(size) < 10**9 else counted(size)


def abbreviated(count: Any) -> str:
    """A count in three digits and a unit: ``25.6 M``."""
    if not is_known(count) or count < 1_000:
        return counted(count)
    for unit, scale in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if count >= scale:
            scaled = count / scale
            digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
            return f"{scaled:.{digits}f} {unit}" if scaled < 10_000 else counted(count)
    return counted(count)


def shape_of(value: Value) -> str:
    """``1 × 64 × 56 × 56``, its element type if that is not the usual one, and how many tensors more there are."""
    tensors = tensors_in(value)
    if not tensors:
        return "None" if value is NOTHING else "()"
    first = tensors[0]
    if is_unknown(first):
        text = "?"
    elif isinstance(first, Tensor):
        text = " × ".join(size_of(size) for size in first.shape[:8]) or "scalar"
        text += " × …" if len(first.shape) > 8 else ""
        text += "" if first.dtype == "float32" else f" {first.dtype}"
    more = f" + {len(tensors) - 1} more" if len(tensors) > 1 else ""
    return text + more


def shapes_of(first: Value, last: Value, between: str = "–") -> str:
    """The shape of something that stands several times, from the first to the last: ``1 × 96–256 × 56 × 56``."""
    one, other = shape_of(first), shape_of(last)
    if one == other:
        return one
    sizes, others = one.split(" × "), other.split(" × ")
    if len(sizes) != len(others):
        return f"{one} {between} {other}"
    return " × ".join(a if a == b else f"{a}{between}{b}" for a, b in zip(sizes, others, strict=True))


def details(reading: LayerReading) -> list[str]:
    """The arguments by which people know a layer, each in a few words."""
    layer = reading.node.layer
    given = {**layer.given(), **reading.outcome.inferred}
    found = [*_window(layer), *_widths(layer, given), *_others(given)]
    if not found and isinstance(layer, Operation):
        told = _told_by_output(reading)
        found = [f"{name} {_value(value)}" for name, value in given.items() if name not in told]
    return [cleaned(text)[:LONGEST_VALUE] for text in found]


def _told_by_output(reading: LayerReading) -> Set[str]:
    """Arguments of an operation of which nothing is left to say beside the shape that it returns."""
    output, layer = reading.outcome.output, reading.node.layer
    shape = tuple(output.shape) if isinstance(output, Tensor) else None
    return {"inplace"} | {name for name in ("shape", "size") if getattr(layer, name, None) == shape}


def _window(layer: Layer) -> Iterator[str]:
    kernel = getattr(layer, "kernel_size", None)
    if kernel is None:
        return
    axes = layer.axes if isinstance(layer, SpatialLayer) else 1
    yield _per_axis(kernel, axes)
    stride = getattr(layer, "stride", 1)
    if stride in (None, ()):
        stride = kernel
    padding = getattr(layer, "padding", 0)
    yield from _unless(1, "stride", stride, axes)
    if isinstance(padding, str):
        yield from [] if padding == "valid" else [f"padding {padding}"]
    else:
        yield from _unless(0, "padding", padding, axes)
    yield from _unless(0, "output padding", getattr(layer, "output_padding", 0), axes)
    yield from _unless(1, "dilation", getattr(layer, "dilation", 1), axes)
    groups = getattr(layer, "groups", 1)
    if groups != 1:
        yield "depthwise" if groups == getattr(layer, "in_channels", None) else f"{groups} groups"


def _unless(neutral: int, name: str, value: Any, axes: int) -> Iterator[str]:
    numbers = set(value) if isinstance(value, tuple) else {value}
    if numbers - {neutral}:
        yield f"{name} {value if isinstance(value, int) else _per_axis(value, axes)}"


def _per_axis(value: Any, axes: int) -> str:
    numbers = value if isinstance(value, tuple) and len(value) != 1 else (value if is_tuple(value) else (value,)) * axes
    return "×".join(map(str, numbers))


_WIDTHS: Final = (
    ("in_features", "out_features"),
    ("input_size", "hidden_size"),
    ("num_embeddings", "embedding_dim"),
)


def _widths(layer: Layer, given: dict[str, Any]) -> Iterator[str]:
    for before, after in _WIDTHS:
        if hasattr(layer, after):
            known = given.get(before, getattr(layer, before, None))
            arrow = " × " if before == "num_embeddings" else " → "
            yield f"{_value(known)}{arrow}{_value(getattr(layer, after))}"


_NAMED: Final = {
    "output_size": "to {}",
    "size": "to {}",
    "scale_factor": "factor {}",
    "upscale_factor": "factor {}",
    "downscale_factor": "factor {}",
    "num_layers": "{} layers",
    "nhead": "{} heads",
    "num_heads": "{} heads",
    "num_groups": "{} groups",
}


def _others(given: dict[str, Any]) -> Iterator[str]:
    for name, words in _NAMED.items():
        if given.get(name) is not None:
            yield words.format(_value(given[name]))
    if given.get("bidirectional"):
        yield "bidirectional"


def _value(value: Any) -> str:
    if is_unknown(value):
        return "?"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return counted(value) if isinstance(value, int) and abs(value) > 10**LONGEST_EXACT else f"{value}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(part) for part in value[:6])}{', …' if len(value) > 6 else ''}]"
    return str(value)[:LONGEST_VALUE]
