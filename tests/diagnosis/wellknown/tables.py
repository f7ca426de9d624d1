"""Graphs, sets, tables, recommendations and control."""

from tests.diagnosis.architectures import Raw, conv, document, layer, linear


def graph_convolution() -> Raw:
    """GCN: the neighbours are summed up by a normalized adjacency."""
    return document(
        linear(1433, 16, bias=False, inputs=["x"]), layer("matmul", inputs=["adjacency", "0"]), layer("ReLU"),
        layer("Dropout"), linear(16, 7, "w", bias=False), layer("matmul", inputs=["adjacency", "w"]),
        layer("LogSoftmax", dim=1), inputs={"x": [100, 1433], "adjacency": [100, 100]},
    )  # fmt: skip


def graph_attention() -> Raw:
    """GAT: scores of pairs through a LeakyReLU and a softmax."""
    return document(
        linear(32, 16, "h", bias=False), linear(16, 1, "a", bias=False), linear(16, 1, "b", bias=False, inputs=["h"]),
        layer("t", "bt"), layer("add", inputs=["a", "bt"]), layer("LeakyReLU", negative_slope=0.2),
        layer("softmax", dim=1), layer("Dropout", "w"), layer("matmul", inputs=["w", "h"]),
        layer("ELU"), input=(50, 32),
    )  # fmt: skip


def instances() -> Raw:
    """Attention over a bag of instances (Ilse et al.), which are the first axis."""
    return document(
        conv(1, 20, 5), layer("ReLU"), layer("MaxPool2d", kernel_size=2), conv(20, 50, 5), layer("ReLU"),
        layer("MaxPool2d", kernel_size=2), layer("Flatten"), linear(800, 500), layer("ReLU", "h"), linear(500, 128),
        layer("Tanh"), linear(128, 1), layer("softmax", dim=0), layer("t", "a"), layer("matmul", inputs=["a", "h"]),
        linear(500, 1), layer("Sigmoid"), input=(10, 1, 28, 28),
    )  # fmt: skip


def sets() -> Raw:
    """Deep Sets."""
    return document(
        linear(3, 64), layer("ELU"), linear(64, 64), layer("sum", dim=1), linear(64, 64), layer("ELU"), linear(64, 10),
        input=(8, 100, 3),
    )  # fmt: skip


def factors() -> Raw:
    """Neural collaborative filtering: a product of embeddings beside a perceptron."""
    ids = {"shape": [64], "dtype": "int64"}
    return document(
        layer("Embedding", "u", num_embeddings=1000, embedding_dim=16, inputs=["user"]),
        layer("Embedding", "i", num_embeddings=2000, embedding_dim=16, inputs=["item"]),
        layer("mul", "product", inputs=["u", "i"]),
        layer("Embedding", "u2", num_embeddings=1000, embedding_dim=32, inputs=["user"]),
        layer("Embedding", "i2", num_embeddings=2000, embedding_dim=32, inputs=["item"]),
        layer("cat", dim=-1, inputs=["u2", "i2"]), linear(64, 32), layer("ReLU"), linear(32, 16), layer("ReLU", "deep"),
        layer("cat", dim=-1, inputs=["product", "deep"]), linear(32, 1), layer("Sigmoid"), layer("squeeze", dim=-1),
        inputs={"user": ids, "item": ids},
    )  # fmt: skip


def wide_and_deep() -> Raw:
    return document(
        linear(100, 1, "wide", inputs=["features"]), linear(13, 64, inputs=["dense"]), layer("ReLU"),
        linear(64, 1, "deep"),
        layer("add", inputs=["wide", "deep"]), layer("Sigmoid"), inputs={"features": [32, 100], "dense": [32, 13]},
    )  # fmt: skip


def projector() -> Raw:
    """SimCLR's and BYOL's heads behind an encoder: a Linear without a bias, a norm, an activation, a Linear."""
    return document(
        linear(512, 1024, bias=False), layer("BatchNorm1d", num_features=1024), layer("ReLU"),
        linear(1024, 128, bias=False),
        layer("BatchNorm1d", num_features=128, affine=False), input=(64, 512), mode="train",
    )  # fmt: skip


def two_views() -> Raw:
    """Two augmented views as one batch, and apart again."""
    return document(
        layer("cat", dim=0, inputs=["a", "b"]), conv(3, 16, padding=1), layer("ReLU"),
        layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), linear(16, 8),
        layer("chunk", "z", chunks=2, dim=0),
        layer("matmul", inputs=["z[0]", "zt"]), layer("t", "zt", inputs=["z[1]"]),
        inputs={"a": [4, 3, 32, 32], "b": [4, 3, 32, 32]}, outputs=["7"],
    )  # fmt: skip


def ensemble() -> Raw:
    """The mean of three members, stacked in front."""
    members = [part for number in range(3) for part in (
        linear(20, 32, f"h{number}", inputs=["input"]), layer("ReLU"), linear(32, 5, f"m{number}"),
    )]  # fmt: skip
    return document(*members, layer("stack", dim=0, inputs=["m0", "m1", "m2"]), layer("mean", dim=0),
                    layer("softmax", dim=-1), input=(3, 20))  # fmt: skip


def highway() -> Raw:
    return document(
        linear(64, 64, "h0"), layer("ReLU", "h"), linear(64, 64, "t0", inputs=["input"]), layer("Sigmoid", "t"),
        layer("mul", "a", inputs=["h", "t"]), layer("rsub", "c", other=1, inputs=["t"]),
        layer("mul", "b", inputs=["input", "c"]), layer("add", inputs=["a", "b"]), input=(8, 64),
    )  # fmt: skip


def actor() -> Raw:
    """A policy of actions that are real numbers: a mean, and a deviation that no state changes."""
    return document(
        linear(17, 64), layer("Tanh"), linear(64, 64), layer("Tanh"), linear(64, 6, "mean"),
        layer("parameter", "log_std", shape=[6]), layer("exp", "std"), input=(32, 17), outputs=["mean", "std"],
    )  # fmt: skip


def multi_sample_dropout() -> Raw:
    """One classifier behind several dropouts, whose answers are averaged."""
    return document(
        linear(64, 32), layer("ReLU", "h"), layer("Dropout", "d0"), linear(32, 4, "c"),
        layer("Dropout", "d1", inputs=["h"]),
        layer("reuse", "c1", layer="c"), layer("stack", dim=0, inputs=["c", "c1"]), layer("mean", dim=0), input=(8, 64),
    )  # fmt: skip


MODELS = {
    make.__name__: make()
    for make in (
        graph_convolution, graph_attention, instances, sets, factors, wide_and_deep, projector, two_views, ensemble,
        highway, actor, multi_sample_dropout,
    )
}  # fmt: skip
