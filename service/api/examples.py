"""Documents that the OpenAPI description offers to try, and what is answered to them."""

import json
from typing import Any, Final, NamedTuple

from service.api.responding import Responder

Json = dict[str, Any]


class Example(NamedTuple):
    """A document for `POST /analyze`."""

    summary: str
    document: Json


def _convolution(name: str, out_channels: int, kernel_size: int = 3, **others: Any) -> Json:
    return {"type": "Conv2d", "name": name, "out_channels": out_channels, "kernel_size": kernel_size, **others}


def _tutorial(name: str, kernel_size: int, in_features: int) -> Json:
    strided = {"stride": 2, "padding": 1}
    return {
        "name": name,
        "input": [1, 3, 32, 32],
        "layers": [
            _convolution("conv1", 16, kernel_size, in_channels=3, **strided),
            {"type": "ReLU"},
            _convolution("conv2", 32, kernel_size, in_channels=16, **strided),
            {"type": "ReLU"},
            {"type": "Flatten"},
            {"type": "Linear", "name": "fc", "in_features": in_features, "out_features": 10},
        ],
    }


RESIDUAL: Final[Json] = {
    "name": "residual block",
    "input": [1, 64, 56, 56],
    "layers": [
        _convolution("conv1", 128, stride=2, padding=1, bias=False),
        {"type": "BatchNorm2d", "name": "bn1"},
        {"type": "ReLU", "name": "relu1"},
        _convolution("conv2", 128, padding=1, bias=False),
        {"type": "BatchNorm2d", "name": "bn2"},
        _convolution("shortcut", 128, 1, stride=2, bias=False, inputs=["input"]),
        {"type": "add", "name": "sum", "inputs": ["bn2", "shortcut"]},
        {"type": "ReLU", "name": "relu2"},
    ],
}

ENCODER: Final[Json] = {
    "name": "sentence classifier",
    "input": {"shape": [8, 128], "dtype": "int64"},
    "layers": [
        {"type": "Embedding", "name": "tokens", "num_embeddings": 30000, "embedding_dim": 256},
        {"type": "TransformerEncoder", "name": "encoder", "num_layers": 6,
         "layer": {"type": "TransformerEncoderLayer", "d_model": 256, "nhead": 8, "batch_first": True}},
        {"type": "mean", "name": "pooled", "dim": 1},
        {"type": "Linear", "name": "head", "in_features": 256, "out_features": 2},
    ],
}  # fmt: skip

TAGGER: Final[Json] = {
    "name": "part-of-speech tagger",
    "input": {"shape": [4, 50], "dtype": "int64"},
    "layers": [
        {"type": "Embedding", "name": "words", "num_embeddings": 10000, "embedding_dim": 100},
        {"type": "LSTM", "name": "lstm", "hidden_size": 128, "num_layers": 2, "bidirectional": True,
         "batch_first": True},
        {"type": "Linear", "name": "tags", "inputs": ["lstm[0]"], "in_features": 256, "out_features": 17},
    ],
}  # fmt: skip

TWO_INPUTS: Final[Json] = {
    "name": "caption matcher",
    "inputs": {"image": [8, 3, 64, 64], "caption": {"shape": [8, 20], "dtype": "int64"}},
    "layers": [
        {"type": "Sequential", "name": "vision", "inputs": ["image"], "layers": [
            _convolution("conv", 32, stride=2, padding=1),
            {"type": "ReLU"},
            {"type": "AdaptiveAvgPool2d", "output_size": 1},
            {"type": "Flatten"},
            {"type": "Linear", "name": "project", "out_features": 64},
        ]},
        {"type": "Sequential", "name": "text", "inputs": ["caption"], "layers": [
            {"type": "EmbeddingBag", "name": "words", "num_embeddings": 5000, "embedding_dim": 64},
        ]},
        {"type": "CosineSimilarity", "name": "match", "inputs": ["vision", "text"]},
    ],
}  # fmt: skip

REPEATED: Final[Json] = {
    "name": "language model",
    "input": {"shape": [1, 64], "dtype": "int64"},
    "layers": [
        {"type": "Embedding", "name": "tokens", "num_embeddings": 8000, "embedding_dim": 128},
        {"type": "Sequential", "name": "blocks", "repeat": 4, "layers": [
            {"type": "LayerNorm", "name": "norm1", "normalized_shape": 128},
            {"type": "MultiheadAttention", "name": "attention", "embed_dim": 128, "num_heads": 4,
             "batch_first": True, "inputs": ["norm1", "norm1", "norm1"]},
            {"type": "add", "name": "attended", "inputs": ["input", "attention[0]"]},
            {"type": "LayerNorm", "name": "norm2", "normalized_shape": 128},
            {"type": "Sequential", "name": "mlp", "layers": [
                {"type": "Linear", "out_features": 512}, {"type": "GELU"}, {"type": "Linear", "out_features": 128},
            ]},
            {"type": "add", "name": "out", "inputs": ["attended", "mlp"]},
        ]},
        {"type": "LayerNorm", "name": "norm", "normalized_shape": 128},
        {"type": "Linear", "name": "head", "out_features": 8000, "bias": False},
    ],
}  # fmt: skip

THREE_MISTAKES: Final[Json] = {
    "name": "three mistakes",
    "input": [1, 3, 64, 64],
    "layers": [
        _convolution("conv1", 32, in_channels=3, padding=1, bias=False),
        {"type": "BatchNorm2d", "name": "bn1", "num_features": 64},
        {"type": "ReLU"},
        {"type": "MaxPool2d", "kernel_size": 2},
        _convolution("conv2", 64, in_channels=16, padding=1),
        {"type": "ReLU"},
        {"type": "MaxPool2d", "kernel_size": 2},
        {"type": "Linear", "name": "fc", "in_features": 16384, "out_features": 10},
    ],
}

GENERATOR: Final[Json] = {
    "name": "image generator",
    "input": [16, 100, 1, 1],
    "layers": [
        {"type": "ConvTranspose2d", "name": "up1", "out_channels": 256, "kernel_size": 4, "bias": False},
        {"type": "BatchNorm2d"},
        {"type": "ReLU"},
        {"type": "ConvTranspose2d", "name": "up2", "out_channels": 128, "kernel_size": 4, "stride": 2, "padding": 1,
         "bias": False},
        {"type": "BatchNorm2d"},
        {"type": "ReLU"},
        {"type": "ConvTranspose2d", "name": "up3", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1},
        {"type": "Tanh"},
    ],
}  # fmt: skip

EXAMPLES: Final = {
    "broken": Example("A convolutional network whose last layer does not fit", _tutorial("myCNN", 5, 2048)),
    "mended": Example("The same with the number of features that arrives", _tutorial("myCNN", 5, 1568)),
    "sound": Example("The same with the kernel it was made for", _tutorial("myCNN", 3, 2048)),
    "residual": Example("A residual block: names make a graph of a list", RESIDUAL),
    "encoder": Example("A transformer encoder for sentences", ENCODER),
    "tagger": Example("An LSTM that returns a tuple, of which one part is taken", TAGGER),
    "two-inputs": Example("Two inputs that meet", TWO_INPUTS),
    "repeated": Example("A nested block, four times in a row", REPEATED),
    "three-mistakes": Example("Three mistakes, told at once", THREE_MISTAKES),
    "generator": Example("Transposed convolutions that enlarge", GENERATOR),
}


def request_examples() -> dict[str, Json]:
    """The documents, as OpenAPI lists them."""
    return {name: {"summary": example.summary, "value": example.document} for name, example in EXAMPLES.items()}


def answer_examples() -> dict[str, Json]:
    """What is answered to them."""
    responder = Responder()
    return {
        name: {
            "summary": example.summary,
            "value": json.loads(responder.respond(json.dumps(example.document).encode())),
        }
        for name, example in EXAMPLES.items()
    }
