"""Documents that PyTorch runs and a reviewer would ask about, by the code of the warning they raise."""

from tests.diagnosis.architectures import Raw, conv, document, layer, linear

SUSPICIOUS: dict[str, list[Raw]] = {
    "linear-on-width": [
        document(conv(3, 8, padding=1), layer("ReLU"), linear(32, 10)),
        document(layer("Conv1d", in_channels=3, out_channels=8, kernel_size=3, padding=1), layer("ReLU"),
                 linear(32, 10), input=(4, 3, 32)),
    ],
    "batch-first": [
        document(
            conv(3, 16, 4, stride=4), layer("Flatten", start_dim=2), layer("transpose", dim0=1, dim1=2),
            layer("MultiheadAttention", embed_dim=16, num_heads=4, inputs=["2", "2", "2"]), input=(2, 3, 32, 32),
        ),
        document(layer("LSTM", "l", input_size=8, hidden_size=8), layer("mean", dim=1, inputs=["l[0]"]),
                 input=(4, 10, 8)),
        document(layer("TransformerEncoderLayer", d_model=8, nhead=2), input=(1, 10, 8)),
    ],
    "batch-mixed": [
        document(conv(3, 16, 5), layer("ReLU"), layer("MaxPool2d", kernel_size=2), layer("view", shape=[-1, 784]),
                 linear(784, 10), input=(4, 3, 32, 32)),
        document(layer("MaxPool2d", kernel_size=2), layer("flatten"), linear(3072, 10), input=(4, 3, 32, 32)),
    ],
    "bias-before-norm": [
        document(conv(3, 8, padding=1), layer("BatchNorm2d", num_features=8), layer("ReLU")),
        document(linear(8, 8), layer("BatchNorm1d", num_features=8), layer("ReLU"), linear(8, 4), input=(4, 8)),
    ],
    "no-nonlinearity": [
        document(linear(8, 16), layer("Dropout"), linear(16, 4), input=(4, 8)),
        document(conv(3, 8, padding=1), layer("Flatten"), linear(8192, 10)),
        document(conv(3, 8, padding=1), conv(8, 16, padding=1)),
    ],
    "activation-twice": [
        document(linear(8, 8), layer("ReLU"), layer("ReLU"), input=(4, 8)),
        document(linear(8, 8), layer("Softmax", dim=1), layer("LogSoftmax", dim=1), input=(4, 8)),
    ],
    "softmax-inside": [document(linear(8, 8), layer("Softmax", dim=1), linear(8, 4), input=(4, 8))],
    "softmax-over-batch": [document(linear(8, 8), layer("Softmax", dim=0), input=(4, 8))],
    "unread-entries": [
        document(layer("MaxPool2d", kernel_size=2), input=(1, 3, 33, 33)),
        document(conv(3, 8, 16, stride=16), input=(1, 3, 230, 230)),
        document(layer("MaxPool2d", kernel_size=2, stride=3)),
    ],
    "kernel-sees-padding": [
        document(conv(3, 8, padding=1, stride=2), layer("ReLU"), conv(8, 8, padding=1), input=(1, 3, 2, 2)),
    ],
    "few-values": [
        document(linear(8, 64, bias=False), layer("BatchNorm1d", num_features=64), input=(2, 8), mode="train"),
    ],
    "dropout-last": [document(linear(8, 8), layer("Dropout"), input=(4, 8))],
    "dropout-before-norm": [
        document(linear(8, 8), layer("ReLU"), layer("Dropout"), layer("BatchNorm1d", num_features=8), input=(4, 8)),
    ],
    "idle-dropout": [document(layer("GRU", input_size=8, hidden_size=8, dropout=0.5), input=(4, 2, 8))],
    "inplace-overwrites": [
        document(conv(3, 8, name="x", padding=1), layer("ReLU", inplace=True), conv(8, 8, name="c", padding=1),
                 layer("add", inputs=["c", "x"])),
    ],
    "unused-result": [document(linear(8, 8, "a"), linear(8, 8, "b", inputs=["input"]), input=(4, 8))],
}  # fmt: skip

INNOCENT: dict[str, Raw] = {
    "a Linear on features last": document(
        conv(3, 8, padding=1), layer("permute", dims=[0, 2, 3, 1]), layer("LayerNorm", normalized_shape=8),
        linear(8, 8),
    ),
    "a factorization": document(linear(64, 8), linear(8, 64), input=(4, 64)),
    "a separable convolution": document(conv(8, 8, padding=1, groups=8), conv(8, 16, 1), input=(1, 8, 16, 16)),
    "a strided shortcut": document(conv(3, 8, 1, stride=2)),
    "padding that reads everything": document(conv(3, 8, 7, stride=2, padding=3), input=(1, 3, 224, 224)),
    "a bias that another layer takes": document(
        conv(3, 8, name="c", padding=1), layer("BatchNorm2d", "n", num_features=8), layer("add", inputs=["c", "n"]),
    ),
    "an attention": document(
        layer("matmul", "s", inputs=["q", "k"]), layer("softmax", dim=-1), layer("Dropout"),
        layer("matmul", inputs=["2", "v"]), inputs={"q": [2, 5, 8], "k": [2, 8, 5], "v": [2, 5, 8]},
    ),
    "sequences first": document(
        layer("Embedding", num_embeddings=9, embedding_dim=8), layer("LSTM", "l", input_size=8, hidden_size=8),
        linear(8, 9, inputs=["l[0]"]), input={"shape": [35, 20], "dtype": "int64"},
    ),
    "stacked with dropout": document(layer("LSTM", input_size=8, hidden_size=8, num_layers=2, dropout=0.5),
                                     input=(4, 2, 8)),
    "an activation in place, alone": document(conv(3, 8), layer("ReLU", inplace=True)),
    "steps merged into a batch": document(layer("reshape", shape=[-1, 8]), linear(8, 4), input=(4, 10, 8)),
    "a gate of its own": document(
        linear(8, 8, "a"), layer("Sigmoid", "g"), layer("mul", inputs=["a", "g"]), input=(4, 8)
    ),
}  # fmt: skip
"""What looks alike and is done on purpose."""
