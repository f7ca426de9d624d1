"""Transformers, their parts and their relatives."""

from typing import Any

from tests.diagnosis.architectures import Raw, conv, document, layer, linear


def embeddings() -> Raw:
    """BERT's embeddings, which end in a norm and a dropout."""
    return document(
        layer("Embedding", "word", num_embeddings=3000, embedding_dim=128, inputs=["ids"]),
        layer("Embedding", "kind", num_embeddings=2, embedding_dim=128, inputs=["types"]),
        layer("parameter", "place", shape=[1, 32, 128]), layer("add", "a", inputs=["word", "kind"]),
        layer("add", inputs=["a", "place"]), layer("LayerNorm", normalized_shape=128), layer("Dropout", p=0.1),
        inputs={name: {"shape": [2, 32], "dtype": "int64"} for name in ("ids", "types")},
    )  # fmt: skip


def factorized_embeddings() -> Raw:
    """ALBERT: a narrow table of words, and a projection; the way back for the masked words."""
    return document(
        layer("Embedding", num_embeddings=3000, embedding_dim=32), linear(32, 128),
        layer("TransformerEncoderLayer", d_model=128, nhead=4, dim_feedforward=256, batch_first=True), linear(128, 32),
        layer("GELU"), layer("LayerNorm", normalized_shape=32), linear(32, 3000),
        input={"shape": [2, 16], "dtype": "int64"},
    )  # fmt: skip


def feed_forward() -> Raw:
    """A part of a transformer's layer."""
    return document(
        layer("LayerNorm", normalized_shape=64), linear(64, 256), layer("GELU"), layer("Dropout", p=0.1),
        linear(256, 64),
        layer("Dropout", p=0.1), input=(2, 16, 64),
    )  # fmt: skip


def perceptron_of_vectors() -> Raw:
    """torchvision's MLP, a part of larger models."""
    return document(
        linear(64, 256), layer("ReLU"), layer("Dropout", p=0.1), linear(256, 64),
        layer("Dropout", p=0.1), input=(16, 64)
    )  # fmt: skip


def gated_feed_forward() -> Raw:
    """SwiGLU."""
    return document(
        layer("RMSNorm", "n", normalized_shape=64), linear(64, 176, "g0", bias=False), layer("SiLU", "g"),
        linear(64, 176, "u", bias=False, inputs=["n"]), layer("mul", inputs=["g", "u"]),
        linear(176, 64, "d", bias=False),
        layer("add", inputs=["d", "input"]), input=(2, 16, 64),
    )  # fmt: skip


def low_rank_adaptation() -> Raw:
    """LoRA beside a frozen projection."""
    return document(
        linear(256, 256, "frozen"), layer("Dropout", inputs=["input"], p=0.05), linear(256, 8, bias=False),
        linear(8, 256, "b", bias=False), layer("mul", "scaled", other=2.0), layer("add", inputs=["frozen", "scaled"]),
        input=(2, 16, 256),
    )  # fmt: skip


def low_rank_convolution() -> Raw:
    """LoRA of a convolution."""
    return document(
        conv(64, 128, name="frozen", padding=1), conv(64, 4, name="a", padding=1, bias=False, inputs=["input"]),
        conv(4, 128, 1, name="b", bias=False), layer("add", inputs=["frozen", "b"]), input=(1, 64, 32, 32),
    )  # fmt: skip


def multi_head(name: str, size: int, heads: int, batch: int, length: int) -> list[Raw]:
    """Attention written out."""
    parts: list[Raw] = []
    for which in "qkv":
        parts += [
            linear(size, size, f"{name}{which}0", inputs=[name]),
            layer("view", shape=[batch, length, heads, size // heads]),
            layer("transpose", f"{name}{which}", dim0=1, dim1=2),
        ]  # fmt: skip
    return [
        *parts, layer("transpose", f"{name}kt", dim0=-2, dim1=-1, inputs=[f"{name}k"]),
        layer("matmul", inputs=[f"{name}q", f"{name}kt"]), layer("div", other=(size / heads) ** 0.5),
        layer("softmax", dim=-1), layer("Dropout", f"{name}w", p=0.1),
        layer("matmul", inputs=[f"{name}w", f"{name}v"]), layer("transpose", dim0=1, dim1=2),
        layer("reshape", shape=[batch, length, size]), linear(size, size, f"{name}o"),
    ]  # fmt: skip


def encoder_written_out() -> Raw:
    return document(
        layer("LayerNorm", "x", normalized_shape=64), *multi_head("x", 64, 4, 2, 16),
        layer("add", inputs=["xo", "input"]),
        input=(2, 16, 64),
    )  # fmt: skip


def encoder_and_decoder() -> Raw:
    return document(
        layer("Embedding", "s", num_embeddings=500, embedding_dim=64, inputs=["source"]),
        layer("Embedding", "t", num_embeddings=600, embedding_dim=64, inputs=["target"]),
        layer("Transformer", d_model=64, nhead=4, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=128,
              inputs=["s", "t"]),
        linear(64, 600), inputs={"source": {"shape": [20, 8], "dtype": "int64"},
                                 "target": {"shape": [18, 8], "dtype": "int64"}},
    )  # fmt: skip


def first_token() -> Raw:
    """A classifier that reads the first of the tokens, through BERT's pooler."""
    return document(
        layer("Embedding", num_embeddings=3000, embedding_dim=64),
        layer("TransformerEncoder", layer={"type": "TransformerEncoderLayer", "d_model": 64, "nhead": 4,
                                           "dim_feedforward": 128, "batch_first": True}, num_layers=2),
        layer("getitem", index=[":", 0]), linear(64, 64), layer("Tanh"), layer("Dropout", p=0.1), linear(64, 2),
        input={"shape": [2, 16], "dtype": "int64"},
    )  # fmt: skip


def token_mixing() -> Raw:
    """MLP-Mixer: patches, then a perceptron over them and one over their features."""
    block = layer("Sequential", "mixer", repeat=2, layers=[
        layer("LayerNorm", normalized_shape=64), layer("transpose", dim0=1, dim1=2), linear(64, 32), layer("GELU"),
        linear(32, 64), layer("transpose", "t", dim0=1, dim1=2), layer("add", "x", inputs=["t", "input"]),
        layer("LayerNorm", normalized_shape=64), linear(64, 128), layer("GELU"), linear(128, 64, "c"),
        layer("add", inputs=["c", "x"]),
    ])  # fmt: skip
    return document(conv(3, 64, 4, stride=4), layer("flatten", start_dim=2), layer("transpose", dim0=1, dim1=2), block,
                    layer("LayerNorm", normalized_shape=64), layer("mean", dim=1), linear(64, 10))  # fmt: skip


def token_mixing_channels_first() -> Raw:
    """The same without the way there and back: the patches are in the last axis after the convolution."""
    return document(
        conv(3, 64, 4, stride=4), layer("flatten", start_dim=2), linear(64, 32), layer("GELU"), linear(32, 64),
        layer("transpose", dim0=1, dim1=2), linear(64, 64), layer("mean", dim=1), linear(64, 10),
    )  # fmt: skip


def windows() -> Raw:
    """Swin: windows become a batch for attention, and an image again."""
    return document(
        layer("LayerNorm", normalized_shape=32), layer("roll", shifts=[-2, -2], dims=[1, 2]),
        layer("view", shape=[2, 4, 4, 4, 4, 32]), layer("permute", dims=[0, 1, 3, 2, 4, 5]),
        layer("reshape", "w", shape=[-1, 16, 32]),
        layer("MultiheadAttention", "a", embed_dim=32, num_heads=4, batch_first=True, inputs=["w", "w", "w"]),
        layer("view", shape=[2, 4, 4, 4, 4, 32], inputs=["a[0]"]), layer("permute", dims=[0, 1, 3, 2, 4, 5]),
        layer("reshape", shape=[2, 16, 16, 32]), layer("roll", "r", shifts=[2, 2], dims=[1, 2]),
        layer("add", inputs=["r", "input"]), input=(2, 16, 16, 32),
    )  # fmt: skip


def experts() -> Raw:
    """A mixture of experts with a dense gate, and another that takes the best two."""
    ways = [part for number in range(3) for part in (
        linear(32, 64, f"u{number}", inputs=["input"]), layer("ReLU"), linear(64, 16, f"e{number}"),
    )]  # fmt: skip
    return document(
        linear(32, 3, "gate"), layer("softmax", dim=-1), layer("unsqueeze", "w", dim=1), *ways,
        layer("stack", "all", dim=1, inputs=["e0", "e1", "e2"]), layer("matmul", "mixed", inputs=["w", "all"]),
        layer("squeeze", "y", dim=1), linear(32, 3, "scores", inputs=["input"]), layer("topk", "best", k=2, dim=-1),
        layer("softmax", "p", dim=-1, inputs=["best[0]"]), input=(16, 32), outputs=["y", "p", "best[1]"],
    )  # fmt: skip


def contrastive_heads() -> Raw:
    """CLIP: both towers normalized, every image beside every text."""
    return document(
        linear(512, 128, "i0", bias=False, inputs=["image"]), layer("normalize", "i", dim=-1),
        linear(256, 128, "t0", bias=False, inputs=["text"]), layer("normalize", dim=-1), layer("t", "t"),
        layer("matmul", "m", inputs=["i", "t"]), layer("parameter", "scale", shape=[]), layer("exp", "e"),
        layer("mul", "by_image", inputs=["m", "e"]),
        layer("t", "by_text"), inputs={"image": [8, 512], "text": [8, 256]},
        outputs=["by_image", "by_text"],
    )  # fmt: skip


def external_memory() -> Raw:
    """External attention: a softmax over the tokens, between a Linear and another, both without a bias."""
    return document(linear(64, 32, bias=False), layer("softmax", dim=1), linear(32, 64, bias=False), input=(2, 49, 64))


def latent_array() -> Raw:
    """Perceiver: a learned array asks the input."""
    return document(
        layer("parameter", shape=[1, 16, 64]), layer("expand", "z", size=[2, 16, 64]),
        linear(3, 64, "x", inputs=["input"]),
        layer("MultiheadAttention", "a", embed_dim=64, num_heads=4, batch_first=True, inputs=["z", "x", "x"]),
        layer("add", inputs=["a[0]", "z"]), layer("mean", dim=1), linear(64, 10), input=(2, 400, 3),
    )  # fmt: skip


def temperature() -> Raw:
    return document(linear(64, 10), layer("div", other=0.5), layer("softmax", dim=-1), input=(4, 64))


def patched_series() -> Raw:
    """PatchTST: pieces of a series as tokens, all flattened for the head."""
    return document(
        layer("unfold", dimension=-1, size=16, step=8), layer("reshape", shape=[-1, 11, 16]), linear(16, 64),
        layer("TransformerEncoderLayer", d_model=64, nhead=4, batch_first=True), layer("reshape", shape=[4, 7, 704]),
        linear(704, 24), input=(4, 7, 96),
    )  # fmt: skip


def sequence_first_encoder() -> Raw:
    return document(
        layer("Embedding", num_embeddings=100, embedding_dim=32), layer("TransformerEncoderLayer", d_model=32, nhead=4),
        layer("mean", dim=0), linear(32, 2), input={"shape": [20, 8], "dtype": "int64"},
    )  # fmt: skip


MAKERS: Any = (
    embeddings, factorized_embeddings, feed_forward, perceptron_of_vectors, gated_feed_forward, low_rank_adaptation,
    low_rank_convolution, encoder_written_out, encoder_and_decoder, first_token, token_mixing,
    token_mixing_channels_first, windows, experts, contrastive_heads, external_memory, latent_array, temperature,
    patched_series, sequence_first_encoder,
)  # fmt: skip
MODELS: dict[str, Raw] = {make.__name__: make() for make in MAKERS}
