"""Pooling over a sliding window, and its averages: AvgPool1d–3d.

The arithmetic is that of https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html; what is refused, and
how results are laid out in memory, that of ``aten/src/ATen/native/Pool.h`` and the kernels beside it.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.formulas import Formula
from service.core.layouts import like, like_an_image
from service.core.sizes import UNKNOWN_SIZE, Shape, largest
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Int, PerAxis, spread
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Window
from service.layers.spatial import WINDOWS_FLOOR, ChannelwiseLayer

WINDOWS_CEIL: Final = Formula(
    "min(ceil((input + 2·padding − dilation·(kernel_size − 1) − 1) / stride + 1), ceil((input + padding) / stride))"
)
"""Rounded up, but every window starts inside the input or the padding before it."""

LARGEST_ARGUMENT: Final = 2**31 - 1
"""PyTorch's pooling kernels hold their arguments in 32 bits."""

KernelSize = Annotated[PerAxis, Field(description="Size of the window.")]
Stride = Annotated[
    PerAxis | None,
    Field(description="How far the window moves from one output to the next; by its own size if left out."),
]
Padding = Annotated[
    PerAxis, Field(description="Added on both sides of every spatial axis; at most half of the window's size.")
]
CeilMode = Annotated[Bool, Field(description="Whether a last window that reaches beyond the padded input counts, too.")]
ReturnIndices = Annotated[
    Bool, Field(description="Return a tuple: the maxima, and where in the input they stand, for MaxUnpool.")
]


class WindowPooling(ChannelwiseLayer):
    """Pooling over a window that slides as that of a convolution does, over every channel apart."""

    family = "pool"
    dtypes: ClassVar[frozenset[str]]
    """Element types that the CPU kernel takes."""

    kernel_size: PerAxis
    stride: PerAxis | None
    if TYPE_CHECKING:
        ceil_mode: Bool  # every kind has it, but not in the same place

    def along_axes(self, argument: str) -> Shape:
        """The numbers of an argument, one a spatial axis; those that the layer does not take are neutral."""
        if argument == "stride" and self.stride in (None, ()):
            argument = "kernel_size"
        neutral = 0 if argument == "padding" else 1
        return spread(getattr(self, argument, neutral), self.axes)

    def check_arguments(self, call: Call) -> None:
        for argument in ("kernel_size", "stride", "padding", "dilation"):
            value = getattr(self, argument, None)
            lengths = (0, 1, self.axes) if argument == "stride" else (1, self.axes)
            if value is None or not call.expect_count(argument, value, *lengths):
                continue
            call.expect_at_least(argument, value, 0 if argument == "padding" else 1)
            if self.is_32_bit():
                call.expect_between(argument, largest(0, *self.along_axes(argument)), 0, LARGEST_ARGUMENT)
        if not call.faults:
            self.check_padding(call)

    def check_padding(self, call: Call) -> None:
        """No window lies in the padding alone."""
        pairs = zip(self.along_axes("kernel_size"), self.along_axes("padding"), strict=True)
        for kernel, padding in dict.fromkeys(pairs):
            if padding > kernel // 2:
                call.refuse(
                    "padding",
                    f"{{layer}} is a {self.type} with padding = {padding} and kernel_size = {kernel}; "
                    "the padding is at most half of the window's size",
                    argument="padding",
                    expected=f"at most {kernel // 2}",
                    received=padding,
                    bounds=(0, kernel // 2),
                )

    def is_32_bit(self) -> bool:
        """Whether the arguments go through 32-bit integers."""
        return True

    def arrives(self, call: Call, input: Tensor) -> None:
        """Checks rank, emptiness and element type of what arrives."""
        self.require_spatial(call, input)
        call.expect_filled(input, *range(-self.axes - 1, 0))
        call.expect_dtype(input, self.dtypes)

    def pooled(self, call: Call, input: Tensor) -> Shape:
        """The shape after pooling."""
        leading, sizes = self.split(input)
        geometry = zip(sizes, *map(self.along_axes, ("kernel_size", "stride", "padding", "dilation")), strict=True)
        outputs, windows = [], []
        for axis, (size, kernel, stride, padding, dilation) in enumerate(geometry, len(leading)):
            window = Window(dilation * (kernel - 1) + 1, stride, padding)
            windows.append(window)
            if self.fits(call, input, axis, window):
                outputs.append(
                    call.size(axis, WINDOWS_CEIL if self.ceil_mode else WINDOWS_FLOOR, input=size, padding=padding,
                              dilation=dilation, kernel_size=kernel, stride=stride)
                )  # fmt: skip
            else:
                outputs.append(UNKNOWN_SIZE)
        call.sees(tuple(windows))
        return (*leading, *outputs)

    def fits(self, call: Call, input: Tensor, axis: int, window: Window) -> bool:
        """The window fits into the padded axis; with ``ceil_mode`` it may reach beyond by less than a stride."""
        size, padding = input.shape[axis], window.padding
        slack = window.stride - 1 if self.ceil_mode else 0
        padded = f": {size} + {padding} + {padding} padding = {size + 2 * padding}" if padding else ""
        return call.expect_fitting(
            input, axis, largest(window.extent - 2 * padding - slack, 0),
            f"a window that spans {window.extent} does not fit into axis {axis} of {input}{padded}",
            "kernel_size", "padding",
        )  # fmt: skip


class AveragePooling(WindowPooling):
    """Pooling that keeps the mean of each window."""

    kernel_size: KernelSize
    stride: Stride = None
    padding: Padding = 0
    ceil_mode: CeilMode = False
    count_include_pad: Annotated[Bool, Field(description="Whether the padding counts in the mean.")] = True

    dtypes = FLOATING | {"int64"}

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.arrives(call, input)
        return self.result(input, self.pooled(call, input))

    def result(self, input: Tensor, shape: Shape) -> Tensor:
        """The means, as they are laid out in memory."""
        return like(input, shape)


class AvgPool1d(AveragePooling):
    """Averages over each window of a sequence."""

    axes = 1
    examples = (
        example((1, 4, 7), kernel_size=3, stride=2),
        example((4, 8), kernel_size=3, padding=1, ceil_mode=True, count_include_pad=False),
    )

    def result(self, input: Tensor, shape: Shape) -> Tensor:
        return like_an_image(input, shape)


class DividedAverage(AveragePooling):
    """Pooling by sums, over the window's size or another number."""

    divisor_override: Annotated[
        Int | None, Field(description="What the sum is divided by, if not by the size of the window.")
    ] = None

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        if self.divisor_override == 0:
            call.refuse(
                "divisor",
                f"{{layer}} is a {self.type} with divisor_override = 0, by which nothing can be divided",
                argument="divisor_override",
                expected="another number than 0",
                received=0,
            )


class AvgPool2d(DividedAverage):
    """Averages over each window of an image."""

    axes = 2
    examples = (
        example((20, 16, 50, 32), kernel_size=3, stride=2),
        example((16, 9, 10), kernel_size=[3, 2], stride=[2, 1], padding=[1, 0], ceil_mode=True),
        example((1, 4, 8, 8), kernel_size=2, divisor_override=3),
    )


class AvgPool3d(DividedAverage):
    """Averages over each window of a volume or a clip."""

    axes = 3
    dtypes = frozenset({"float32", "float64", "int64"})
    examples = (
        example((2, 3, 10, 12, 9), kernel_size=3, stride=2),
        example((3, 8, 9, 10), kernel_size=[3, 2, 2], stride=[2, 1, 2], padding=1, ceil_mode=True),
    )

    def fits(self, call: Call, input: Tensor, axis: int, window: Window) -> bool:
        # Whatever is padded, PyTorch asks for an input that holds a window.
        return super().fits(call, input, axis, window._replace(padding=0, stride=1))

    def result(self, input: Tensor, shape: Shape) -> Tensor:
        return input.reshaped(*shape)
