"""Documents that the OpenAPI description offers to try."""

from typing import Any, Final


def _tutorial(kernel_size: int, in_features: int) -> dict[str, Any]:
    convolution = {"type": "Conv2d", "kernel_size": kernel_size, "stride": 2, "padding": 1}
    return {
        "name": "myCNN",
        "input": [1, 3, 32, 32],
        "layers": [
            {**convolution, "name": "conv1", "in_channels": 3, "out_channels": 16},
            {"type": "ReLU"},
            {**convolution, "name": "conv2", "in_channels": 16, "out_channels": 32},
            {"type": "ReLU"},
            {"type": "Flatten"},
            {"type": "Linear", "name": "fc", "in_features": in_features, "out_features": 10},
        ],
    }


ANALYZE_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "broken": {
        "summary": "A convolutional network whose last layer does not fit",
        "value": _tutorial(5, 2048),
    },
    "sound": {"summary": "The same with the number of features that arrives", "value": _tutorial(5, 1568)},
    "residual": {
        "summary": "A residual block: names make a graph of a list",
        "value": {
            "name": "residual",
            "input": [1, 64, 56, 56],
            "layers": [
                {"type": "Conv2d", "name": "conv", "out_channels": 64, "kernel_size": 3, "padding": 1, "bias": False},
                {"type": "BatchNorm2d", "name": "norm"},
                {"type": "add", "name": "sum", "inputs": ["norm", "input"]},
                {"type": "ReLU"},
            ],
        },
    },
    "repeated": {
        "summary": "A nested block, repeated",
        "value": {
            "name": "encoder",
            "input": {"shape": [2, 16], "dtype": "int64"},
            "layers": [
                {"type": "Embedding", "name": "tokens", "num_embeddings": 1000, "embedding_dim": 64},
                {
                    "type": "Sequential",
                    "name": "block",
                    "repeat": 4,
                    "layers": [
                        {"type": "LayerNorm", "name": "norm", "normalized_shape": 64},
                        {"type": "MultiheadAttention", "name": "attention", "num_heads": 4, "batch_first": True,
                         "embed_dim": 64, "inputs": ["norm", "norm", "norm"]},
                        {"type": "add", "name": "sum", "inputs": ["input", "attention[0]"]},
                    ],
                },
            ],
        },
    },
}  # fmt: skip
