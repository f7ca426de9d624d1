"""Types of layers that rules speak of together."""

from typing import Any, Final

_LAZY: Final = ("", "Lazy")
_AXES: Final = (1, 2, 3)

FLAT: Final = 2
"""Axes of samples and features alone."""

LINEAR: Final = frozenset({"Linear", "LazyLinear"})
CONVOLUTIONS: Final = frozenset(f"{lazy}Conv{axes}d" for lazy in _LAZY for axes in _AXES)
TRANSPOSED: Final = frozenset(f"{lazy}ConvTranspose{axes}d" for lazy in _LAZY for axes in _AXES)
BIASED: Final = LINEAR | CONVOLUTIONS | TRANSPOSED
"""Linear maps with weights of their own, and a bias unless they are told otherwise."""

BATCH_NORMS: Final = frozenset(f"{lazy}BatchNorm{axes}d" for lazy in _LAZY for axes in _AXES) | {"SyncBatchNorm"}
INSTANCE_NORMS: Final = frozenset(f"{lazy}InstanceNorm{axes}d" for lazy in _LAZY for axes in _AXES)
POOLS: Final = frozenset(
    f"{kind}Pool{axes}d"
    for kind in ("Max", "Avg", "LP", "FractionalMax", "AdaptiveAvg", "AdaptiveMax")
    for axes in _AXES
)
STRIDED: Final = CONVOLUTIONS | frozenset(f"{kind}Pool{axes}d" for kind in ("Max", "Avg", "LP") for axes in _AXES)
"""Layers that look at their input through a window that takes steps."""
SPATIAL: Final = CONVOLUTIONS | TRANSPOSED | POOLS
IMAGES: Final = SPATIAL | INSTANCE_NORMS | BATCH_NORMS - {"SyncBatchNorm"}
"""Layers that take samples, channels and as many spatial axes as their names say, in this order."""

RECURRENT: Final = frozenset({"RNN", "LSTM", "GRU"})
SEQUENTIAL: Final = RECURRENT | {
    "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer", "TransformerEncoder",
    "TransformerDecoder", "Transformer",
}  # fmt: skip
"""Layers that take ``batch_first``, themselves or within."""

SOFTMAX: Final = frozenset({
    "Softmax", "Softmax2d", "LogSoftmax", "Softmin", "softmax", "log_softmax", "softmin",
})  # fmt: skip
ACTIVATIONS: Final = SOFTMAX | {
    "ReLU", "ReLU6", "LeakyReLU", "PReLU", "RReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Softplus",
    "Softsign", "Sigmoid", "Hardsigmoid", "LogSigmoid", "Tanh", "Hardtanh", "Hardswish", "relu", "relu6", "leaky_relu",
    "prelu", "rrelu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "sigmoid", "hardsigmoid",
    "logsigmoid", "tanh", "hardtanh", "hardswish",
}  # fmt: skip
DROPOUT: Final = frozenset({
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "dropout", "dropout1d",
    "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
})  # fmt: skip
HANDED_ON: Final = DROPOUT | {"Identity"}
"""Layers that change nothing about which function is learned."""
PASSED_OVER: Final = HANDED_ON | {"Flatten", "flatten"}
"""Layers that change nothing about which linear function is learned."""


def plain(type: str) -> str:
    """The name of an activation, be it a layer or a function."""
    return type.lower().replace("_", "")


def axes_of(type: str) -> int:
    """The spatial axes that a layer's name says it has."""
    return int(type[-2])


def normalized_axis(layer: Any, rank: int) -> int:
    """The axis along which a softmax makes shares, from 0 on; 0 of a scalar, too."""
    axis: int = layer.axis(rank)
    return axis % max(rank, 1)
