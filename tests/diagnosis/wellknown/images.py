"""Networks that classify images, and the blocks they are made of."""

from tests.diagnosis.architectures import Raw, conv, convolution, document, layer, linear


def lenet() -> Raw:
    return document(
        conv(1, 6, 5, padding=2), layer("Tanh"), layer("AvgPool2d", kernel_size=2), conv(6, 16, 5), layer("Tanh"),
        layer("AvgPool2d", kernel_size=2), layer("Flatten"), linear(400, 120), layer("Tanh"), linear(120, 84),
        layer("Tanh"), linear(84, 10), layer("LogSoftmax", dim=1), input=(64, 1, 28, 28),
    )  # fmt: skip


def depthwise_separable() -> Raw:
    """MobileNet: a filter a channel, then a mixture of channels."""
    layers = [*convolution("stem", 3, 32, 3, 2), layer("ReLU")]
    for number, (before, after, stride) in enumerate(((32, 64, 1), (64, 128, 2), (128, 128, 1))):
        layers += [
            *convolution(f"depth{number}", before, before, 3, stride, groups=before), layer("ReLU"),
            *convolution(f"point{number}", before, after, 1), layer("ReLU"),
        ]  # fmt: skip
    return document(*layers, layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), linear(128, 1000),
                    input=(1, 3, 224, 224))  # fmt: skip


def separable_without_activation() -> Raw:
    """Xception: nothing between the two halves of a separable convolution."""
    return document(
        conv(64, 64, padding=1, groups=64, bias=False), conv(64, 128, 1, bias=False),
        layer("BatchNorm2d", num_features=128), layer("ReLU"), conv(128, 128, padding=1, groups=128, bias=False),
        conv(128, 128, 1, bias=False), layer("BatchNorm2d", num_features=128),
        layer("MaxPool2d", kernel_size=3, stride=2, padding=1), input=(1, 64, 56, 56),
    )  # fmt: skip


def inverted_residual_with_gate() -> Raw:
    """MobileNetV3, EfficientNet: an inverted residual with squeeze and excitation."""
    return document(
        *convolution("expand", 24, 72, 1), layer("Hardswish"),
        *convolution("depthwise", 72, 72, 5, groups=72), layer("Hardswish", "wide"),
        layer("AdaptiveAvgPool2d", output_size=1), conv(72, 24, 1), layer("ReLU"), conv(24, 72, 1),
        layer("Hardsigmoid", "gate"), layer("mul", "gated", inputs=["gate", "wide"]),
        *convolution("project", 72, 24, 1), layer("add", inputs=["project_bn", "input"]), input=(1, 24, 28, 28),
    )  # fmt: skip


def dense_block() -> Raw:
    layers, known = [], ["input"]
    for number in range(3):
        channels = 64 + 32 * number
        layers += [
            layer("cat", f"all{number}", dim=1, inputs=list(known)) if number else layer("Identity", "all0"),
            layer("BatchNorm2d", f"n{number}", num_features=channels), layer("ReLU", f"r{number}"),
            conv(channels, 128, 1, name=f"narrow{number}", bias=False), layer("BatchNorm2d", num_features=128),
            layer("ReLU"), conv(128, 32, name=f"new{number}", padding=1, bias=False),
        ]  # fmt: skip
        known.append(f"new{number}")
    return document(
        *layers, layer("cat", dim=1, inputs=known), layer("BatchNorm2d", num_features=160), layer("ReLU"),
        conv(160, 80, 1, bias=False), layer("AvgPool2d", kernel_size=2, stride=2), input=(1, 64, 56, 56),
    )  # fmt: skip


def inception() -> Raw:
    return document(
        conv(192, 64, 1, name="a0", inputs=["input"]), layer("ReLU", "a"),
        conv(192, 96, 1, name="b0", inputs=["input"]), layer("ReLU"), conv(96, 128, padding=1), layer("ReLU", "b"),
        conv(192, 16, 1, name="c0", inputs=["input"]), layer("ReLU"), conv(16, 32, 5, padding=2), layer("ReLU", "c"),
        layer("MaxPool2d", "d0", kernel_size=3, stride=1, padding=1, inputs=["input"]), conv(192, 32, 1),
        layer("ReLU", "d"), layer("cat", dim=1, inputs=["a", "b", "c", "d"]), input=(1, 192, 28, 28),
    )  # fmt: skip


def fire() -> Raw:
    """SqueezeNet."""
    return document(
        conv(96, 16, 1), layer("ReLU", "squeezed", inplace=True), conv(16, 64, 1), layer("ReLU", "small", inplace=True),
        conv(16, 64, padding=1, name="large0", inputs=["squeezed"]), layer("ReLU", "large", inplace=True),
        layer("cat", dim=1, inputs=["small", "large"]), layer("MaxPool2d", kernel_size=3, stride=2, ceil_mode=True),
        layer("Dropout"), conv(128, 10, 1), layer("ReLU"), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"),
        input=(1, 96, 54, 54),
    )  # fmt: skip


def shuffle_unit() -> Raw:
    return document(
        layer("chunk", "halves", chunks=2, dim=1), *convolution("a", 58, 58, 1)[:0],
        conv(58, 58, 1, name="a", bias=False, inputs=["halves[1]"]), layer("BatchNorm2d", num_features=58),
        layer("ReLU"), *convolution("b", 58, 58, 3, groups=58), *convolution("c", 58, 58, 1), layer("ReLU", "c_relu"),
        layer("cat", dim=1, inputs=["halves[0]", "c_relu"]), layer("ChannelShuffle", groups=2),
        input=(1, 116, 28, 28),
    )  # fmt: skip


def convnext() -> Raw:
    """Patches, and a block with a norm of channels last and a learned scale."""
    return document(
        conv(3, 96, 4, stride=4), layer("permute", "last", dims=[0, 2, 3, 1]), layer("LayerNorm", normalized_shape=96),
        layer("permute", "x", dims=[0, 3, 1, 2]), conv(96, 96, 7, padding=3, groups=96),
        layer("permute", dims=[0, 2, 3, 1]), layer("LayerNorm", normalized_shape=96), linear(96, 384), layer("GELU"),
        linear(384, 96), layer("parameter", "scale", shape=[96]), layer("mul", inputs=["9", "scale"]),
        layer("permute", "back", dims=[0, 3, 1, 2]), layer("add", inputs=["back", "x"]), input=(1, 3, 224, 224),
    )  # fmt: skip


def wide_residual() -> Raw:
    """Wide ResNet: norms and activations first, and a dropout between the two convolutions."""
    return document(
        layer("BatchNorm2d", num_features=160), layer("ReLU"), conv(160, 160, padding=1, bias=False),
        layer("Dropout", p=0.3), layer("BatchNorm2d", num_features=160), layer("ReLU"),
        conv(160, 160, name="out", padding=1, bias=False), layer("add", inputs=["out", "input"]),
        input=(1, 160, 32, 32),
    )  # fmt: skip


def channel_and_spatial_attention() -> Raw:
    """CBAM: the mean and the maximum through one and the same perceptron, then a map of both."""
    return document(
        layer("AdaptiveAvgPool2d", "mean", output_size=1), conv(64, 4, 1, name="down"), layer("ReLU"),
        conv(4, 64, 1, name="up", bias=False), layer("AdaptiveMaxPool2d", output_size=1, inputs=["input"]),
        layer("reuse", layer="down"), layer("ReLU"), layer("reuse", "again", layer="up"),
        layer("add", inputs=["up", "again"]), layer("Sigmoid", "channels"),
        layer("mul", "x", inputs=["input", "channels"]), layer("mean", "m", dim=1, keepdim=True),
        layer("amax", "a", dim=1, keepdim=True, inputs=["x"]), layer("cat", dim=1, inputs=["m", "a"]),
        conv(2, 1, 7, padding=3), layer("Sigmoid", "where"), layer("mul", inputs=["x", "where"]), input=(2, 64, 56, 56),
    )  # fmt: skip


def network_in_network() -> Raw:
    return document(
        conv(3, 192, 5, padding=2), layer("ReLU"), conv(192, 160, 1), layer("ReLU"), conv(160, 96, 1), layer("ReLU"),
        layer("MaxPool2d", kernel_size=3, stride=2, padding=1), layer("Dropout"), conv(96, 10, 1), layer("ReLU"),
        layer("AvgPool2d", kernel_size=16), layer("Flatten"), layer("Softmax", dim=1),
    )  # fmt: skip


def volumes() -> Raw:
    """C3D's beginning, and R(2+1)D's split of space and time."""
    return document(
        layer("Conv3d", in_channels=3, out_channels=64, kernel_size=3, padding=1), layer("ReLU"),
        layer("MaxPool3d", kernel_size=[1, 2, 2], stride=[1, 2, 2]),
        layer("Conv3d", in_channels=64, out_channels=144, kernel_size=[1, 3, 3], padding=[0, 1, 1], bias=False),
        layer("BatchNorm3d", num_features=144), layer("ReLU"),
        layer("Conv3d", in_channels=144, out_channels=64, kernel_size=[3, 1, 1], padding=[1, 0, 0], bias=False),
        layer("BatchNorm3d", num_features=64), layer("ReLU"), layer("AdaptiveAvgPool3d", output_size=1),
        layer("Flatten"), linear(64, 400), input=(1, 3, 16, 112, 112),
    )  # fmt: skip


def deep_q() -> Raw:
    """DQN with a value and an advantage of its own, on four frames of a game."""
    return document(
        conv(4, 32, 8, stride=4), layer("ReLU"), conv(32, 64, 4, stride=2), layer("ReLU"), conv(64, 64, 3),
        layer("ReLU"), layer("Flatten", "flat"), linear(3136, 512), layer("ReLU"), linear(512, 6, "advantage"),
        linear(3136, 512, "v", inputs=["flat"]), layer("ReLU"), linear(512, 1, "value"),
        layer("mean", "mean", dim=1, keepdim=True, inputs=["advantage"]),
        layer("sub", "centred", inputs=["advantage", "mean"]), layer("add", inputs=["value", "centred"]),
        input=(32, 4, 84, 84),
    )  # fmt: skip


def policy_and_value() -> Raw:
    """AlphaZero's two heads."""
    return document(
        *convolution("stem", 17, 64, 3), layer("ReLU", "x"), *convolution("p", 64, 2, 1), layer("ReLU"),
        layer("Flatten"), linear(722, 362, "policy"), conv(64, 1, 1, name="v", bias=False, inputs=["x"]),
        layer("BatchNorm2d", num_features=1), layer("ReLU"), layer("Flatten"), linear(361, 256), layer("ReLU"),
        linear(256, 1), layer("Tanh", "value"), input=(8, 17, 19, 19), outputs=["policy", "value"],
    )  # fmt: skip


def similar_pairs() -> Raw:
    """A siamese network: one encoder for two images."""
    encoder = layer("Sequential", "encoder", inputs=["left"], layers=[
        conv(1, 16), layer("ReLU"), layer("MaxPool2d", kernel_size=2), layer("Flatten"), linear(2704, 64),
    ])  # fmt: skip
    return document(
        encoder, layer("reuse", "other", layer="encoder", inputs=["right"]),
        layer("sub", inputs=["encoder", "other"]), layer("abs"), linear(64, 1), layer("Sigmoid"),
        inputs={"left": [4, 1, 28, 28], "right": [4, 1, 28, 28]},
    )  # fmt: skip


MODELS = {
    make.__name__: make()
    for make in (
        lenet, depthwise_separable, separable_without_activation, inverted_residual_with_gate, dense_block, inception,
        fire, shuffle_unit, convnext, wide_residual, channel_and_spatial_attention, network_in_network, volumes, deep_q,
        policy_and_value, similar_pairs,
    )
}  # fmt: skip
