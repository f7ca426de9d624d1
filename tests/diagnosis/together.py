"""Models with mistakes that are independent of each other: a layer, its argument, and the wrong value."""

from typing import Any, Final, NamedTuple

from tests.diagnosis.architectures import Raw, conv, document, layer, linear

Slip = tuple[str, str, Any]


class Model(NamedTuple):
    document: Raw
    slips: tuple[Slip, ...]


def block(name: str, *layers: Raw, **keys: Any) -> Raw:
    return layer("Sequential", name, layers=list(layers), **keys)


def norm(name: str, channels: int, axes: int = 2) -> Raw:
    return layer(f"BatchNorm{axes}d", name, num_features=channels)


def padded(before: int, after: int, name: str, **more: Any) -> Raw:
    return conv(before, after, 3, name, padding=1, **more)


def enlarging(before: int, after: int, name: str, kernel: int = 4, padding: int = 1) -> Raw:
    return layer("ConvTranspose2d", name, in_channels=before, out_channels=after, kernel_size=kernel, stride=2,
                 padding=padding)  # fmt: skip


CNN: Final = Model(
    document(
        padded(3, 32, "conv1", bias=False), norm("bn1", 32), layer("ReLU"), layer("MaxPool2d", kernel_size=2),
        padded(32, 64, "conv2", bias=False), norm("bn2", 64), layer("PReLU", "act2", num_parameters=64),
        layer("MaxPool2d", kernel_size=2), padded(64, 128, "conv3", bias=False),
        layer("GroupNorm", "gn3", num_groups=8, num_channels=128), layer("ReLU"), layer("MaxPool2d", kernel_size=2),
        layer("Flatten"), linear(8192, 256, "fc1"), layer("ReLU"), linear(256, 10, "fc2"), input=(8, 3, 64, 64),
    ),
    (("conv1", "in_channels", 1), ("conv2", "in_channels", 16), ("bn2", "num_features", 32), ("gn3", "num_groups", 7),
     ("gn3", "num_channels", 64), ("fc2", "in_features", 128)),
)  # fmt: skip


def residual(name: str, channels: int, **keys: Any) -> Raw:
    return block(
        name, padded(channels, channels, "conv1", bias=False), norm("bn1", channels), layer("ReLU"),
        padded(channels, channels, "conv2", bias=False), norm("bn2", channels),
        layer("add", "sum", inputs=["bn2", "input"]), layer("ReLU"), **keys,
    )  # fmt: skip


RESNET: Final = Model(
    document(
        conv(3, 32, 7, "stem", stride=2, padding=3, bias=False), norm("stembn", 32), layer("ReLU"),
        residual("stage1", 32, repeat=3),
        block(
            "down", padded(32, 64, "conv1", stride=2, bias=False), norm("bn1", 64), layer("ReLU"),
            padded(64, 64, "conv2", bias=False), norm("bn2", 64),
            conv(32, 64, 1, "short", stride=2, bias=False, inputs=["input"]), norm("shortbn", 64),
            layer("add", "sum", inputs=["bn2", "shortbn"]), layer("ReLU"),
        ),
        residual("stage2", 64, repeat=2), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"),
        linear(64, 100, "head"), input=(4, 3, 96, 96),
    ),
    (("stembn", "num_features", 64), ("stage1.conv1", "in_channels", 64), ("stage2.conv2", "out_channels", 32),
     ("down.short", "stride", 1), ("down.conv2", "in_channels", 32), ("head", "in_features", 512)),
)  # fmt: skip

TRANSFORMER: Final = Model(
    document(
        layer("Embedding", "tok", num_embeddings=1000, embedding_dim=128),
        layer("parameter", "pos", shape=[1, 50, 128]), layer("add", "emb", inputs=["tok", "pos"]),
        block(
            "blocks", layer("LayerNorm", "ln1", normalized_shape=128),
            layer("MultiheadAttention", "attn", embed_dim=128, num_heads=8, batch_first=True, inputs=["ln1"] * 3),
            layer("add", "res1", inputs=["attn[0]", "input"]), layer("LayerNorm", "ln2", normalized_shape=128),
            linear(128, 512, "up"), layer("GELU"), linear(512, 128, "down"),
            layer("add", "res2", inputs=["down", "res1"]), repeat=4,
        ),
        layer("mean", "pool", dim=1), linear(128, 2, "cls"), input={"shape": [4, 50], "dtype": "int64"},
    ),
    (("pos", "shape", [1, 64, 128]), ("blocks.attn", "num_heads", 7), ("blocks.res1", "inputs", ["attn", "input"]),
     ("blocks.ln2", "normalized_shape", 512), ("blocks.down", "in_features", 256), ("pool", "dim", 3)),
)  # fmt: skip


def twice(name: str, before: int, after: int) -> Raw:
    return block(name, padded(before, after, "a"), layer("ReLU"), padded(after, after, "b"), layer("ReLU"))


UNET: Final = Model(
    document(
        twice("enc1", 3, 16), layer("MaxPool2d", "p1", kernel_size=2), twice("enc2", 16, 32),
        layer("MaxPool2d", "p2", kernel_size=2), twice("mid", 32, 64), enlarging(64, 32, "up2", 2, 0),
        layer("cat", "cat2", dim=1, inputs=["up2", "enc2"]), twice("dec2", 64, 32), enlarging(32, 16, "up1", 2, 0),
        layer("cat", "cat1", dim=1, inputs=["up1", "enc1"]), twice("dec1", 32, 16), conv(16, 5, 1, "head"),
        input=(2, 3, 128, 128),
    ),
    (("enc2.b", "in_channels", 24), ("mid.a", "in_channels", 48), ("up2", "stride", 1), ("dec2.a", "in_channels", 32),
     ("cat1", "inputs", ["up1", "enc2"]), ("head", "in_channels", 32)),
)  # fmt: skip

GENERATOR: Final = Model(
    document(
        linear(100, 4096, "fc", bias=False), norm("bn0", 4096, 1), layer("ReLU"),
        layer("Unflatten", "img", dim=1, unflattened_size=[256, 4, 4]), enlarging(256, 128, "t1"), layer("ReLU"),
        enlarging(128, 64, "t2"), layer("ReLU"), enlarging(64, 3, "t3"), layer("Tanh"), input=(16, 100),
    ),
    (("bn0", "num_features", 100), ("t1", "in_channels", 512), ("t2", "in_channels", 64)),
)  # fmt: skip

SQUEEZED: Final = Model(
    document(
        padded(3, 16, "stem", stride=2), layer("ReLU6"),
        block(
            "ir", conv(16, 64, 1, "expand"), layer("ReLU6"), padded(64, 64, "depth", groups=64), layer("ReLU6", "act"),
            block(
                "se", layer("AdaptiveAvgPool2d", output_size=1), conv(64, 16, 1, "squeeze"), layer("ReLU"),
                conv(16, 64, 1, "excite"), layer("Sigmoid"), layer("mul", "scale", inputs=["4", "input"]),
            ),
            conv(64, 16, 1, "project"), layer("add", "res", inputs=["project", "input"]), repeat=2,
        ),
        conv(16, 128, 1, "last"), layer("AdaptiveAvgPool2d", output_size=1), layer("Flatten"), linear(128, 7, "fc"),
        input=(1, 3, 96, 96),
    ),
    (("stem", "in_channels", 4), ("ir.se.squeeze", "in_channels", 32), ("ir.se.excite", "out_channels", 48),
     ("last", "in_channels", 32), ("fc", "in_features", 1280)),
)  # fmt: skip

TRANSLATOR: Final = Model(
    document(
        layer("Embedding", "source", num_embeddings=800, embedding_dim=64, inputs=["src"]),
        layer("Embedding", "target", num_embeddings=600, embedding_dim=64, inputs=["tgt"]),
        layer("Transformer", "tr", d_model=64, nhead=4, num_encoder_layers=2, num_decoder_layers=2, dim_feedforward=128,
              batch_first=True, inputs=["source", "target"]),
        linear(64, 600, "out"),
        inputs={"src": {"shape": [4, 20], "dtype": "int64"}, "tgt": {"shape": [4, 15], "dtype": "int64"}},
    ),
    (("source", "embedding_dim", 63), ("target", "embedding_dim", 32), ("tr", "nhead", 5), ("out", "in_features", 128)),
)  # fmt: skip

RECURRENT: Final = Model(
    document(
        layer("GRU", "gru", input_size=24, hidden_size=48, batch_first=True),
        layer("getitem", "last", index=[":", -1], inputs=["gru[0]"]), layer("LayerNorm", "ln", normalized_shape=48),
        linear(48, 96, "h"), layer("GLU", "glu"), linear(48, 5, "o"), input=(8, 40, 24),
    ),
    (("last", "inputs", ["gru"]), ("ln", "normalized_shape", 24), ("h", "in_features", 40), ("o", "in_features", 96)),
)  # fmt: skip

SIAMESE: Final = Model(
    document(
        block(
            "tower", conv(1, 32, 10, "c1"), layer("ReLU"), layer("MaxPool2d", kernel_size=2), conv(32, 64, 7, "c2"),
            layer("ReLU"), layer("Flatten"), linear(20736, 256, "embed"), inputs=["left"],
        ),
        layer("reuse", "other", layer="tower", inputs=["right"]), layer("sub", "diff", inputs=["tower", "other"]),
        layer("abs"), linear(256, 1, "score"), inputs={"left": [4, 1, 57, 57], "right": [4, 1, 57, 57]},
    ),
    (("tower.c2", "in_channels", 64), ("tower.embed", "in_features", 9216), ("score", "in_features", 512)),
)  # fmt: skip

MODELS: Final = {
    "cnn": CNN, "resnet": RESNET, "transformer": TRANSFORMER, "unet": UNET, "generator": GENERATOR,
    "squeezed": SQUEEZED, "translator": TRANSLATOR, "recurrent": RECURRENT, "siamese": SIAMESE,
}  # fmt: skip
