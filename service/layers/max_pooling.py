"""Maxima of sliding windows: MaxPool1d–3d.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html, and of the kernels
``aten/src/ATen/native/MaxPooling.cpp``, ``DilatedMaxPool3d.cpp`` and ``cpu/MaxPoolKernel.cpp``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import FLOATING, INTEGRAL
from service.core.layouts import as_image, in_channels_last, laid_out, like, like_an_image, runs
from service.core.sizes import Shape, above, multiplied_out, product
from service.core.tensors import Tensor, Value
from service.layers.arguments import PerAxis
from service.layers.base import example
from service.layers.call import Call
from service.layers.pooling import CeilMode, KernelSize, Padding, ReturnIndices, Stride, WindowPooling

LARGEST_POSITION: Final = {
    "uint8": 2**7 - 1,
    "int8": 2**7 - 1,
    "int16": 2**15 - 1,
    "int64": 2**63 - 1,
    "float64": 2**63 - 1,
}
UNBATCHED_CHANNELS_LAST: Final = (1, 2, 3, 0)


class MaxPooling(WindowPooling):
    """Pooling that keeps the largest entry of each window."""

    kernel_size: KernelSize
    stride: Stride = None
    padding: Padding = 0
    dilation: Annotated[PerAxis, Field(description="Distance between neighbouring entries of the window.")] = 1
    return_indices: ReturnIndices = False
    ceil_mode: CeilMode = False

    dtypes = FLOATING | INTEGRAL

    def forward(self, call: Call, input: Tensor) -> Value:
        self.arrives(call, input)
        if self.in_channels_last(input):
            self.check_positions(call, input)
        return self.returned(self.result(input, self.pooled(call, input)))

    def check_positions(self, call: Call, input: Tensor) -> None:
        """The kernel for ``channels_last`` counts positions by an integer that is as wide as an entry."""
        _, sizes = self.split(input)
        positions = product(sizes)
        largest_position = LARGEST_POSITION.get(input.dtype, 2**31 - 1)
        if above(positions, largest_position):
            call.refuse(
                "positions",
                f"{{layer}} is a {self.type} of {multiplied_out(sizes)} = {positions} positions; in channels_last, "
                f"PyTorch's kernel for {input.dtype} counts no further than {largest_position}",
                expected="a wider element type, or another memory format",
                received=positions,
            )

    def in_channels_last(self, input: Tensor) -> bool:
        """Whether the kernel for ``channels_last`` runs."""
        return in_channels_last(input)

    def result(self, input: Tensor, shape: Shape) -> Tensor:
        """The maxima, as they are laid out in memory."""
        return like(input, shape)


class MaxPool1d(MaxPooling):
    """Keeps the largest entry of each window of a sequence."""

    axes = 1
    examples = (
        example((20, 16, 50), kernel_size=3, stride=2),
        example((16, 50), kernel_size=3, padding=1, dilation=2, ceil_mode=True),
        example((2, 4, 9), kernel_size=2, return_indices=True),
    )

    def is_32_bit(self) -> bool:
        return self.return_indices

    def arrives(self, call: Call, input: Tensor) -> None:
        super().arrives(call, input)
        if not self.return_indices:
            call.expect_dtype(input, FLOATING)

    def in_channels_last(self, input: Tensor) -> bool:
        return self.return_indices and in_channels_last(as_image(input))

    def result(self, input: Tensor, shape: Shape) -> Tensor:
        return like_an_image(input, shape) if self.return_indices else input.reshaped(*shape)


class MaxPool2d(MaxPooling):
    """Keeps the largest entry of each window of an image."""

    axes = 2
    examples = (
        example((1, 16, 28, 28), kernel_size=2),
        example((20, 16, 50, 32), kernel_size=[3, 2], stride=[2, 1], padding=1),
        example((1, 4, 9, 10), kernel_size=3, stride=2, dilation=2, ceil_mode=True),
        example((1, 6, 8, 8), kernel_size=2, return_indices=True),
    )


class MaxPool3d(MaxPooling):
    """Keeps the largest entry of each window of a volume or a clip."""

    axes = 3
    examples = (
        example((2, 3, 10, 12, 9), kernel_size=3, stride=2),
        example((3, 8, 9, 10), kernel_size=[3, 2, 2], stride=[2, 1, 2], padding=1, ceil_mode=True),
        example((1, 3, 6, 6, 6), kernel_size=2, return_indices=True),
    )

    def arrives(self, call: Call, input: Tensor) -> None:
        super().arrives(call, input)
        if input.rank == 4 and in_channels_last(input):
            call.refuse_channels_last(input)

    def in_channels_last(self, input: Tensor) -> bool:
        if input.rank == 5:
            return super().in_channels_last(input)
        return input.strides is not None and runs(input, UNBATCHED_CHANNELS_LAST)

    def result(self, input: Tensor, shape: Shape) -> Tensor:
        if input.rank == 4 and self.in_channels_last(input):
            return laid_out(shape, input.dtype, UNBATCHED_CHANNELS_LAST)
        return like(input, shape)
