"""Documents that PyTorch runs and a reviewer would ask about, by the code of the warning they raise."""

from tests.diagnosis.architectures import Raw, conv, document, layer, linear
from tests.diagnosis.misread_axes import MISREAD, Pair

PAIRS: dict[str, list[Pair]] = {
    **MISREAD,
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
    "unpooled-size": [
        Pair(
            document(layer("MaxPool2d", "pool", kernel_size=2, ceil_mode=True, return_indices=True),
                     layer("MaxUnpool2d", kernel_size=2, inputs=["pool[0]", "pool[1]"]), input=(1, 3, 9, 9)),
            document(layer("MaxPool2d", "pool", kernel_size=2, ceil_mode=True, return_indices=True),
                     layer("MaxUnpool2d", kernel_size=2, output_size=[9, 9], inputs=["pool[0]", "pool[1]"]),
                     input=(1, 3, 9, 9)),
        ),
        Pair(
            document(layer("MaxPool1d", "pool", kernel_size=3, stride=2, padding=1, return_indices=True),
                     layer("MaxUnpool1d", kernel_size=3, stride=2, padding=1, inputs=["pool[0]", "pool[1]"]),
                     input=(1, 3, 32)),
            document(layer("MaxPool1d", "pool", kernel_size=2, return_indices=True),
                     layer("MaxUnpool1d", kernel_size=2, inputs=["pool[0]", "pool[1]"]), input=(1, 3, 32)),
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
    "a buffer that the forward pass does not need": document(
        layer("buffer", "steps", shape=[2]), linear(8, 4, inputs=["input"]), input=(2, 8)
    ),
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
        linear(8, 9, inputs=["l[0]"]), input={"shape": [4, 10], "dtype": "int64"},
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
