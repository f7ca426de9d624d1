"""Residual networks, and what grew out of them: ResNet, DenseNet, ConvNeXt."""

from collections.abc import Iterator

from service.reference.architecture import Json, Published, Reference, block, conv, layer, linear, norm, relu
from service.reference.classic import IMAGE, TORCHVISION


def _shortcut(before: int, after: int, stride: int) -> list[Json]:
    """What brings the input of a residual block to the shape of its output, if it does not have it."""
    if before == after and stride == 1:
        return []
    convolution = conv(None, before, after, 1, stride=stride, bias=False)
    return [block("downsample", convolution, norm(None, after), inputs=["input"])]


def _joined(last: str, shortcut: list[Json]) -> list[Json]:
    return [*shortcut, layer("add", "sum", inputs=[last, "downsample" if shortcut else "input"]), relu("relu")]


def _basic(before: int, width: int, stride: int) -> list[Json]:
    return [
        conv("conv1", before, width, 3, stride=stride, padding=1, bias=False), norm("bn1", width), relu("relu1"),
        conv("conv2", width, width, 3, padding=1, bias=False), norm("bn2", width),
        *_joined("bn2", _shortcut(before, width, stride)),
    ]  # fmt: skip


def _bottleneck(before: int, width: int, stride: int) -> list[Json]:
    return [
        conv("conv1", before, width, 1, bias=False), norm("bn1", width), relu("relu1"),
        conv("conv2", width, width, 3, stride=stride, padding=1, bias=False), norm("bn2", width), relu("relu2"),
        conv("conv3", width, 4 * width, 1, bias=False), norm("bn3", 4 * width),
        *_joined("bn3", _shortcut(before, 4 * width, stride)),
    ]  # fmt: skip


def _resnet(depths: tuple[int, ...], expansion: int) -> list[Json]:
    residual = _basic if expansion == 1 else _bottleneck
    stages, before = list[Json](), 64
    for number, depth in enumerate(depths, 1):
        width, stride = 32 * 2**number, 1 if number == 1 else 2
        blocks = [block(None, *residual(before, width, stride))]
        before = expansion * width
        blocks += [block(None, *residual(before, width, 1)) for _ in range(depth - 1)]
        stages.append(block(f"layer{number}", *blocks))
    return [
        conv("conv1", 3, 64, 7, stride=2, padding=3, bias=False), norm("bn1", 64), relu("relu"),
        layer("MaxPool2d", "maxpool", kernel_size=3, stride=2, padding=1),
        *stages,
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        linear("fc", before, 1000),
    ]  # fmt: skip


GROWTH = 32
"""Channels that every layer of a DenseNet adds."""


def _dense_layer(before: int) -> list[Json]:
    return [
        norm("norm1", before), relu("relu1"), conv("conv1", before, 4 * GROWTH, 1, bias=False),
        norm("norm2", 4 * GROWTH), relu("relu2"), conv("conv2", 4 * GROWTH, GROWTH, 3, padding=1, bias=False),
    ]  # fmt: skip


def _dense_block(before: int, depth: int) -> Iterator[Json]:
    """Layers that each take everything before them."""
    known = "input"
    for number in range(1, depth + 1):
        yield block(f"denselayer{number}", *_dense_layer(before + (number - 1) * GROWTH), inputs=[known])
        yield layer("cat", f"cat{number}", dim=1, inputs=[known, f"denselayer{number}"])
        known = f"cat{number}"


def _densenet() -> list[Json]:
    features = [
        conv("conv0", 3, 64, 7, stride=2, padding=3, bias=False), norm("norm0", 64), relu("relu0"),
        layer("MaxPool2d", "pool0", kernel_size=3, stride=2, padding=1),
    ]  # fmt: skip
    channels = 64
    for number, depth in enumerate((6, 12, 24, 16), 1):
        features.append(block(f"denseblock{number}", *_dense_block(channels, depth)))
        channels += depth * GROWTH
        if number < 4:
            features.append(block(
                f"transition{number}", norm("norm", channels), relu("relu"),
                conv("conv", channels, channels // 2, 1, bias=False),
                layer("AvgPool2d", "pool", kernel_size=2, stride=2),
            ))  # fmt: skip
            channels //= 2
    features.append(norm("norm5", channels))
    return [
        block("features", *features), relu("relu"),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        linear("classifier", channels, 1000),
    ]  # fmt: skip


def _convnext_block(width: int) -> list[Json]:
    return [
        layer("parameter", "layer_scale", shape=[width, 1, 1]),
        block(
            "block",
            conv(None, width, width, 7, padding=3, groups=width),
            layer("permute", dims=[0, 2, 3, 1]),
            layer("LayerNorm", normalized_shape=width, eps=1e-6),
            linear(None, width, 4 * width), layer("GELU"), linear(None, 4 * width, width),
            layer("permute", dims=[0, 3, 1, 2]),
            inputs=["input"],
        ),
        layer("mul", "scaled", inputs=["block", "layer_scale"]),
        layer("add", "sum", inputs=["input", "scaled"]),
    ]  # fmt: skip


def _channel_norm(width: int) -> list[Json]:
    """A layer normalization over the channels of images."""
    return [
        layer("permute", "last", dims=[0, 2, 3, 1]), layer("LayerNorm", "norm", normalized_shape=width, eps=1e-6),
        layer("permute", "second", dims=[0, 3, 1, 2]),
    ]  # fmt: skip


def _convnext() -> list[Json]:
    stages = [block("stem", conv("conv", 3, 96, 4, stride=4), *_channel_norm(96))]
    before = 96
    for number, (width, depth) in enumerate(((96, 3), (192, 3), (384, 9), (768, 3)), 1):
        if width != before:
            reduction = conv("conv", before, width, 2, stride=2)
            stages.append(block(f"downsample{number}", *_channel_norm(before), reduction))
        stages.append(block(f"stage{number}", *_convnext_block(width), repeat=depth))
        before = width
    return [
        *stages, layer("AdaptiveAvgPool2d", "avgpool", output_size=1),
        block("classifier", *_channel_norm(768), layer("Flatten", "flatten"), linear("fc", 768, 1000)),
    ]  # fmt: skip


HE = "He, Zhang, Ren & Sun, Deep Residual Learning for Image Recognition (2015), https://arxiv.org/abs/1512.03385"

RESIDUAL = (
    Reference(
        "resnet-18", "ResNet-18", "Two 3 × 3 convolutions and a shortcut around them, eight times.",
        HE, lambda: _resnet((2, 2, 2, 2), 1), IMAGE, Published(11_689_512, TORCHVISION),
    ),
    Reference(
        "resnet-50", "ResNet-50", "Bottlenecks: 1 × 1 convolutions narrow what the 3 × 3 works on.",
        HE, lambda: _resnet((3, 4, 6, 3), 4), IMAGE, Published(25_557_032, TORCHVISION),
    ),
    Reference(
        "resnet-152", "ResNet-152", "The deepest of the first residual networks, 50 bottlenecks in a row.",
        HE, lambda: _resnet((3, 8, 36, 3), 4), IMAGE, Published(60_192_808, TORCHVISION),
    ),
    Reference(
        "densenet-121", "DenseNet-121", "Every layer takes what all layers before it in its block returned.",
        "Huang, Liu, van der Maaten & Weinberger, Densely Connected Convolutional Networks (2016), "
        "https://arxiv.org/abs/1608.06993", _densenet, IMAGE, Published(7_978_856, TORCHVISION),
    ),
    Reference(
        "convnext-tiny", "ConvNeXt-Tiny", "Convolutions arranged as in transformers: few activations and norms.",
        "Liu, Mao, Wu, Feichtenhofer, Darrell & Xie, A ConvNet for the 2020s (2022), "
        "https://arxiv.org/abs/2201.03545", _convnext, IMAGE, Published(28_589_128, TORCHVISION),
    ),
)  # fmt: skip
