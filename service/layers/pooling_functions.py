"""Pooling and pixel shuffling as functions: each follows the rules of the layer of the same kind."""

from typing import Final

from service.layers.adaptive_pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from service.layers.max_pooling import MaxPool1d, MaxPool2d, MaxPool3d
from service.layers.operation import as_operation
from service.layers.pooling import AvgPool1d, AvgPool2d, AvgPool3d
from service.layers.shuffling import PixelShuffle, PixelUnshuffle

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
)
"""The operations; a class that nobody refers to would be forgotten."""
