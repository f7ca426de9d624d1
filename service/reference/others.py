"""Networks that make images: U-Net, and the generator of DCGAN."""

from service.reference.architecture import Json, Reference, block, conv, layer, norm, relu


def _twice(name: str, before: int, after: int) -> Json:
    """Two convolutions without padding, each of which takes a border of one."""
    return block(name, conv("conv1", before, after, 3), relu("relu1"), conv("conv2", after, after, 3), relu("relu2"))


def _unet() -> list[Json]:
    widths = (64, 128, 256, 512)
    layers, before, side = list[Json](), 1, 572
    sides = []
    for number, width in enumerate(widths, 1):
        layers += [_twice(f"down{number}", before, width), layer("MaxPool2d", f"pool{number}", kernel_size=2, stride=2)]
        sides.append(side - 4)
        before, side = width, (side - 4) // 2
    layers.append(_twice("bottom", before, 1024))
    before, side = 1024, side - 4
    for number, width in reversed(list(enumerate(widths, 1))):
        side *= 2
        lost = (sides[number - 1] - side) // 2
        cut = f"{lost}:-{lost}"
        layers += [
            layer("ConvTranspose2d", f"up{number}", in_channels=before, out_channels=width, kernel_size=2, stride=2),
            # What was lost at the borders on the way down and up is cut off.
            layer("getitem", f"crop{number}", index=["...", cut, cut], inputs=[f"down{number}"]),
            layer("cat", f"both{number}", dim=1, inputs=[f"crop{number}", f"up{number}"]),
            _twice(f"merge{number}", 2 * width, width),
        ]
        before, side = width, side - 4
    return [*layers, conv("head", 64, 2, 1)]


def _generator() -> list[Json]:
    layers, before = list[Json](), 100
    for width, stride, padding in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
        layers += [
            layer("ConvTranspose2d", in_channels=before, out_channels=width, kernel_size=4, stride=stride,
                  padding=padding, bias=False),
            norm(None, width), relu(),
        ]  # fmt: skip
        before = width
    last = layer("ConvTranspose2d", in_channels=64, out_channels=3, kernel_size=4, stride=2, padding=1, bias=False)
    return [block("main", *layers, last, layer("Tanh"))]


OTHERS = (
    Reference(
        "u-net", "U-Net", "Down and up again, with what was seen on the way down put beside what comes up.",
        "Ronneberger, Fischer & Brox, U-Net (2015), https://arxiv.org/abs/1505.04597",
        _unet, {"input": [1, 1, 572, 572]},
    ),
    Reference(
        "dcgan-generator", "DCGAN generator", "Makes an image of 64 × 64 out of a hundred numbers.",
        "Radford, Metz & Chintala, Unsupervised Representation Learning with Deep Convolutional GANs (2015), "
        "https://arxiv.org/abs/1511.06434", _generator, {"input": [16, 100, 1, 1]},
    ),
)  # fmt: skip
