"""Networks for small devices: MobileNetV2, MobileNetV3-Large, EfficientNet-B0."""

from collections.abc import Iterator
from typing import NamedTuple

from service.reference.architecture import Json, Published, Reference, block, conv, layer, linear, norm
from service.reference.classic import IMAGE, TORCHVISION

Momenta = dict[str, float]
V3: Momenta = {"eps": 0.001, "momentum": 0.01}


def _unit(  # noqa: PLR0917 (in the order in which the papers' tables have it)
    before: int, after: int, kernel: int, stride: int, groups: int, activation: str, **norms: float
) -> Json:
    """A convolution that keeps the size but for its stride, with normalization and activation."""
    convolution = conv(None, before, after, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
    return block(None, convolution, norm(None, after, **norms), *([layer(activation)] if activation else []))


def _gate(channels: int, squeezed: int, activation: str, gate: str) -> Json:
    """Squeeze and excitation: every channel is weighed by what all of them hold on average."""
    return block(
        None,
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1),
        conv("fc1", channels, squeezed, 1), layer(activation, "activation"),
        conv("fc2", squeezed, channels, 1), layer(gate, "scale_activation"),
        layer("mul", "scaled", inputs=["scale_activation", "input"]),
    )  # fmt: skip


def _inverted(name: str, *layers: Json, is_residual: bool) -> Json:
    """Widened, filtered a channel at a time, narrowed; added to what came in where that has the same shape."""
    inner = block(name, *layers)
    if not is_residual:
        return block(None, inner)
    return block(None, inner, layer("add", "sum", inputs=["input", name]))


def _mobilenet_v2() -> list[Json]:
    features, before = [_unit(3, 32, 3, 2, 1, "ReLU6")], 32
    for expansion, after, count, first_stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for number in range(count):
            stride, wide = first_stride if number == 0 else 1, before * expansion
            widened = [_unit(before, wide, 1, 1, 1, "ReLU6")] if expansion > 1 else []
            filtered = _unit(wide, wide, 3, stride, wide, "ReLU6")
            narrowed = conv(None, wide, after, 1, bias=False)
            is_residual = stride == 1 and before == after
            features.append(_inverted("conv", *widened, filtered, narrowed, norm(None, after), is_residual=is_residual))
            before = after
    return [
        block("features", *features, _unit(before, 1280, 1, 1, 1, "ReLU6")),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        block("classifier", layer("Dropout", p=0.2), linear(None, 1280, 1000)),
    ]  # fmt: skip


class _Row(NamedTuple):
    """A line of MobileNetV3's table."""

    kernel: int
    expanded: int
    out: int
    squeezed: int
    """Channels between the two layers of the gate; 0 without one."""
    activation: str
    stride: int


LARGE = (
    _Row(3, 16, 16, 0, "ReLU", 1), _Row(3, 64, 24, 0, "ReLU", 2), _Row(3, 72, 24, 0, "ReLU", 1),
    _Row(5, 72, 40, 24, "ReLU", 2), _Row(5, 120, 40, 32, "ReLU", 1), _Row(5, 120, 40, 32, "ReLU", 1),
    _Row(3, 240, 80, 0, "Hardswish", 2), _Row(3, 200, 80, 0, "Hardswish", 1), _Row(3, 184, 80, 0, "Hardswish", 1),
    _Row(3, 184, 80, 0, "Hardswish", 1), _Row(3, 480, 112, 120, "Hardswish", 1),
    _Row(3, 672, 112, 168, "Hardswish", 1), _Row(5, 672, 160, 168, "Hardswish", 2),
    _Row(5, 960, 160, 240, "Hardswish", 1), _Row(5, 960, 160, 240, "Hardswish", 1),
)  # fmt: skip


def _row(row: _Row, before: int) -> Iterator[Json]:
    if row.expanded != before:
        yield _unit(before, row.expanded, 1, 1, 1, row.activation, **V3)
    yield _unit(row.expanded, row.expanded, row.kernel, row.stride, row.expanded, row.activation, **V3)
    if row.squeezed:
        yield _gate(row.expanded, row.squeezed, "ReLU", "Hardsigmoid")
    yield _unit(row.expanded, row.out, 1, 1, 1, "", **V3)


def _mobilenet_v3() -> list[Json]:
    features, before = [_unit(3, 16, 3, 2, 1, "Hardswish", **V3)], 16
    for row in LARGE:
        features.append(_inverted("block", *_row(row, before), is_residual=row.stride == 1 and row.out == before))
        before = row.out
    return [
        block("features", *features, _unit(160, 960, 1, 1, 1, "Hardswish", **V3)),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        block("classifier", linear(None, 960, 1280), layer("Hardswish"), layer("Dropout", p=0.2),
              linear(None, 1280, 1000)),
    ]  # fmt: skip


def _efficientnet() -> list[Json]:
    stages, before = [_unit(3, 32, 3, 2, 1, "SiLU")], 32
    for expansion, kernel, first_stride, after, count in (
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ):  # fmt: skip
        blocks: list[Json] = []
        for number in range(count):
            stride, wide = first_stride if number == 0 else 1, before * expansion
            widened = [_unit(before, wide, 1, 1, 1, "SiLU")] if expansion > 1 else []
            blocks.append(_inverted(
                "block", *widened, _unit(wide, wide, kernel, stride, wide, "SiLU"),
                _gate(wide, before // 4, "SiLU", "Sigmoid"), _unit(wide, after, 1, 1, 1, ""),
                is_residual=stride == 1 and before == after,
            ))  # fmt: skip
            before = after
        stages.append(block(None, *blocks))
    return [
        block("features", *stages, _unit(320, 1280, 1, 1, 1, "SiLU")),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        block("classifier", layer("Dropout", p=0.2), linear(None, 1280, 1000)),
    ]  # fmt: skip


MOBILE = (
    Reference(
        "mobilenet-v2", "MobileNetV2", "Inverted residuals: narrow between blocks, wide and depthwise within.",
        "Sandler, Howard, Zhu, Zhmoginov & Chen, MobileNetV2 (2018), https://arxiv.org/abs/1801.04381",
        _mobilenet_v2, IMAGE, Published(3_504_872, TORCHVISION),
    ),
    Reference(
        "mobilenet-v3-large", "MobileNetV3-Large", "MobileNetV2 with gates over channels, and cheaper activations.",
        "Howard et al., Searching for MobileNetV3 (2019), https://arxiv.org/abs/1905.02244",
        _mobilenet_v3, IMAGE, Published(5_483_032, TORCHVISION),
    ),
    Reference(
        "efficientnet-b0", "EfficientNet-B0", "Found by search; depth, width and resolution are scaled together.",
        "Tan & Le, EfficientNet (2019), https://arxiv.org/abs/1905.11946",
        _efficientnet, IMAGE, Published(5_288_548, TORCHVISION),
    ),
)  # fmt: skip
