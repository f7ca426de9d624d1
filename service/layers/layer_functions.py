"""Layers as functions, but for activations: each follows the rules of the layer of the same kind."""

from typing import Final

from service.layers.adaptive_pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from service.layers.distance import CosineSimilarity, PairwiseDistance
from service.layers.lp_pooling import LPPool1d, LPPool2d, LPPool3d, PowerPoolingFunction
from service.layers.max_pooling import MaxPool1d, MaxPool2d, MaxPool3d
from service.layers.operation import as_operation
from service.layers.pooling import AvgPool1d, AvgPool2d, AvgPool3d
from service.layers.response_normalization import LocalResponseNorm
from service.layers.shuffling import ChannelShuffle, PixelShuffle, PixelUnshuffle
from service.layers.unpooling import MaxUnpool1d, MaxUnpool2d, MaxUnpool3d

FUNCTIONS: Final = (
    as_operation(MaxPool1d, "torch.nn.functional.max_pool1d"),
    as_operation(MaxPool2d, "torch.nn.functional.max_pool2d"),
    as_operation(MaxPool3d, "torch.nn.functional.max_pool3d"),
    as_operation(AvgPool1d, "torch.nn.functional.avg_pool1d"),
    as_operation(AvgPool2d, "torch.nn.functional.avg_pool2d"),
    as_operation(AvgPool3d, "torch.nn.functional.avg_pool3d"),
    as_operation(AdaptiveAvgPool1d, "torch.nn.functional.adaptive_avg_pool1d"),
    as_operation(AdaptiveAvgPool2d, "torch.nn.functional.adaptive_avg_pool2d"),
    as_operation(AdaptiveAvgPool3d, "torch.nn.functional.adaptive_avg_pool3d"),
    as_operation(AdaptiveMaxPool1d, "torch.nn.functional.adaptive_max_pool1d"),
    as_operation(AdaptiveMaxPool2d, "torch.nn.functional.adaptive_max_pool2d"),
    as_operation(AdaptiveMaxPool3d, "torch.nn.functional.adaptive_max_pool3d"),
    as_operation(PixelShuffle, "torch.nn.functional.pixel_shuffle"),
    as_operation(PixelUnshuffle, "torch.nn.functional.pixel_unshuffle"),
    as_operation(ChannelShuffle, "torch.nn.functional.channel_shuffle", page="generated/torch.nn.ChannelShuffle.html"),
    as_operation(LPPool1d, "torch.nn.functional.lp_pool1d", PowerPoolingFunction),
    as_operation(LPPool2d, "torch.nn.functional.lp_pool2d", PowerPoolingFunction),
    as_operation(LPPool3d, "torch.nn.functional.lp_pool3d", PowerPoolingFunction),
    as_operation(MaxUnpool1d, "torch.nn.functional.max_unpool1d"),
    as_operation(MaxUnpool2d, "torch.nn.functional.max_unpool2d"),
    as_operation(MaxUnpool3d, "torch.nn.functional.max_unpool3d"),
    as_operation(CosineSimilarity, "torch.nn.functional.cosine_similarity"),
    as_operation(PairwiseDistance, "torch.nn.functional.pairwise_distance"),
    as_operation(LocalResponseNorm, "torch.nn.functional.local_response_norm"),
)
"""The operations; a class that nobody refers to would be forgotten."""
