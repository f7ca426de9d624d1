"""Documents that PyTorch runs and a reviewer would ask about, by the code of the warning they raise, each beside its
twin: nearly the same, and done on purpose."""

from typing import Any, NamedTuple

from tests.diagnosis.architectures import Raw, conv, document, layer, linear

TOKENS: Any = {"shape": [4, 10], "dtype": "int64"}


class Pair(NamedTuple):
    suspicious: Raw
    innocent: Raw


def wide(last: Raw, *after: Raw) -> Raw:
    """A layer on the columns that a convolution returns."""
    return document(conv(3, 8, padding=1), layer("ReLU"), last, *after)


def recurrent(*after: Raw, **arguments: Any) -> Raw:
    return document(layer("LSTM", "l", input_size=8, hidden_size=16, **arguments), *after, input=(4, 10, 8))


def encoder(**arguments: Any) -> Raw:
    each = layer("TransformerEncoderLayer", d_model=8, nhead=2, **arguments)
    return layer("TransformerEncoder", layer=each, num_layers=2)


def vision(*after: Raw, batch: int = 4) -> Raw:
    """A convolution on 32 × 32 and what follows."""
    return document(conv(3, 16, 5), layer("ReLU"), layer("MaxPool2d", kernel_size=2), *after, input=(batch, 3, 32, 32))


def branches(**joined: Any) -> Raw:
    """Two ways through a block that meet again."""
    return document(
        conv(3, 8, padding=1), layer("ReLU", "stem"), conv(8, 16, 1, name="a", inputs=["stem"]),
        conv(8, 16, name="b", padding=1, inputs=["stem"]), layer("cat", inputs=["a", "b"], **joined), layer("ReLU"),
        layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), layer("Linear", out_features=10),
        input=(4, 3, 16, 16),
    )  # fmt: skip


PAIRS: dict[str, list[Pair]] = {
    "linear-on-width": [
        Pair(wide(linear(32, 10)), wide(linear(32, 32), conv(8, 4, 1))),
        Pair(
            document(layer("Conv1d", in_channels=3, out_channels=8, kernel_size=3, padding=1), layer("ReLU"),
                     layer("MaxPool1d", kernel_size=2), linear(16, 10), input=(4, 3, 32)),
            document(layer("AvgPool1d", kernel_size=25, stride=1, padding=12), linear(96, 24), input=(4, 7, 96)),
        ),
    ],
    "batch-first": [
        Pair(
            document(
                conv(3, 16, 4, stride=4), layer("Flatten", start_dim=2), layer("transpose", dim0=1, dim1=2),
                layer("MultiheadAttention", embed_dim=16, num_heads=4, inputs=["2", "2", "2"]), input=(2, 3, 32, 32),
            ),
            document(
                conv(3, 16, 4, stride=4), layer("Flatten", start_dim=2), layer("permute", dims=[2, 0, 1]),
                layer("MultiheadAttention", embed_dim=16, num_heads=4, inputs=["2", "2", "2"]), input=(2, 3, 32, 32),
            ),
        ),
        Pair(
            recurrent(layer("mean", dim=1, inputs=["l[0]"])),
            recurrent(layer("mean", dim=0, inputs=["l[0]"])),
        ),
        Pair(
            recurrent(layer("getitem", index=[":", -1], inputs=["l[0]"]), linear(16, 2)),
            recurrent(layer("getitem", index=-1, inputs=["l[0]"]), linear(16, 2)),
        ),
        Pair(
            recurrent(layer("Dropout", inputs=["l[0]"]), linear(16, 2), layer("select", dim=1, index=-1)),
            recurrent(layer("Dropout", inputs=["l[0]"]), linear(16, 2), layer("select", dim=0, index=-1)),
        ),
        Pair(
            recurrent(layer("getitem", index=-1, inputs=["l[0]"]), linear(16, 2), batch_first=True),
            recurrent(layer("getitem", index=[":", -1], inputs=["l[0]"]), linear(16, 2), batch_first=True),
        ),
        Pair(
            recurrent(linear(16, 2, inputs=["l[0][-1]"]), batch_first=True),
            recurrent(linear(16, 2, inputs=["l[1][0][-1]"]), batch_first=True),
        ),
        Pair(
            recurrent(layer("GRU", input_size=16, hidden_size=8, inputs=["l[0]"]), batch_first=True),
            recurrent(layer("GRU", input_size=16, hidden_size=8, inputs=["l[0]"])),
        ),
        Pair(
            document(layer("TransformerEncoderLayer", d_model=8, nhead=2), input=(1, 10, 8)),
            document(layer("TransformerEncoderLayer", d_model=8, nhead=2), input=(10, 1, 8)),
        ),
        Pair(
            document(encoder(), layer("mean", dim=1), linear(8, 2), input=(4, 10, 8)),
            document(encoder(batch_first=True), layer("mean", dim=1), linear(8, 2), input=(4, 10, 8)),
        ),
    ],
    "batch-mixed": [
        Pair(
            vision(layer("view", shape=[-1, 784]), linear(784, 10)),
            vision(layer("view", shape=[-1, 196]), linear(196, 10)),
        ),
        Pair(
            vision(layer("view", shape=[-1, 12544]), linear(12544, 10)),
            vision(layer("view", shape=[4, -1]), linear(3136, 10)),
        ),
        Pair(
            document(layer("reshape", shape=[-1, 16]), linear(16, 4), input=(4, 10, 6)),
            document(layer("reshape", shape=[-1, 6]), linear(6, 4), input=(4, 10, 6)),
        ),
        Pair(vision(layer("flatten"), linear(12544, 10)), vision(layer("flatten", start_dim=1), linear(3136, 10))),
        Pair(
            vision(layer("view", shape=[-1]), linear(12544, 10)),
            document(linear(8, 1), layer("view", shape=[-1]), input=(4, 8)),
        ),
    ],
    "batch-reduced": [
        Pair(
            vision(layer("Flatten"), layer("mean", dim=0)),
            document(layer("mean", dim=0), linear(8, 2), input=(10, 4, 8)),
        ),
        Pair(
            vision(layer("Flatten"), layer("ReLU", "x"), linear(3136, 4, "a"), linear(3136, 4, "b", inputs=["x"]),
                   layer("add", "s", inputs=["a", "b"]), layer("sum", dim=[0])),
            vision(layer("Flatten"), layer("ReLU", "x"), linear(3136, 4, "a"), linear(3136, 4, "b", inputs=["x"]),
                   layer("stack", "s", inputs=["a", "b"]), layer("sum", dim=[0])),
        ),
    ],
    "cat-over-batch": [Pair(branches(), branches(dim=1))],
    "bias-before-norm": [
        Pair(
            document(conv(3, 8, padding=1), layer("BatchNorm2d", num_features=8), layer("ReLU")),
            document(conv(3, 8, padding=1), layer("GroupNorm", num_groups=2, num_channels=8), layer("ReLU")),
        ),
        Pair(
            document(linear(8, 8), layer("BatchNorm1d", num_features=8), layer("ReLU"), linear(8, 4), input=(4, 8)),
            document(linear(8, 8), layer("BatchNorm1d", num_features=5), layer("ReLU"), linear(8, 4), input=(4, 5, 8)),
        ),
    ],
    "no-nonlinearity": [
        Pair(
            document(linear(8, 16), layer("Dropout"), linear(16, 4), input=(4, 8)),
            document(linear(64, 8), layer("Dropout"), linear(8, 64), input=(4, 64)),
        ),
        Pair(
            document(conv(3, 8, padding=1), layer("Flatten"), linear(8192, 10)),
            document(conv(16, 2, 1), layer("Flatten"), linear(2048, 10), input=(1, 16, 32, 32)),
        ),
        Pair(
            document(conv(3, 8, padding=1), conv(8, 16, padding=1)),
            document(conv(3, 8, (3, 1), padding=[1, 0]), conv(8, 16, (1, 3), padding=[0, 1])),
        ),
        Pair(
            document(conv(16, 16, 1), conv(16, 16, padding=1), input=(1, 16, 16, 16)),
            document(conv(64, 16, 1), conv(16, 16, padding=1), conv(16, 64, 1), input=(1, 64, 16, 16)),
        ),
        Pair(
            document(layer("ConvTranspose2d", in_channels=8, out_channels=8, kernel_size=3, padding=1), conv(8, 3),
                     input=(1, 8, 16, 16)),
            document(layer("ConvTranspose2d", in_channels=8, out_channels=8, kernel_size=2, stride=2), conv(8, 3),
                     input=(1, 8, 16, 16)),
        ),
    ],
    "activation-twice": [
        Pair(
            document(linear(8, 8), layer("ReLU"), layer("ReLU"), input=(4, 8)),
            document(linear(8, 8), layer("Softplus"), layer("Tanh"), input=(4, 8)),
        ),
        Pair(
            document(linear(8, 8), layer("Softmax", dim=1), layer("LogSoftmax", dim=1), input=(4, 8)),
            document(linear(8, 8), layer("Softmax", dim=1), layer("Softmax", dim=2), input=(4, 6, 8)),
        ),
        Pair(
            document(linear(8, 8), layer("ReLU"), layer("Softmax", dim=1), input=(4, 8)),
            document(linear(8, 8), layer("LeakyReLU"), layer("Softmax", dim=1), input=(4, 8)),
        ),
    ],
    "softmax-inside": [
        Pair(
            document(linear(8, 8), layer("Softmax", dim=1), linear(8, 4), input=(4, 8)),
            document(linear(8, 8), layer("Softmax", dim=1), linear(8, 4, bias=False), input=(4, 8)),
        ),
        Pair(
            document(conv(3, 8), layer("Softmax", dim=1), conv(8, 4)),
            document(conv(3, 8), layer("Flatten", start_dim=2), layer("Softmax", dim=-1), linear(900, 2)),
        ),
    ],
    "softmax-over-batch": [
        Pair(
            document(linear(8, 8), layer("Softmax", dim=0), input=(4, 8)),
            document(linear(8, 1), layer("Softmax", dim=0), input=(4, 8)),
        ),
        Pair(
            document(linear(8, 8), layer("Softmax"), input=(4, 5, 8)),
            document(linear(8, 8), layer("Softmax"), input=(4, 8)),
        ),
        Pair(
            document(conv(3, 8), layer("softmax", dim=0), layer("mul", inputs=["1", "0"])),
            document(conv(3, 8), layer("softmax", dim=1), layer("mul", inputs=["1", "0"])),
        ),
    ],
    "softmax-of-one": [
        Pair(
            document(linear(8, 1), layer("Softmax", dim=1), input=(4, 8)),
            document(linear(8, 2), layer("Softmax", dim=1), input=(4, 8)),
        ),
        Pair(
            document(linear(8, 1), layer("softmax", dim=-1), layer("mul", inputs=["1", "input"]), input=(4, 5, 8)),
            document(linear(8, 1), layer("softmax", dim=1), layer("mul", inputs=["1", "input"]), input=(4, 5, 8)),
        ),
        Pair(
            document(conv(3, 1), layer("LogSoftmax", dim=1)),
            document(layer("matmul", inputs=["q", "k"]), layer("LogSoftmax", dim=-1),
                     inputs={"q": [2, 5, 8], "k": [2, 8, 1]}),
        ),
    ],
    "norm-of-one": [
        Pair(
            document(layer("GroupNorm", num_groups=8, num_channels=8), input=(4, 8)),
            document(layer("GroupNorm", num_groups=8, num_channels=8), input=(4, 8, 5)),
        ),
        Pair(
            document(linear(8, 1), layer("LayerNorm", normalized_shape=1), input=(4, 8)),
            document(linear(8, 2), layer("LayerNorm", normalized_shape=2), input=(4, 8)),
        ),
    ],
    "few-values": [
        Pair(
            document(linear(8, 64, bias=False), layer("BatchNorm1d", num_features=64), input=(2, 8), mode="train"),
            document(linear(8, 64, bias=False), layer("BatchNorm1d", num_features=64), input=(2, 8)),
        ),
        Pair(
            document(layer("BatchNorm2d", num_features=8), input=(2, 8, 1, 1), mode="train"),
            document(layer("BatchNorm2d", num_features=8), input=(2, 8, 2, 1), mode="train"),
        ),
    ],
    "unread-entries": [
        Pair(
            document(layer("MaxPool2d", kernel_size=2), input=(1, 3, 33, 33)),
            document(layer("MaxPool2d", kernel_size=2, ceil_mode=True), input=(1, 3, 33, 33)),
        ),
        Pair(
            document(conv(3, 8, 16, stride=16), input=(1, 3, 230, 230)),
            document(conv(3, 8, 7, stride=2, padding=3), input=(1, 3, 224, 224)),
        ),
        Pair(document(layer("MaxPool2d", kernel_size=2, stride=3)), document(conv(3, 8, 1, stride=2))),
        Pair(
            document(layer("MaxPool1d", kernel_size=4), input=(1, 3, 15)),
            document(layer("MaxPool1d", kernel_size=4), input=(1, 3, 1003)),
        ),
    ],
    "kernel-sees-padding": [
        Pair(
            document(conv(3, 8, padding=1, stride=2), layer("ReLU"), conv(8, 8, padding=1), input=(1, 3, 2, 2)),
            document(conv(3, 8, padding=1, stride=2), layer("ReLU"), conv(8, 8, padding=1), input=(1, 3, 4, 4)),
        ),
        Pair(
            document(conv(3, 8, 7, padding=3), input=(1, 3, 3, 3)),
            document(conv(3, 8, 3, padding=3, dilation=3), input=(1, 3, 3, 3)),
        ),
    ],
    "dropout-last": [
        Pair(
            document(linear(8, 8), layer("ReLU"), linear(8, 3), layer("Dropout"), input=(4, 8)),
            document(linear(8, 8), layer("ReLU"), linear(8, 8), layer("Dropout"), input=(4, 8)),
        ),
        Pair(
            document(linear(8, 8), layer("Sigmoid"), layer("Dropout"), input=(4, 8)),
            document(linear(8, 8), layer("ReLU"), layer("Dropout"), input=(4, 8)),
        ),
    ],
    "dropout-before-norm": [
        Pair(
            document(linear(8, 8), layer("ReLU"), layer("Dropout"), layer("BatchNorm1d", num_features=8),
                     input=(4, 8)),
            document(linear(8, 8), layer("ReLU"), layer("Dropout"), layer("LayerNorm", normalized_shape=8),
                     input=(4, 8)),
        ),
        Pair(
            document(conv(3, 8), layer("ReLU"), layer("Dropout2d"), layer("BatchNorm2d", num_features=8)),
            document(conv(3, 8), layer("Dropout2d"), layer("BatchNorm2d", num_features=8)),
        ),
    ],
    "idle-dropout": [
        Pair(
            document(layer("GRU", input_size=8, hidden_size=8, dropout=0.5), input=(4, 2, 8)),
            document(layer("GRU", input_size=8, hidden_size=8, dropout=0.5, num_layers=2), input=(4, 2, 8)),
        ),
    ],
    "inplace-overwrites": [
        Pair(
            document(conv(3, 8, name="x", padding=1), layer("ReLU", inplace=True), conv(8, 8, name="c", padding=1),
                     layer("add", inputs=["c", "x"])),
            document(conv(3, 8, padding=1), layer("ReLU", "x", inplace=True), conv(8, 8, name="c", padding=1),
                     layer("add", inputs=["c", "x"])),
        ),
    ],
    "unused-result": [
        Pair(
            document(linear(8, 8, "a"), linear(8, 8, "b", inputs=["input"]), input=(4, 8)),
            document(linear(8, 8, "a"), linear(8, 8, "b", inputs=["input"]), input=(4, 8), outputs=["a", "b"]),
        ),
    ],
    "unused-input": [
        Pair(
            document(linear(8, 4, inputs=["x"]), inputs={"x": [4, 8], "mask": [4, 4]}),
            document(linear(8, 4, inputs=["x"]), layer("mul", inputs=["0", "mask"]),
                     inputs={"x": [4, 8], "mask": [4, 4]}),
        ),
        Pair(
            document(linear(8, 4, inputs=["x"]), inputs={"mask": [4, 4], "x": [4, 8]}),
            document(linear(8, 4, inputs=["x"]), inputs={"mask": [4, 4], "x": [4, 8]}, outputs=["0", "mask"]),
        ),
    ],
}  # fmt: skip

INNOCENT: dict[str, Raw] = {
    "a Linear on features last": document(
        conv(3, 8, padding=1), layer("permute", dims=[0, 2, 3, 1]), layer("LayerNorm", normalized_shape=8),
        linear(8, 8),
    ),
    "a separable convolution": document(conv(8, 8, padding=1, groups=8), conv(8, 16, 1), input=(1, 8, 16, 16)),
    "a bias that another layer takes": document(
        conv(3, 8, name="c", padding=1), layer("BatchNorm2d", "n", num_features=8), layer("add", inputs=["c", "n"]),
    ),
    "an attention": document(
        layer("matmul", "s", inputs=["q", "k"]), layer("softmax", dim=-1), layer("Dropout"),
        layer("matmul", inputs=["2", "v"]), inputs={"q": [2, 5, 8], "k": [2, 8, 5], "v": [2, 5, 8]},
    ),
    "sequences first": document(
        layer("Embedding", num_embeddings=9, embedding_dim=8), layer("LSTM", "l", input_size=8, hidden_size=8),
        linear(8, 9, inputs=["l[0]"]), input=TOKENS,
    ),
    "an activation in place, alone": document(conv(3, 8), layer("ReLU", inplace=True)),
    "a gate of its own": document(
        linear(8, 8, "a"), layer("Sigmoid", "g"), layer("mul", inputs=["a", "g"]), input=(4, 8)
    ),
    "a step of a decoder": document(
        layer("GRU", input_size=8, hidden_size=8, inputs=["step", "state"]),
        inputs={"step": [1, 4, 8], "state": [1, 4, 8]},
    ),
}  # fmt: skip
"""What looks alike and is done on purpose, without a twin."""
