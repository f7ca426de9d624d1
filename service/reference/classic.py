"""The first convolutional networks that everybody knows: LeNet-5, AlexNet, VGG."""

from collections.abc import Iterator

from service.reference.architecture import Json, Published, Reference, block, conv, layer, linear, norm, relu

TORCHVISION = "torchvision's table of weights, https://docs.pytorch.org/vision/stable/models.html"


def _lenet() -> list[Json]:
    return [
        conv("conv1", 1, 6, 5), layer("Tanh", "tanh1"), layer("AvgPool2d", "pool1", kernel_size=2),
        conv("conv2", 6, 16, 5), layer("Tanh", "tanh2"), layer("AvgPool2d", "pool2", kernel_size=2),
        conv("conv3", 16, 120, 5), layer("Tanh", "tanh3"),
        layer("Flatten", "flatten"),
        linear("fc1", 120, 84), layer("Tanh", "tanh4"),
        linear("fc2", 84, 10),
    ]  # fmt: skip


def _alexnet() -> list[Json]:
    pool = layer("MaxPool2d", kernel_size=3, stride=2)
    return [
        block(
            "features",
            conv(None, 3, 64, 11, stride=4, padding=2), relu(), pool,
            conv(None, 64, 192, 5, padding=2), relu(), pool,
            conv(None, 192, 384, 3, padding=1), relu(),
            conv(None, 384, 256, 3, padding=1), relu(),
            conv(None, 256, 256, 3, padding=1), relu(), pool,
        ),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=6),
        layer("Flatten", "flatten"),
        block(
            "classifier",
            layer("Dropout"), linear(None, 256 * 6 * 6, 4096), relu(),
            layer("Dropout"), linear(None, 4096, 4096), relu(),
            linear(None, 4096, 1000),
        ),
    ]  # fmt: skip


def _vgg_features(*, normalized: bool) -> Iterator[Json]:
    before = 3
    for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            yield conv(None, before, width, 3, padding=1)
            if normalized:
                yield norm(None, width)
            yield relu()
            before = width
        yield layer("MaxPool2d", kernel_size=2, stride=2)


def _vgg(*, normalized: bool) -> list[Json]:
    return [
        block("features", *_vgg_features(normalized=normalized)),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=7),
        layer("Flatten", "flatten"),
        block(
            "classifier",
            linear(None, 512 * 7 * 7, 4096), relu(), layer("Dropout"),
            linear(None, 4096, 4096), relu(), layer("Dropout"),
            linear(None, 4096, 1000),
        ),
    ]  # fmt: skip


IMAGE = {"input": [1, 3, 224, 224]}
SIMONYAN = (
    "Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition (2014), "
    "https://arxiv.org/abs/1409.1556"
)

CLASSIC = (
    Reference(
        "lenet-5", "LeNet-5", "Reads handwritten digits: where convolutional networks begin.",
        "LeCun, Bottou, Bengio & Haffner, Gradient-Based Learning Applied to Document Recognition (1998), "
        "https://doi.org/10.1109/5.726791", _lenet, {"input": [1, 1, 32, 32]},
    ),
    Reference(
        "alexnet", "AlexNet", "Large kernels first, three large linear layers last: it won ImageNet in 2012.",
        "Krizhevsky, One Weird Trick for Parallelizing Convolutional Neural Networks (2014), "
        "https://arxiv.org/abs/1404.5997", _alexnet, IMAGE, Published(61_100_840, TORCHVISION),
    ),
    Reference(
        "vgg-16", "VGG-16", "Nothing but 3 × 3 convolutions and pools; most parameters are in one linear layer.",
        SIMONYAN, lambda: _vgg(normalized=False), IMAGE, Published(138_357_544, TORCHVISION),
    ),
    Reference(
        "vgg-16-bn", "VGG-16-BN", "VGG-16 with a batch normalization behind every convolution.",
        SIMONYAN, lambda: _vgg(normalized=True), IMAGE, Published(138_365_992, TORCHVISION),
    ),
)  # fmt: skip
