"""Speech, language and time series: recurrent and convolutional networks."""

from typing import Any

from tests.diagnosis.architectures import Raw, conv, document, layer, linear


def tokens(*shape: int) -> Any:
    return {"shape": list(shape), "dtype": "int64"}


def conv1d(before: int, after: int, kernel: int, name: str | None = None, **more: Any) -> Raw:
    return layer("Conv1d", name, in_channels=before, out_channels=after, kernel_size=kernel, **more)


def language_model() -> Raw:
    """Steps first, as PyTorch's own example has it."""
    return document(
        layer("Embedding", num_embeddings=1000, embedding_dim=200), layer("Dropout", p=0.2),
        layer("LSTM", "l", input_size=200, hidden_size=200, num_layers=2, dropout=0.2),
        layer("Dropout", inputs=["l[0]"]),
        linear(200, 1000), layer("view", shape=[-1, 1000]), layer("log_softmax", dim=1), input=tokens(35, 20),
    )  # fmt: skip


def last_step() -> Raw:
    """A classifier of names, letter by letter."""
    return document(
        layer("RNN", "rnn", input_size=57, hidden_size=128), linear(128, 18, inputs=["rnn[1][-1]"]),
        layer("LogSoftmax", dim=1), input=(12, 1, 57),
    )  # fmt: skip


def last_step_batch_first() -> Raw:
    return document(
        layer("GRU", "g", input_size=16, hidden_size=32, num_layers=2, batch_first=True, dropout=0.1),
        layer("getitem", index=[":", -1, ":"], inputs=["g[0]"]), linear(32, 1), input=(8, 24, 16),
    )  # fmt: skip


def translation() -> Raw:
    """An encoder whose state a decoder starts from, and attention of the decoder over the encoder."""
    return document(
        layer("Embedding", num_embeddings=500, embedding_dim=64, inputs=["source"]),
        layer("GRU", "encoder", input_size=64, hidden_size=128),
        layer("Embedding", "target_words", num_embeddings=600, embedding_dim=64, inputs=["target"]),
        layer("GRU", "decoder", input_size=64, hidden_size=128, inputs=["target_words", "encoder[1]"]),
        layer("transpose", "d", dim0=0, dim1=1, inputs=["decoder[0]"]),
        layer("permute", "e", dims=[1, 2, 0], inputs=["encoder[0]"]), layer("bmm", inputs=["d", "e"]),
        layer("softmax", "weights", dim=-1), layer("transpose", "keys", dim0=0, dim1=1, inputs=["encoder[0]"]),
        layer("bmm", "context", inputs=["weights", "keys"]), layer("cat", dim=2, inputs=["context", "d"]),
        linear(256, 128), layer("tanh"), linear(128, 600), inputs={"source": tokens(15, 8), "target": tokens(12, 8)},
    )  # fmt: skip


def attention_pooling() -> Raw:
    """A hierarchical attention network's sentence: a score a word, a softmax over the words."""
    return document(
        layer("Embedding", num_embeddings=1000, embedding_dim=100),
        layer("GRU", "g", input_size=100, hidden_size=50, bidirectional=True, batch_first=True),
        linear(100, 100, inputs=["g[0]"]), layer("Tanh"), linear(100, 1, bias=False), layer("softmax", "w", dim=1),
        layer("mul", inputs=["g[0]", "w"]), layer("sum", dim=1), linear(100, 5), input=tokens(16, 30),
    )  # fmt: skip


def tagger() -> Raw:
    return document(
        layer("Embedding", num_embeddings=1000, embedding_dim=100), layer("Dropout"),
        layer("LSTM", "l", input_size=100, hidden_size=100, bidirectional=True), linear(200, 9, inputs=["l[0]"]),
        input=tokens(40, 16),
    )  # fmt: skip


def convolutions_over_words() -> Raw:
    """A convolution a number of words, the maximum of each over time."""
    layers, names = [], []
    for size in (3, 4, 5):
        layers += [conv1d(300, 100, size, f"c{size}", inputs=["words"]), layer("ReLU"),
                   layer("amax", f"m{size}", dim=2)]  # fmt: skip
        names.append(f"m{size}")
    return document(
        layer("Embedding", num_embeddings=5000, embedding_dim=300), layer("permute", "words", dims=[0, 2, 1]), *layers,
        layer("cat", dim=1, inputs=names), layer("Dropout"), linear(300, 2), input=tokens(50, 40),
    )  # fmt: skip


def text_in_images() -> Raw:
    """CRNN: the columns of an image as steps."""
    return document(
        conv(1, 64, padding=1), layer("ReLU"), layer("MaxPool2d", kernel_size=2), conv(64, 128, padding=1),
        layer("ReLU"),
        layer("MaxPool2d", kernel_size=2), conv(128, 256, padding=1, bias=False),
        layer("BatchNorm2d", num_features=256),
        layer("ReLU"), layer("MaxPool2d", kernel_size=[2, 1]), conv(256, 256, (4, 1), bias=False),
        layer("BatchNorm2d", num_features=256), layer("ReLU"), layer("squeeze", dim=2),
        layer("permute", dims=[2, 0, 1]),
        layer("LSTM", "l", input_size=256, hidden_size=128, bidirectional=True), linear(256, 37, inputs=["l[0]"]),
        layer("LogSoftmax", dim=2), input=(8, 1, 32, 100),
    )  # fmt: skip


def speech() -> Raw:
    """Deep Speech 2: frequencies and channels merged, steps first or not."""
    return document(
        conv(1, 32, (41, 11), stride=[2, 2], padding=[20, 5], bias=False), layer("BatchNorm2d", num_features=32),
        layer("Hardtanh", min_val=0, max_val=20), layer("view", shape=[4, 2592, 100]),
        layer("transpose", dim0=1, dim1=2),
        layer("GRU", "g", input_size=2592, hidden_size=256, batch_first=True, bidirectional=True),
        layer("LayerNorm", normalized_shape=512, inputs=["g[0]"]), linear(512, 29), layer("LogSoftmax", dim=-1),
        input=(4, 1, 161, 200),
    )  # fmt: skip


def pyramid_of_recurrences() -> Raw:
    """Listen, attend and spell: two steps make one."""
    return document(
        layer("LSTM", "a", input_size=40, hidden_size=64, bidirectional=True, batch_first=True),
        layer("reshape", shape=[4, 50, 256], inputs=["a[0]"]),
        layer("LSTM", "b", input_size=256, hidden_size=64, bidirectional=True, batch_first=True),
        linear(128, 30, inputs=["b[0]"]),
        input=(4, 100, 40),
    )  # fmt: skip


def waveform_stem() -> Raw:
    """wav2vec 2.0's stem on one second, and its convolution for positions."""
    layers, before = [], 1
    for number, (kernel, stride) in enumerate(((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))):
        layers.append(conv1d(before, 512, kernel, stride=stride, bias=False))
        if number == 0:
            layers.append(layer("GroupNorm", num_groups=512, num_channels=512))
        layers.append(layer("GELU"))
        before = 512
    return document(
        *layers, layer("transpose", dim0=1, dim1=2), layer("LayerNorm", normalized_shape=512), linear(512, 768, "x"),
        layer("transpose", dim0=1, dim1=2), conv1d(768, 768, 128, padding=64, groups=16),
        layer("getitem", index=["...", ":-1"]), layer("GELU"), layer("transpose", "p", dim0=1, dim1=2),
        layer("add", inputs=["x", "p"]), layer("LayerNorm", normalized_shape=768), layer("Dropout", p=0.1),
        input=(2, 1, 16000),
    )  # fmt: skip


def causal_convolutions() -> Raw:
    """A block of a temporal convolutional network."""
    return document(
        conv1d(16, 32, 3, padding=8, dilation=4), layer("getitem", index=["...", ":-8"]), layer("ReLU"),
        layer("Dropout", p=0.2), conv1d(32, 32, 3, padding=8, dilation=4), layer("getitem", index=["...", ":-8"]),
        layer("ReLU"), layer("Dropout", "d", p=0.2), conv1d(16, 32, 1, "skip", inputs=["input"]),
        layer("add", inputs=["d", "skip"]), layer("ReLU"), layer("getitem", index=[":", ":", -1]), linear(32, 1),
        input=(4, 16, 60),
    )  # fmt: skip


def gated_convolutions() -> Raw:
    """WaveNet: filter and gate, residual and skip."""
    return document(
        conv1d(256, 32, 1, "x"), conv1d(32, 32, 2, "f0", dilation=2, padding=2), layer("getitem", index=["...", ":-2"]),
        layer("tanh", "f"), conv1d(32, 32, 2, "g0", dilation=2, padding=2, inputs=["x"]),
        layer("getitem", index=["...", ":-2"]), layer("sigmoid", "g"), layer("mul", "z", inputs=["f", "g"]),
        conv1d(32, 32, 1, "res0"), layer("add", "res", inputs=["res0", "x"]), conv1d(32, 64, 1, "skip", inputs=["z"]),
        layer("ReLU"), conv1d(64, 64, 1), layer("ReLU"), conv1d(64, 256, 1, "y"), layer("Softmax", "p", dim=1),
        input=(1, 256, 1000), outputs=["p", "res"],
    )  # fmt: skip


def conformer_convolution() -> Raw:
    return document(
        layer("LayerNorm", normalized_shape=144), layer("transpose", dim0=1, dim1=2), conv1d(144, 288, 1),
        layer("GLU", dim=1), conv1d(144, 144, 31, padding=15, groups=144, bias=False),
        layer("BatchNorm1d", num_features=144), layer("SiLU"), conv1d(144, 144, 1), layer("Dropout", p=0.1),
        layer("transpose", "y", dim0=1, dim1=2), layer("add", inputs=["y", "input"]), input=(4, 80, 144),
    )  # fmt: skip


def trend_and_season() -> Raw:
    """DLinear: a moving average, and a Linear along time for it and for the rest."""
    return document(
        layer("AvgPool1d", "trend", kernel_size=25, stride=1, padding=12),
        layer("sub", "season", inputs=["input", "trend"]),
        linear(96, 24, "t", inputs=["trend"]), linear(96, 24, "s", inputs=["season"]), layer("add", inputs=["t", "s"]),
        layer("transpose", dim0=1, dim1=2), input=(8, 7, 96),
    )  # fmt: skip


def padded_trend() -> Raw:
    """DLinear with its own padding, and steps before channels."""
    return document(
        layer("permute", "x", dims=[0, 2, 1]), layer("ReplicationPad1d", padding=12),
        layer("AvgPool1d", "trend", kernel_size=25, stride=1), linear(96, 24, "t"), layer("sub", inputs=["x", "trend"]),
        linear(96, 24, "s"), layer("add", inputs=["t", "s"]), layer("permute", dims=[0, 2, 1]), input=(8, 96, 7),
    )  # fmt: skip


def mixing_time_and_features() -> Raw:
    """TSMixer."""
    return document(
        layer("transpose", dim0=1, dim1=2), linear(96, 96), layer("ReLU"), layer("Dropout", p=0.1),
        layer("transpose", "t", dim0=1, dim1=2), layer("add", "x", inputs=["t", "input"]), linear(7, 32), layer("ReLU"),
        linear(32, 7), layer("Dropout", "d", p=0.1), layer("add", "y", inputs=["d", "x"]),
        layer("transpose", dim0=1, dim1=2),
        linear(96, 24), layer("transpose", dim0=1, dim1=2), input=(8, 96, 7),
    )  # fmt: skip


def basis_expansion() -> Raw:
    """N-BEATS: the coefficients of a backcast and a forecast."""
    return document(
        linear(50, 128), layer("ReLU"), linear(128, 128), layer("ReLU", "h"), linear(128, 8, "b0", bias=False),
        linear(8, 50, "b"), linear(128, 8, "f0", bias=False, inputs=["h"]), linear(8, 10, "forecast"),
        layer("sub", "rest", inputs=["input", "b"]), input=(32, 50), outputs=["rest", "forecast"],
    )  # fmt: skip


def frames_and_steps() -> Raw:
    """A video classifier: one network for each frame, then a recurrence over them."""
    return document(
        layer("reshape", shape=[-1, 3, 32, 32]), conv(3, 16, stride=2, padding=1), layer("ReLU"),
        layer("AdaptiveAvgPool2d", output_size=4), layer("Flatten"), linear(256, 64), layer("ReLU"),
        layer("reshape", shape=[2, 8, 64]), layer("LSTM", "l", input_size=64, hidden_size=64, batch_first=True),
        layer("select", dim=1, index=-1, inputs=["l[0]"]), linear(64, 5), input=(2, 8, 3, 32, 32),
    )  # fmt: skip


MODELS = {
    make.__name__: make()
    for make in (
        language_model, last_step, last_step_batch_first, translation, attention_pooling, tagger,
        convolutions_over_words, text_in_images, speech, pyramid_of_recurrences, waveform_stem, causal_convolutions,
        gated_convolutions, conformer_convolution, trend_and_season, padded_trend, mixing_time_and_features,
        basis_expansion, frames_and_steps,
    )
}  # fmt: skip
