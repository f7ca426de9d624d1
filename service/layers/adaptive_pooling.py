"""Pooling to a given size: AdaptiveAvgPool1d–3d and AdaptiveMaxPool1d–3d.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html and of the
kernels, ``aten/src/ATen/native/AdaptiveAveragePooling.cpp``, ``AdaptiveMaxPooling2d.cpp`` and their like.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import ANY, FLOATING, INEXACT
from service.core.layouts import like, like_an_image
from service.core.sizes import UNKNOWN_SIZE, Shape, indivisible, is_known
from service.core.tensors import Tensor, Value
from service.layers.arguments import Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Window
from service.layers.pooling import ReturnIndices
from service.layers.spatial import ChannelwiseLayer

OutputSize = Annotated[Int | Ints, Field(description="Size of every spatial axis of the result.")]
OpenOutputSize = Annotated[
    Int | Annotated[tuple[Int | None, ...], Field(max_length=64)],
    Field(
        description="Size of every spatial axis of the result; `null` within a list keeps that of the input.",
        examples=[1, (1, 1), (1, None), (None, None), (1, 1, 1), (None, 2, 1)],
    ),
]


class AdaptivePooling(ChannelwiseLayer):
    """Pooling over as many windows as the result has entries, which together cover the input."""

    family = "adaptive-pool"

    output_size: Int | tuple[Int | None, ...]

    def check_arguments(self, call: Call) -> None:
        given = self.output_size if isinstance(self.output_size, tuple) else (self.output_size,)
        call.expect_count("output_size", self.output_size, self.axes)
        call.expect_at_least("output_size", tuple(size for size in given if size is not None), 0)

    def targets(self, sizes: Shape) -> Shape:
        """The size of each spatial axis of the result."""
        given = self.output_size if isinstance(self.output_size, tuple) else (self.output_size,) * self.axes
        return tuple(size if target is None else target for target, size in zip(given, sizes, strict=False))

    def promised(self) -> Shape:
        fitting = not isinstance(self.output_size, tuple) or len(self.output_size) == self.axes
        return self.targets((UNKNOWN_SIZE,) * self.axes) if fitting else super().promised()

    def pooled(self, call: Call, input: Tensor) -> Tensor:
        """The result, as it is laid out in memory."""
        leading, sizes = self.split(input)
        targets = self.targets(sizes)
        pairs = tuple(zip(sizes, targets, strict=True))
        if all(is_known(size) and is_known(target) and not indivisible(size, target) for size, target in pairs):
            call.sees(tuple(Window(size // target, size // target, 0) for size, target in pairs))
        return self.laid_out(input, (*leading, *targets))

    def laid_out(self, input: Tensor, shape: Shape) -> Tensor:
        """A result of this shape in the memory format of the input."""
        return like_an_image(input, shape) if self.axes == 1 else like(input, shape)


class AdaptiveAverage(AdaptivePooling):
    """Pooling by means."""

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if self.is_mean(input):
            # PyTorch takes the mean over the last axes, which asks for nothing else.
            call.expect_dtype(input, INEXACT)
            output = self.pooled(call, input)._replace(strides=None)
            return like(input, output.shape) if self.axes > 1 and input.rank == self.axes + 2 else output
        self.require_spatial(call, input)
        # The kernel for images takes empty channels, and leaves empty results alone; that for volumes does neither.
        lenient = self.axes < 3
        call.expect_filled(input, *range(-self.axes if lenient else 1 - input.rank, 0))
        output = self.pooled(call, input)
        call.expect_dtype(input, ANY if lenient and 0 in output.shape else FLOATING)
        return output

    def is_mean(self, input: Tensor) -> bool:
        """Whether each channel comes down to one number."""
        if self.axes == 1:
            fitting = input.rank in (2, 3)
        else:
            fitting = input.rank >= self.axes + isinstance(self.output_size, tuple)
        return fitting and self.targets(self.split(input)[1]) == (1,) * self.axes


class AdaptiveAvgPool1d(AdaptiveAverage):
    """Averages a sequence down to a given length."""

    axes = 1
    output_size: OutputSize
    examples = (
        example((2, 64, 8), output_size=5),
        example((64, 9), output_size=1),
    )


class AdaptiveAvgPool2d(AdaptiveAverage):
    """Averages an image down to a given size."""

    axes = 2
    output_size: OpenOutputSize
    examples = (
        example((2, 64, 8, 9), output_size=[5, 7]),
        example((64, 10, 9), output_size=[None, 7]),
        example((1, 512, 7, 7), output_size=1),
    )


class AdaptiveAvgPool3d(AdaptiveAverage):
    """Averages a volume down to a given size."""

    axes = 3
    output_size: OpenOutputSize
    examples = (
        example((1, 6, 8, 9, 10), output_size=[5, 7, 9]),
        example((6, 10, 9, 8), output_size=[7, None, None]),
        example((2, 3, 4, 4, 4), output_size=1),
    )

    def laid_out(self, input: Tensor, shape: Shape) -> Tensor:
        return input.reshaped(*shape)


class AdaptiveMaximum(AdaptivePooling):
    """Pooling by maxima."""

    return_indices: ReturnIndices

    def forward(self, call: Call, input: Tensor) -> Value:
        self.require_spatial(call, input)
        call.expect_filled(input, *range(1, input.rank))
        call.expect_dtype(input, FLOATING)
        return self.returned(self.pooled(call, input))


class AdaptiveMaxPool1d(AdaptiveMaximum):
    """Takes maxima of a sequence, down to a given length."""

    axes = 1
    output_size: OutputSize
    return_indices: ReturnIndices = False
    examples = (
        example((2, 64, 8), output_size=5),
        example((64, 9), output_size=[3], return_indices=True),
    )


class AdaptiveMaxPool2d(AdaptiveMaximum):
    """Takes maxima of an image, down to a given size."""

    axes = 2
    output_size: OpenOutputSize
    return_indices: ReturnIndices = False
    examples = (
        example((2, 64, 8, 9), output_size=[5, 7]),
        example((64, 10, 9), output_size=[None, 7], return_indices=True),
        example((1, 16, 7, 7), output_size=1),
    )


class AdaptiveMaxPool3d(AdaptiveMaximum):
    """Takes maxima of a volume, down to a given size."""

    axes = 3
    output_size: OpenOutputSize
    return_indices: ReturnIndices = False
    examples = (
        example((1, 6, 8, 9, 10), output_size=[5, 7, 9]),
        example((6, 10, 9, 8), output_size=[7, None, None], return_indices=True),
    )

    def laid_out(self, input: Tensor, shape: Shape) -> Tensor:
        return input.reshaped(*shape)
