"""Networks of parallel branches: GoogLeNet, Inception-v3, SqueezeNet."""

from typing import Any

from service.reference.architecture import Json, Published, Reference, block, conv, layer, linear, norm, relu
from service.reference.classic import IMAGE, TORCHVISION


def _basic(name: str | None, before: int, after: int, kernel: Any, **others: Any) -> Json:
    """A convolution with its normalization and activation."""
    inputs = {"inputs": others.pop("inputs")} if "inputs" in others else {}
    convolution = conv("conv", before, after, kernel, bias=False, **others)
    return block(name, convolution, norm("bn", after, eps=0.001), relu("relu"), **inputs)


def _pool(name: str | None, kernel: int = 3, stride: int = 2, **others: Any) -> Json:
    return layer("MaxPool2d", name, kernel_size=kernel, stride=stride, **others)


def _joined(*branches: str) -> Json:
    return layer("cat", "cat", dim=1, inputs=list(branches))


def _four_branches(  # noqa: PLR0917 (a line of the paper's table)
    name: str, before: int, one: int, three: tuple[int, int], five: tuple[int, int], pool: int
) -> Json:
    return block(
        name,
        _basic("branch1", before, one, 1),
        block("branch2", _basic(None, before, three[0], 1), _basic(None, *three, 3, padding=1), inputs=["input"]),
        # The paper's 5 × 5 kernel is one of 3 × 3 in the weights that everybody uses.
        block("branch3", _basic(None, before, five[0], 1), _basic(None, *five, 3, padding=1), inputs=["input"]),
        block("branch4", _pool(None, 3, 1, padding=1, ceil_mode=True), _basic(None, before, pool, 1), inputs=["input"]),
        _joined("branch1", "branch2", "branch3", "branch4"),
    )


def _googlenet() -> list[Json]:
    return [
        _basic("conv1", 3, 64, 7, stride=2, padding=3), _pool("maxpool1", ceil_mode=True),
        _basic("conv2", 64, 64, 1), _basic("conv3", 64, 192, 3, padding=1), _pool("maxpool2", ceil_mode=True),
        _four_branches("inception3a", 192, 64, (96, 128), (16, 32), 32),
        _four_branches("inception3b", 256, 128, (128, 192), (32, 96), 64),
        _pool("maxpool3", ceil_mode=True),
        _four_branches("inception4a", 480, 192, (96, 208), (16, 48), 64),
        _four_branches("inception4b", 512, 160, (112, 224), (24, 64), 64),
        _four_branches("inception4c", 512, 128, (128, 256), (24, 64), 64),
        _four_branches("inception4d", 512, 112, (144, 288), (32, 64), 64),
        _four_branches("inception4e", 528, 256, (160, 320), (32, 128), 128),
        _pool("maxpool4", 2, ceil_mode=True),
        _four_branches("inception5a", 832, 256, (160, 320), (32, 128), 128),
        _four_branches("inception5b", 832, 384, (192, 384), (48, 128), 128),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Flatten", "flatten"),
        layer("Dropout", "dropout", p=0.2), linear("fc", 1024, 1000),
    ]  # fmt: skip


WIDE, HIGH = {"padding": [0, 3]}, {"padding": [3, 0]}


def _averaged(before: int, after: int) -> list[Json]:
    pool = layer("AvgPool2d", "pool", kernel_size=3, stride=1, padding=1, inputs=["input"])
    return [pool, _basic("branch_pool", before, after, 1)]


def _inception_a(name: str, before: int, pool: int) -> Json:
    return block(
        name,
        _basic("branch1x1", before, 64, 1),
        _basic("branch5x5_1", before, 48, 1, inputs=["input"]), _basic("branch5x5_2", 48, 64, 5, padding=2),
        _basic("branch3x3dbl_1", before, 64, 1, inputs=["input"]), _basic("branch3x3dbl_2", 64, 96, 3, padding=1),
        _basic("branch3x3dbl_3", 96, 96, 3, padding=1),
        *_averaged(before, pool),
        _joined("branch1x1", "branch5x5_2", "branch3x3dbl_3", "branch_pool"),
    )  # fmt: skip


def _inception_b(name: str, before: int) -> Json:
    return block(
        name,
        _basic("branch3x3", before, 384, 3, stride=2),
        _basic("branch3x3dbl_1", before, 64, 1, inputs=["input"]), _basic("branch3x3dbl_2", 64, 96, 3, padding=1),
        _basic("branch3x3dbl_3", 96, 96, 3, stride=2),
        _pool("branch_pool", inputs=["input"]),
        _joined("branch3x3", "branch3x3dbl_3", "branch_pool"),
    )  # fmt: skip


def _inception_c(name: str, before: int, width: int) -> Json:
    return block(
        name,
        _basic("branch1x1", before, 192, 1),
        _basic("branch7x7_1", before, width, 1, inputs=["input"]), _basic("branch7x7_2", width, width, [1, 7], **WIDE),
        _basic("branch7x7_3", width, 192, [7, 1], **HIGH),
        _basic("branch7x7dbl_1", before, width, 1, inputs=["input"]),
        _basic("branch7x7dbl_2", width, width, [7, 1], **HIGH), _basic("branch7x7dbl_3", width, width, [1, 7], **WIDE),
        _basic("branch7x7dbl_4", width, width, [7, 1], **HIGH), _basic("branch7x7dbl_5", width, 192, [1, 7], **WIDE),
        *_averaged(before, 192),
        _joined("branch1x1", "branch7x7_3", "branch7x7dbl_5", "branch_pool"),
    )  # fmt: skip


def _inception_d(name: str, before: int) -> Json:
    return block(
        name,
        _basic("branch3x3_1", before, 192, 1), _basic("branch3x3_2", 192, 320, 3, stride=2),
        _basic("branch7x7x3_1", before, 192, 1, inputs=["input"]), _basic("branch7x7x3_2", 192, 192, [1, 7], **WIDE),
        _basic("branch7x7x3_3", 192, 192, [7, 1], **HIGH), _basic("branch7x7x3_4", 192, 192, 3, stride=2),
        _pool("branch_pool", inputs=["input"]),
        _joined("branch3x3_2", "branch7x7x3_4", "branch_pool"),
    )  # fmt: skip


def _inception_e(name: str, before: int) -> Json:
    return block(
        name,
        _basic("branch1x1", before, 320, 1),
        _basic("branch3x3_1", before, 384, 1, inputs=["input"]),
        _basic("branch3x3_2a", 384, 384, [1, 3], padding=[0, 1], inputs=["branch3x3_1"]),
        _basic("branch3x3_2b", 384, 384, [3, 1], padding=[1, 0], inputs=["branch3x3_1"]),
        _basic("branch3x3dbl_1", before, 448, 1, inputs=["input"]), _basic("branch3x3dbl_2", 448, 384, 3, padding=1),
        _basic("branch3x3dbl_3a", 384, 384, [1, 3], padding=[0, 1], inputs=["branch3x3dbl_2"]),
        _basic("branch3x3dbl_3b", 384, 384, [3, 1], padding=[1, 0], inputs=["branch3x3dbl_2"]),
        *_averaged(before, 192),
        _joined("branch1x1", "branch3x3_2a", "branch3x3_2b", "branch3x3dbl_3a", "branch3x3dbl_3b", "branch_pool"),
    )  # fmt: skip


def _inception_v3() -> list[Json]:
    return [
        _basic("Conv2d_1a_3x3", 3, 32, 3, stride=2), _basic("Conv2d_2a_3x3", 32, 32, 3),
        _basic("Conv2d_2b_3x3", 32, 64, 3, padding=1), _pool("maxpool1"),
        _basic("Conv2d_3b_1x1", 64, 80, 1), _basic("Conv2d_4a_3x3", 80, 192, 3), _pool("maxpool2"),
        _inception_a("Mixed_5b", 192, 32), _inception_a("Mixed_5c", 256, 64), _inception_a("Mixed_5d", 288, 64),
        _inception_b("Mixed_6a", 288),
        _inception_c("Mixed_6b", 768, 128), _inception_c("Mixed_6c", 768, 160), _inception_c("Mixed_6d", 768, 160),
        _inception_c("Mixed_6e", 768, 192),
        _inception_d("Mixed_7a", 768), _inception_e("Mixed_7b", 1280), _inception_e("Mixed_7c", 2048),
        layer("AdaptiveAvgPool2d", "avgpool", output_size=1), layer("Dropout", "dropout"),
        layer("Flatten", "flatten"), linear("fc", 2048, 1000),
    ]  # fmt: skip


def _fire(before: int, squeezed: int, expanded: int) -> Json:
    return block(
        None,
        conv("squeeze", before, squeezed, 1), relu("squeeze_activation"),
        conv("expand1x1", squeezed, expanded, 1), relu("expand1x1_activation"),
        conv("expand3x3", squeezed, expanded, 3, padding=1, inputs=["squeeze_activation"]),
        relu("expand3x3_activation"),
        _joined("expand1x1_activation", "expand3x3_activation"),
    )  # fmt: skip


def _squeezenet() -> list[Json]:
    pool = _pool(None, ceil_mode=True)
    return [
        block(
            "features", conv(None, 3, 96, 7, stride=2), relu(), pool,
            _fire(96, 16, 64), _fire(128, 16, 64), _fire(128, 32, 128), pool,
            _fire(256, 32, 128), _fire(256, 48, 192), _fire(384, 48, 192), _fire(384, 64, 256), pool,
            _fire(512, 64, 256),
        ),
        block("classifier", layer("Dropout"), conv(None, 512, 1000, 1), relu(),
              layer("AdaptiveAvgPool2d", output_size=1)),
        layer("Flatten", "flatten"),
    ]  # fmt: skip


INCEPTION = (
    Reference(
        "googlenet", "GoogLeNet", "Four branches side by side in each of nine blocks; no large layer at the end.",
        "Szegedy et al., Going Deeper with Convolutions (2014), https://arxiv.org/abs/1409.4842",
        _googlenet, IMAGE, Published(6_624_904, f"{TORCHVISION}, without the auxiliary heads"),
    ),
    Reference(
        "inception-v3", "Inception-v3", "Large kernels taken apart into 1 × 7 and 7 × 1; made for 299 × 299.",
        "Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, Rethinking the Inception Architecture for Computer Vision (2015), "
        "https://arxiv.org/abs/1512.00567", _inception_v3, {"input": [1, 3, 299, 299]},
        Published(23_834_568, f"{TORCHVISION}, without the auxiliary head"),
    ),
    Reference(
        "squeezenet-1.0", "SqueezeNet 1.0", "AlexNet's accuracy with a fiftieth of its parameters.",
        "Iandola et al., SqueezeNet (2016), https://arxiv.org/abs/1602.07360",
        _squeezenet, IMAGE, Published(1_248_424, TORCHVISION),
    ),
)  # fmt: skip
