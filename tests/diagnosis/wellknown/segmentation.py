"""Networks that answer for every pixel, and that detect."""

from tests.diagnosis.architectures import Raw, conv, convolution, document, layer, linear


def atrous_pyramid() -> Raw:
    """DeepLabV3's ASPP on the features of an image of 224."""
    branches = [*convolution("b0", 256, 64, 1), layer("ReLU", "r0")]
    for rate in (12, 24, 36):
        branches += [
            conv(256, 64, name=f"c{rate}", padding=rate, dilation=rate, bias=False, inputs=["input"]),
            layer("BatchNorm2d", num_features=64), layer("ReLU", f"r{rate}"),
        ]  # fmt: skip
    return document(
        *branches, layer("AdaptiveAvgPool2d", "pool", output_size=1, inputs=["input"]), conv(256, 64, 1, bias=False),
        layer("BatchNorm2d", num_features=64), layer("ReLU"),
        layer("interpolate", "image", size=[28, 28], mode="bilinear"),
        layer("cat", dim=1, inputs=["r0", "r12", "r24", "r36", "image"]), *convolution("project", 320, 64, 1),
        layer("ReLU"), layer("Dropout"), *convolution("head", 64, 64, 3), layer("ReLU"), conv(64, 21, 1),
        layer("interpolate", size=[224, 224], mode="bilinear"), input=(2, 256, 28, 28),
    )  # fmt: skip


def feature_pyramid() -> Raw:
    """FPN: laterals, a way down, and a convolution that smooths each level."""
    return document(
        conv(512, 256, 1, name="in5", inputs=["c5"]), conv(256, 256, padding=1, name="p5"),
        layer("interpolate", "up5", scale_factor=2, inputs=["in5"]), conv(256, 256, 1, name="in4", inputs=["c4"]),
        layer("add", "m4", inputs=["in4", "up5"]), conv(256, 256, padding=1, name="p4"),
        layer("interpolate", "up4", scale_factor=2, inputs=["m4"]), conv(128, 256, 1, name="in3", inputs=["c3"]),
        layer("add", "m3", inputs=["in3", "up4"]), conv(256, 256, padding=1, name="p3"),
        layer("MaxPool2d", "p6", kernel_size=1, stride=2, inputs=["p5"]),
        inputs={"c3": [1, 128, 64, 64], "c4": [1, 256, 32, 32], "c5": [1, 512, 16, 16]},
        outputs=["p3", "p4", "p5", "p6"],
    )  # fmt: skip


def pyramid_pooling() -> Raw:
    """PSPNet."""
    layers, names = [], ["input"]
    for size in (1, 2, 3, 6):
        layers += [
            layer("AdaptiveAvgPool2d", f"pool{size}", output_size=size, inputs=["input"]),
            conv(512, 128, 1, bias=False), layer("BatchNorm2d", num_features=128), layer("ReLU"),
            layer("interpolate", f"up{size}", size=[60, 60], mode="bilinear", align_corners=True),
        ]  # fmt: skip
        names.append(f"up{size}")
    return document(*layers, layer("cat", dim=1, inputs=names), *convolution("last", 1024, 512, 3), layer("ReLU"),
                    layer("Dropout2d", p=0.1), conv(512, 19, 1), input=(1, 512, 60, 60))  # fmt: skip


def pooled_indices() -> Raw:
    """SegNet: what the pools chose is put back."""
    return document(
        *convolution("a", 3, 32, 3), layer("ReLU"),
        layer("MaxPool2d", "pool", kernel_size=2, stride=2, return_indices=True),
        conv(32, 64, padding=1, bias=False, inputs=["pool[0]"]), layer("BatchNorm2d", num_features=64), layer("ReLU"),
        conv(64, 32, padding=1, bias=False), layer("BatchNorm2d", num_features=32), layer("ReLU", "deep"),
        layer("MaxUnpool2d", kernel_size=2, stride=2, inputs=["deep", "pool[1]"]), conv(32, 12, padding=1),
        input=(1, 3, 64, 64),
    )  # fmt: skip


def fully_convolutional() -> Raw:
    """FCN: scores of a coarse image, enlarged by a transposed convolution and added to those of a finer one."""
    return document(
        conv(512, 512, 7, padding=3, inputs=["deep"]), layer("ReLU"), layer("Dropout2d"), conv(512, 21, 1),
        layer("ConvTranspose2d", "up", in_channels=21, out_channels=21, kernel_size=4, stride=2, padding=1, bias=False),
        conv(256, 21, 1, name="fine", inputs=["shallow"]), layer("add", inputs=["up", "fine"]),
        layer("ConvTranspose2d", in_channels=21, out_channels=21, kernel_size=16, stride=8, padding=4, bias=False),
        inputs={"deep": [1, 512, 14, 14], "shallow": [1, 256, 28, 28]},
    )  # fmt: skip


def global_convolutions() -> Raw:
    """Large kernels as rows and columns, in both orders."""
    return document(
        conv(256, 21, (7, 1), padding=[3, 0]), conv(21, 21, (1, 7), name="a", padding=[0, 3]),
        conv(256, 21, (1, 7), padding=[0, 3], inputs=["input"], name="b0"),
        conv(21, 21, (7, 1), name="b", padding=[3, 0]),
        layer("add", inputs=["a", "b"]), input=(1, 256, 32, 32),
    )  # fmt: skip


def single_shot() -> Raw:
    """SSD and YOLO: scores and boxes of all anchors in rows."""
    return document(
        *convolution("neck", 128, 128, 3), layer("LeakyReLU", "x", negative_slope=0.1),
        conv(128, 4 * 21, padding=1, name="class0"), layer("permute", dims=[0, 2, 3, 1]),
        layer("reshape", "scores", shape=[2, -1, 21]), conv(128, 4 * 4, padding=1, name="box0", inputs=["x"]),
        layer("permute", dims=[0, 2, 3, 1]), layer("reshape", "boxes", shape=[2, -1, 4]), input=(2, 128, 19, 19),
        outputs=["scores", "boxes"],
    )  # fmt: skip


def boxes_in_rows() -> Raw:
    """A region proposal head, whose boxes are listed one below the other."""
    return document(
        conv(256, 256, padding=1), layer("ReLU", "x"), conv(256, 3, 1), layer("permute", dims=[0, 2, 3, 1]),
        layer("reshape", "objectness", shape=[-1]), conv(256, 12, 1, name="d", inputs=["x"]),
        layer("permute", dims=[0, 2, 3, 1]), layer("reshape", "deltas", shape=[-1, 4]), input=(2, 256, 25, 25),
        outputs=["objectness", "deltas"],
    )  # fmt: skip


def detection_transformer() -> Raw:
    """DETR, batch second, as its paper's listing has it."""
    return document(
        conv(3, 256, 32, stride=32), layer("ReLU"), conv(256, 64, 1), layer("flatten", start_dim=2),
        layer("permute", "image", dims=[2, 0, 1]), layer("parameter", "places", shape=[49, 1, 64]),
        layer("add", "memory", inputs=["image", "places"]), layer("parameter", "queries0", shape=[20, 1, 64]),
        layer("expand", "queries", size=[20, 2, 64]),
        layer("Transformer", "t", d_model=64, nhead=4, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=128,
              inputs=["memory", "queries"]),
        layer("transpose", "h", dim0=0, dim1=1), linear(64, 92, "classes"), linear(64, 64, inputs=["h"], name="b0"),
        layer("ReLU"), linear(64, 4), layer("Sigmoid", "boxes"), input=(2, 3, 224, 224), outputs=["classes", "boxes"],
    )  # fmt: skip


def hourglass() -> Raw:
    return document(
        *convolution("stem", 3, 32, 7, 2), layer("ReLU", "x"), layer("MaxPool2d", kernel_size=2),
        *convolution("low", 32, 32, 3), layer("ReLU"), layer("Upsample", "up", scale_factor=2),
        *[{**convolution("skip", 32, 32, 3)[0], "inputs": ["x"]}, convolution("skip", 32, 32, 3)[1]],
        layer("add", "merged", inputs=["skip_bn", "up"]), conv(32, 16, 1, name="heat"),
        conv(16, 32, 1, name="back"), layer("add", "next", inputs=["back", "merged"]), input=(1, 3, 128, 128),
        outputs=["heat", "next"],
    )  # fmt: skip


def super_resolution() -> Raw:
    """EDSR with a sub-pixel convolution."""
    return document(
        conv(3, 64, name="head", padding=1), conv(64, 64, padding=1), layer("ReLU"), conv(64, 64, name="b", padding=1),
        layer("mul", other=0.1), layer("add", inputs=["4", "head"]), conv(64, 64, name="tail", padding=1),
        layer("add", inputs=["tail", "head"]), conv(64, 256, padding=1), layer("PixelShuffle", upscale_factor=2),
        conv(64, 3, padding=1), input=(1, 3, 48, 48),
    )  # fmt: skip


def keypoints_by_softmax() -> Raw:
    """A softmax over the positions of each map, whose mean position is what goes on."""
    return document(
        conv(3, 32, 5, stride=2), layer("ReLU"), conv(32, 16, 3), layer("flatten", start_dim=2),
        layer("softmax", dim=-1), linear(169, 2, bias=False), layer("Flatten"), linear(32, 7), input=(1, 3, 33, 33),
    )  # fmt: skip


def non_local() -> Raw:
    """Attention over all pixels."""
    return document(
        conv(64, 32, 1, name="q0", inputs=["input"]), layer("flatten", start_dim=2),
        layer("transpose", "q", dim0=1, dim1=2), conv(64, 32, 1, name="k0", inputs=["input"]),
        layer("flatten", "k", start_dim=2), conv(64, 32, 1, name="v0", inputs=["input"]),
        layer("flatten", start_dim=2), layer("transpose", "v", dim0=1, dim1=2),
        layer("matmul", "scores", inputs=["q", "k"]), layer("softmax", "w", dim=-1), layer("matmul", inputs=["w", "v"]),
        layer("transpose", dim0=1, dim1=2), layer("reshape", shape=[2, 32, 16, 16]), conv(32, 64, 1, name="z"),
        layer("add", inputs=["z", "input"]), input=(2, 64, 16, 16),
    )  # fmt: skip


def global_context() -> Raw:
    """GCNet: one map of weights, a softmax over its pixels."""
    return document(
        conv(64, 1, 1), layer("view", shape=[2, 1, 256]), layer("softmax", dim=2), layer("unsqueeze", "w", dim=-1),
        layer("view", shape=[2, 64, 256], name="x", inputs=["input"]), layer("unsqueeze", "xs", dim=1),
        layer("matmul", inputs=["xs", "w"]), layer("view", shape=[2, 64, 1, 1]), conv(64, 16, 1),
        layer("LayerNorm", normalized_shape=[16, 1, 1]), layer("ReLU"), conv(16, 64, 1, name="c"),
        layer("add", inputs=["input", "c"]), input=(2, 64, 16, 16),
    )  # fmt: skip


MODELS = {
    make.__name__: make()
    for make in (
        atrous_pyramid, feature_pyramid, pyramid_pooling, pooled_indices, fully_convolutional, global_convolutions,
        single_shot, boxes_in_rows, detection_transformer, hourglass, super_resolution, keypoints_by_softmax, non_local,
        global_context,
    )
}  # fmt: skip
