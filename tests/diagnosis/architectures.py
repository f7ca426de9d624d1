"""Well-known architectures as documents: sound ones, about which there is nothing to say."""

from typing import Any

Raw = dict[str, Any]


def layer(type: str, name: str | None = None, **arguments: Any) -> Raw:
    return {"type": type, **({} if name is None else {"name": name}), **arguments}


def document(*layers: Raw, input: Any = (1, 3, 32, 32), **keys: Any) -> Raw:
    given = {} if "inputs" in keys else {"input": list(input) if isinstance(input, tuple) else input}
    return {**given, "layers": list(layers), **keys}


def conv(before: int, after: int, kernel: Any = 3, name: str | None = None, **more: Any) -> Raw:
    return layer("Conv2d", name, in_channels=before, out_channels=after, kernel_size=kernel, **more)


def linear(before: int, after: int, name: str | None = None, **more: Any) -> Raw:
    return layer("Linear", name, in_features=before, out_features=after, **more)


def convolution(name: str, before: int, after: int, kernel: int, stride: int = 1, **more: Any) -> list[Raw]:
    return [
        layer("Conv2d", f"{name}_conv", in_channels=before, out_channels=after, kernel_size=kernel, stride=stride,
              padding=kernel // 2, bias=False, **more),
        layer("BatchNorm2d", f"{name}_bn", num_features=after),
    ]  # fmt: skip


def bottleneck(name: str, before: int, width: int, stride: int) -> Raw:
    after = 4 * width
    layers = [
        *convolution("a", before, width, 1), layer("ReLU", "a_relu", inplace=True),
        *convolution("b", width, width, 3, stride), layer("ReLU", "b_relu", inplace=True),
        *convolution("c", width, after, 1),
    ]  # fmt: skip
    shortcut = "input"
    if before != after or stride != 1:
        first, second = convolution("down", before, after, 1, stride)
        layers += [{**first, "inputs": ["input"]}, second]
        shortcut = "down_bn"
    layers += [layer("add", "sum", inputs=["c_bn", shortcut]), layer("ReLU", "relu", inplace=True)]
    return layer("Sequential", name, layers=layers)


def resnet50() -> Raw:
    layers = [
        *convolution("stem", 3, 64, 7, 2), layer("ReLU", inplace=True),
        layer("MaxPool2d", kernel_size=3, stride=2, padding=1),
    ]  # fmt: skip
    before = 64
    for stage, (width, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 1):
        for index in range(count):
            layers.append(bottleneck(f"stage{stage}_{index}", before, width, 2 if index == 0 and stage > 1 else 1))
            before = 4 * width
    layers += [layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"),
               layer("Linear", "fc", in_features=2048, out_features=1000)]  # fmt: skip
    return document(*layers, input=(1, 3, 224, 224))


def vgg16() -> Raw:
    layers, before = [], 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width == 0:
            layers.append(layer("MaxPool2d", kernel_size=2, stride=2))
            continue
        layers += [layer("Conv2d", in_channels=before, out_channels=width, kernel_size=3, padding=1), layer("ReLU")]
        before = width
    layers += [
        layer("AdaptiveAvgPool2d", output_size=7), layer("Flatten"),
        layer("Linear", in_features=25088, out_features=4096), layer("ReLU"), layer("Dropout"),
        layer("Linear", in_features=4096, out_features=4096), layer("ReLU"), layer("Dropout"),
        layer("Linear", in_features=4096, out_features=1000),
    ]  # fmt: skip
    return document(*layers, input=(1, 3, 224, 224))


def alexnet() -> Raw:
    return document(
        layer("Conv2d", in_channels=3, out_channels=64, kernel_size=11, stride=4, padding=2), layer("ReLU"),
        layer("MaxPool2d", kernel_size=3, stride=2),
        layer("Conv2d", in_channels=64, out_channels=192, kernel_size=5, padding=2), layer("ReLU"),
        layer("MaxPool2d", kernel_size=3, stride=2),
        layer("Conv2d", in_channels=192, out_channels=384, kernel_size=3, padding=1), layer("ReLU"),
        layer("Conv2d", in_channels=384, out_channels=256, kernel_size=3, padding=1), layer("ReLU"),
        layer("Conv2d", in_channels=256, out_channels=256, kernel_size=3, padding=1), layer("ReLU"),
        layer("MaxPool2d", kernel_size=3, stride=2), layer("AdaptiveAvgPool2d", output_size=6), layer("Flatten"),
        layer("Dropout"), layer("Linear", in_features=9216, out_features=4096), layer("ReLU"),
        layer("Dropout"), layer("Linear", in_features=4096, out_features=4096), layer("ReLU"),
        layer("Linear", in_features=4096, out_features=1000), input=(1, 3, 224, 224),
    )  # fmt: skip


def mobile() -> Raw:
    """An inverted residual of MobileNetV2, whose projection is linear on purpose."""
    block = layer("Sequential", "block", layers=[
        *convolution("expand", 16, 96, 1), layer("ReLU6"),
        *convolution("depthwise", 96, 96, 3, groups=96), layer("ReLU6"),
        *convolution("project", 96, 16, 1), layer("add", inputs=["project_bn", "input"]),
    ])  # fmt: skip
    return document(*convolution("stem", 3, 16, 3, 2), layer("ReLU6"), block, *convolution("last", 16, 64, 1),
                    layer("ReLU6"), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), layer("Dropout"),
                    layer("Linear", in_features=64, out_features=10))  # fmt: skip


def unet() -> Raw:
    def double(name: str, before: int, after: int) -> Raw:
        return layer("Sequential", name, layers=[
            *convolution("a", before, after, 3), layer("ReLU"), *convolution("b", after, after, 3), layer("ReLU"),
        ])  # fmt: skip

    return document(
        double("down1", 3, 16), layer("MaxPool2d", kernel_size=2), double("down2", 16, 32),
        layer("MaxPool2d", kernel_size=2), double("bottom", 32, 64),
        layer("ConvTranspose2d", "up2", in_channels=64, out_channels=32, kernel_size=2, stride=2),
        layer("cat", "cat2", dim=1, inputs=["up2", "down2"]), double("dec2", 64, 32),
        layer("ConvTranspose2d", "up1", in_channels=32, out_channels=16, kernel_size=2, stride=2),
        layer("cat", "cat1", dim=1, inputs=["up1", "down1"]), double("dec1", 32, 16),
        layer("Conv2d", in_channels=16, out_channels=2, kernel_size=1), input=(1, 3, 64, 64),
    )  # fmt: skip


def vit() -> Raw:
    block = layer("Sequential", "blocks", repeat=4, layers=[
        layer("LayerNorm", "norm1", normalized_shape=64),
        layer("MultiheadAttention", "attn", embed_dim=64, num_heads=4, batch_first=True,
              inputs=["norm1", "norm1", "norm1"]),
        layer("add", "sum1", inputs=["attn[0]", "input"]),
        layer("LayerNorm", "norm2", normalized_shape=64),
        layer("Linear", "up", in_features=64, out_features=256), layer("GELU"), layer("Dropout", p=0.1),
        layer("Linear", "down", in_features=256, out_features=64), layer("Dropout", "drop", p=0.1),
        layer("add", inputs=["drop", "sum1"]),
    ])  # fmt: skip
    return document(
        layer("Conv2d", "patches", in_channels=3, out_channels=64, kernel_size=8, stride=8),
        layer("Flatten", start_dim=2), layer("transpose", dim0=1, dim1=2), layer("Dropout", p=0.1), block,
        layer("LayerNorm", normalized_shape=64), layer("mean", dim=1),
        layer("Linear", "head", in_features=64, out_features=10), input=(2, 3, 64, 64),
    )  # fmt: skip


def gpt() -> Raw:
    head = [
        layer("LayerNorm", "ln1", normalized_shape=64), layer("Linear", "qkv", in_features=64, out_features=192),
        layer("chunk", "parts", chunks=3, dim=-1),
        *(
            part
            for index, name in enumerate("qkv")
            for part in (
                layer("reshape", f"{name}_heads", shape=[2, 16, 4, 16], inputs=[f"parts[{index}]"]),
                layer("transpose", name, dim0=1, dim1=2, inputs=[f"{name}_heads"]),
            )
        ),
        layer("transpose", "kt", dim0=-2, dim1=-1, inputs=["k"]),
        layer("matmul", "scores", inputs=["q", "kt"]), layer("mul", "scaled", other=0.25),
        layer("Softmax", "weights", dim=-1), layer("Dropout", "wdrop", p=0.1),
        layer("matmul", "mixed", inputs=["wdrop", "v"]), layer("transpose", "back", dim0=1, dim1=2),
        layer("reshape", "merged", shape=[2, 16, 64]),
        layer("Linear", "proj", in_features=64, out_features=64), layer("Dropout", "drop1", p=0.1),
        layer("add", "res1", inputs=["drop1", "input"]),
        layer("LayerNorm", "ln2", normalized_shape=64), layer("Linear", in_features=64, out_features=256),
        layer("GELU", approximate="tanh"), layer("Linear", in_features=256, out_features=64),
        layer("Dropout", "drop2", p=0.1), layer("add", inputs=["drop2", "res1"]),
    ]  # fmt: skip
    return document(
        layer("Embedding", "tok", num_embeddings=1000, embedding_dim=64), layer("Dropout", p=0.1),
        layer("Sequential", "h", layers=head, repeat=3), layer("LayerNorm", normalized_shape=64),
        layer("Linear", "lm_head", in_features=64, out_features=1000, bias=False),
        input={"shape": [2, 16], "dtype": "int64"},
    )  # fmt: skip


def lstm_language_model() -> Raw:
    return document(
        layer("Embedding", num_embeddings=1000, embedding_dim=64), layer("Dropout"),
        layer("LSTM", "lstm", input_size=64, hidden_size=128, num_layers=2, batch_first=True, dropout=0.2),
        layer("Dropout", inputs=["lstm[0]"]), layer("Linear", in_features=128, out_features=1000),
        input={"shape": [8, 35], "dtype": "int64"},
    )  # fmt: skip


def text_classifier() -> Raw:
    return document(
        layer("Embedding", num_embeddings=1000, embedding_dim=32),
        layer("GRU", "gru", input_size=32, hidden_size=64, bidirectional=True, batch_first=True),
        layer("mean", dim=1, inputs=["gru[0]"]), layer("Linear", in_features=128, out_features=4),
        layer("LogSoftmax", dim=1), input={"shape": [8, 20], "dtype": "int64"},
    )  # fmt: skip


def transformer() -> Raw:
    return document(
        layer("Embedding", "tok", num_embeddings=500, embedding_dim=64),
        layer("TransformerEncoderLayer", d_model=64, nhead=4, dim_feedforward=128, batch_first=True, repeat=2),
        layer("Linear", in_features=64, out_features=5), input={"shape": [4, 12], "dtype": "int64"},
    )  # fmt: skip


def gan_generator() -> Raw:
    return document(
        layer("Linear", in_features=100, out_features=2048), layer("ReLU"),
        layer("Unflatten", dim=1, unflattened_size=[128, 4, 4]),
        layer("ConvTranspose2d", in_channels=128, out_channels=64, kernel_size=4, stride=2, padding=1, bias=False),
        layer("BatchNorm2d", num_features=64), layer("ReLU"),
        layer("ConvTranspose2d", in_channels=64, out_channels=3, kernel_size=4, stride=2, padding=1), layer("Tanh"),
        input=(8, 100),
    )  # fmt: skip


def tutorial() -> Raw:
    return document(
        layer("Conv2d", "conv1", in_channels=3, out_channels=6, kernel_size=5), layer("ReLU"),
        layer("MaxPool2d", kernel_size=2), layer("Conv2d", "conv2", in_channels=6, out_channels=16, kernel_size=5),
        layer("ReLU"), layer("MaxPool2d", kernel_size=2), layer("Flatten"),
        layer("Linear", "fc1", in_features=400, out_features=120), layer("ReLU"),
        layer("Linear", "fc2", in_features=120, out_features=84), layer("ReLU"),
        layer("Linear", "fc3", in_features=84, out_features=10),
    )  # fmt: skip


def squeeze_and_excitation() -> Raw:
    return document(
        *convolution("stem", 3, 32, 3), layer("ReLU", "x"), layer("AdaptiveAvgPool2d", output_size=1),
        layer("Conv2d", in_channels=32, out_channels=8, kernel_size=1), layer("ReLU"),
        layer("Conv2d", in_channels=8, out_channels=32, kernel_size=1), layer("Sigmoid", "gate"),
        layer("mul", inputs=["x", "gate"]), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"),
        layer("Linear", in_features=32, out_features=10),
    )  # fmt: skip


def two_towers() -> Raw:
    return document(
        layer("Linear", "a", in_features=8, out_features=16, inputs=["left"]), layer("ReLU", "ar"),
        layer("Linear", "b", in_features=4, out_features=16, inputs=["right"]), layer("ReLU", "br"),
        layer("cat", "both", dim=1, inputs=["ar", "br"]), layer("Linear", "score", in_features=32, out_features=1),
        layer("Sigmoid", "p"), layer("Linear", "aux", in_features=32, out_features=3, inputs=["both"]),
        inputs={"left": [4, 8], "right": [4, 4]}, outputs=["p", "aux"],
    )  # fmt: skip


def temporal() -> Raw:
    """A temporal convolutional network with a shared head."""
    return document(
        layer("Conv1d", "c1", in_channels=12, out_channels=24, kernel_size=3, padding=2, dilation=2),
        layer("ReLU", "r1"),
        layer("Conv1d", "c2", in_channels=24, out_channels=24, kernel_size=3, padding=4, dilation=4),
        layer("ReLU", "r2"),
        layer("add", "s", inputs=["r2", "r1"]), layer("permute", dims=[0, 2, 1]),
        layer("Linear", "head", in_features=24, out_features=24), layer("ReLU", "hr"),
        layer("reuse", "again", layer="head"), layer("Sigmoid"), input=(2, 12, 50),
    )  # fmt: skip


SOUND = {
    make.__name__: make
    for make in (
        resnet50, vgg16, alexnet, mobile, unet, vit, gpt, lstm_language_model, text_classifier, transformer,
        gan_generator, tutorial, squeeze_and_excitation, two_towers, temporal,
    )
}  # fmt: skip
