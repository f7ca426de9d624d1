"""Documents whose layers take an axis for another one, each beside its twin: nearly the same, and done on purpose."""

from typing import Any, NamedTuple

from tests.diagnosis.architectures import Raw, conv, document, layer, linear


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


MISREAD: dict[str, list[Pair]] = {
    "linear-on-width": [
        Pair(wide(linear(32, 10)), wide(linear(32, 32), conv(8, 4, 1))),
        Pair(
            document(layer("Dropout"), linear(32, 10), input=(2, 3, 32, 32)),
            document(linear(32, 10), input=(2, 3, 20, 32)),
        ),
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
}  # fmt: skip
