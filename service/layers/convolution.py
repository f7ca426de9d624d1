"""Convolutions: Conv1d–3d and their lazy forms.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from service.core.sizes import UNKNOWN_SIZE, Shape, Size
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bias, Bool, Device, Int, PerAxis, Str, WeightDType, inferred, spread
from service.layers.base import example
from service.layers.borders import padded
from service.layers.call import Call
from service.layers.convolving import (
    Borders,
    Dilation,
    Filter,
    Groups,
    Padding,
    Sliding,
    Stride,
    check_dtype,
    convolved,
)  # fmt: skip
from service.layers.notebook import Rejection
from service.layers.weights import Weight, Weights

PADDING_MODES: Final = ("zeros", "reflect", "replicate", "circular")

InChannels = Annotated[Int, Field(description="Channels of what arrives.")]
OutChannels = Annotated[Int, Field(description="Channels produced: the number of filters.")]
KernelSize = Annotated[PerAxis, Field(description="Size of the filter.")]
PaddingMode = Annotated[
    Str,
    Field(
        description="What the border is filled with: `zeros`, `reflect`, `replicate` or `circular`.",
        examples=list(PADDING_MODES),
    ),
]


class AnyConvolution(Sliding):
    """What convolutions and transposed convolutions with weights of their own share."""

    if TYPE_CHECKING:  # The two declare them, each in the order of its constructor.
        in_channels: Int
        out_channels: Int
        kernel_size: PerAxis
        bias: Bool
        padding_mode: Str

    @property
    def kernel(self) -> Shape:
        """The filter's size along each spatial axis."""
        return self.kernel_size if isinstance(self.kernel_size, tuple) else (self.kernel_size,) * self.axes

    def weight_shape(self) -> Shape:
        """The shape of all filters together."""
        raise NotImplementedError

    def weights(self) -> Weights:
        yield Weight("weight", self.weight_shape(), ("filters",), self.weight_dtype)
        if self.bias:
            yield Weight("bias", (self.out_channels,), ("biases",), self.weight_dtype)

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        """``in_channels`` is what the channel axis holds."""
        return {"in_channels": input.shape[-self.axes - 1]} if input.rank > self.axes else {}

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_at_least("out_channels", self.out_channels, 1)
        call.expect_count("kernel_size", self.kernel_size, self.axes)
        call.expect_at_least("kernel_size", self.kernel_size, 1, undefined=True)
        if self.groups > 0:
            call.expect_multiple("in_channels", self.in_channels, "groups", self.groups)
            call.expect_multiple("out_channels", self.out_channels, "groups", self.groups)

    def declares(self, *inputs: Value) -> Value:
        rank = inputs[0].rank if inputs and isinstance(inputs[0], Tensor) else 0
        if rank == self.axes + 1:
            return Tensor((self.out_channels, *(UNKNOWN_SIZE,) * self.axes), self.weight_dtype)
        # What has axes enough to be a batch is one, though perhaps not of what the class is for.
        spatial = rank - 2 if rank > 2 else self.axes
        return Tensor((UNKNOWN_SIZE, self.out_channels, *(UNKNOWN_SIZE,) * spatial), self.weight_dtype)

    def expect_channels(self, call: Call, input: Tensor) -> None:
        """As many channels as declared arrive."""
        call.expect_size("in_channels", self.in_channels, input, -self.axes - 1, "channels")


class Convolution(AnyConvolution):
    """A cross-correlation of the input with learned filters."""

    in_channels: InChannels = inferred("Channels of what arrives; inferred if left out.")
    out_channels: OutChannels
    kernel_size: KernelSize
    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    padding_mode: PaddingMode = "zeros"
    device: Device = None
    dtype: WeightDType = None

    def weight_shape(self) -> Shape:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel)

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_at_least("in_channels", self.in_channels, 0)
        call.expect_one_of("padding_mode", self.padding_mode, PADDING_MODES)
        if self.padding_mode == "zeros":
            self.expect_zeros(call)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_spatial(call, input, channels=self.in_channels)
        filters = Filter(
            Tensor(self.weight_shape(), self.weight_dtype), spread(self.stride, self.axes),
            spread(self.dilation, self.axes), self.groups,
        )  # fmt: skip
        around, bordered = filters.borders(self.padding), None
        if self.padding_mode != "zeros":
            around = self.around(filters)
            if input.rank - len(around) not in (1, 2):
                call.expect_count("padding", self.padding, self.axes)
                raise Rejection
            listed = tuple(side for pair in reversed(around) for side in pair)
            bordered = padded(call, input, listed, self.padding_mode)
            around = (((0, 0),) * self.axes + around)[-self.axes :]
        self.expect_channels(call, bordered or input)
        # Under a name for the padding, PyTorch does not compare the input with the bias.
        biased = self.bias and not (isinstance(self.padding, str) and bordered is None)
        check_dtype(call, input, self.weight_dtype, self.axes, biased=biased)
        return convolved(call, input, filters, around, padded=bordered)

    def around(self, filters: Filter) -> Borders:
        """A border that is not of zeros: the list that PyTorch's ``pad`` is given, which is not spread."""
        if self.padding == "same" and isinstance(self.dilation, tuple):
            # A single dilation in a list reaches the first axis alone.
            return filters.same()[: len(self.dilation)] + ((0, 0),) * (self.axes - len(self.dilation))
        if isinstance(self.padding, tuple):
            return tuple((size, size) for size in self.padding)
        return filters.borders(self.padding)


class Conv1d(Convolution):
    """Slides learned filters along a sequence."""

    axes = 1
    examples = (
        example((8, 16, 50), in_channels=16, out_channels=33, kernel_size=3, stride=2),
        example((16, 50), in_channels=16, out_channels=32, kernel_size=5, padding="same", dilation=2),
        example((2, 3, 9), in_channels=3, out_channels=6, kernel_size=4, padding="same", padding_mode="circular"),
        example(Tensor((2, 3, 9), "complex64"), in_channels=3, out_channels=4, kernel_size=2, dtype="complex64"),
    )


class Conv2d(Convolution):
    """Slides learned filters over an image."""

    axes = 2
    examples = (
        example((1, 3, 32, 32), in_channels=3, out_channels=16, kernel_size=5, stride=2, padding=1),
        example((2, 8, 9, 12), in_channels=8, out_channels=8, kernel_size=[3, 5], groups=8, bias=False),
        example((1, 4, 9, 9), in_channels=4, out_channels=6, kernel_size=3, padding=2, padding_mode="reflect"),
        example((4, 9, 9), in_channels=4, out_channels=6, kernel_size=[2, 4], padding="same", dilation=[2, 1]),
        example(Tensor((2, 4, 9, 9), "float64"), in_channels=4, out_channels=6, kernel_size=3, dtype="float64"),
    )


class Conv3d(Convolution):
    """Slides learned filters through a volume or a clip."""

    axes = 3
    examples = (
        example((1, 3, 8, 20, 20), in_channels=3, out_channels=6, kernel_size=[3, 5, 5], stride=[1, 2, 2]),
        example((2, 4, 5, 6, 7), in_channels=4, out_channels=4, kernel_size=2, padding="same", groups=2),
        example(
            (4, 5, 6, 7), in_channels=4, out_channels=4, kernel_size=3, padding=[1, 0, 2], padding_mode="replicate"
        ),
    )


class LazyConv1d(Conv1d, lazy=True):
    """A Conv1d that takes in_channels from what arrives."""


class LazyConv2d(Conv2d, lazy=True):
    """A Conv2d that takes in_channels from what arrives."""


class LazyConv3d(Conv3d, lazy=True):
    """A Conv3d that takes in_channels from what arrives."""
