"""Convolutions: Conv1d–3d, ConvTranspose1d–3d and their lazy forms.

The arithmetic is that of https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html; pictures of it are in
Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, https://arxiv.org/abs/1603.07285.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from service.core.formulas import Formula
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, above, below
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bias, Bool, Device, Int, PerAxis, Str, WeightDType, inferred, spread
from service.layers.base import example
from service.layers.call import Call, Window
from service.layers.spatial import WINDOWS_FLOOR, SpatialLayer
from service.layers.weights import Weight, Weights

PADDING_MODES: Final = ("zeros", "reflect", "replicate", "circular")
SAME: Final = Formula("input + padding_left + padding_right − dilation·(kernel_size − 1)")
ENLARGED: Final = Formula("(input − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1")
MACS: Final = Formula("output… [outputs] × (in_channels / groups × kernel_size…)")
MACS_TRANSPOSED: Final = Formula("input… [inputs] × (out_channels / groups × kernel_size…)")

InChannels = Annotated[Int, Field(description="Channels of what arrives.")]
OutChannels = Annotated[Int, Field(description="Channels produced: the number of filters.")]
KernelSize = Annotated[PerAxis, Field(description="Size of the filter.")]
Stride = Annotated[PerAxis, Field(description="How far the filter moves from one output to the next.")]
Dilation = Annotated[PerAxis, Field(description="Distance between neighbouring entries of the filter.")]
Groups = Annotated[Int, Field(description="How many groups of channels are convolved apart from each other.")]
PaddingMode = Annotated[
    Str, Field(description="What the border is filled with: `zeros`, `reflect`, `replicate` or `circular`.")
]


class AnyConvolution(SpatialLayer):
    """What convolutions and transposed convolutions share."""

    family = "conv"

    in_channels: Int
    out_channels: Int
    kernel_size: PerAxis
    stride: PerAxis
    dilation: PerAxis
    groups: Int
    bias: Bool
    padding_mode: Str

    @property
    def kernel(self) -> Shape:
        """The filter's size along each spatial axis."""
        return spread(self.kernel_size, self.axes)

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        """``in_channels`` is what the channel axis holds."""
        return {"in_channels": input.shape[-self.axes - 1]} if input.rank > self.axes else {}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("in_channels", self.in_channels, 0)
        call.expect_at_least("out_channels", self.out_channels, 0)
        call.expect_at_least("kernel_size", self.kernel_size, 1)
        call.expect_at_least("stride", self.stride, 1)
        call.expect_at_least("dilation", self.dilation, 1)
        call.expect_at_least("groups", self.groups, 1)
        call.expect_multiple("in_channels", self.in_channels, "groups", self.groups)
        call.expect_multiple("out_channels", self.out_channels, "groups", self.groups)
        for argument in ("kernel_size", "stride", "dilation"):
            call.expect_count(argument, getattr(self, argument), self.axes)

    def declares(self, *inputs: Value) -> Value:
        unbatched = bool(inputs) and isinstance(inputs[0], Tensor) and inputs[0].rank == self.axes + 1
        batch = () if unbatched else (UNKNOWN_SIZE,)
        return Tensor((*batch, self.out_channels, *(UNKNOWN_SIZE,) * self.axes), self.weight_dtype)

    def arrives(self, call: Call, input: Tensor) -> None:
        """Checks rank, channels and element type of what arrives."""
        self.require_spatial(call, input, channels=self.in_channels)
        call.expect_size("in_channels", self.in_channels, input, -self.axes - 1, "channels")
        call.expect_dtype(input, frozenset({self.weight_dtype}))


class Convolution(AnyConvolution):
    """A cross-correlation of the input with learned filters."""

    in_channels: InChannels = inferred("Channels of what arrives; inferred if left out.")
    out_channels: OutChannels
    kernel_size: KernelSize
    stride: Stride = 1
    padding: Annotated[
        PerAxis | Str, Field(description="Added on both sides of every spatial axis; or `same`, or `valid`.")
    ] = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    padding_mode: PaddingMode = "zeros"
    device: Device = None
    dtype: WeightDType = None

    def weights(self) -> Weights:
        yield Weight(
            "weight",
            (self.out_channels, self.in_channels // self.groups, *self.kernel),
            ("filters",),
            self.weight_dtype,
        )
        if self.bias:
            yield Weight("bias", (self.out_channels,), ("biases",), self.weight_dtype)

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_one_of("padding_mode", self.padding_mode, PADDING_MODES)
        if isinstance(self.padding, str):
            call.expect_one_of("padding", self.padding, ("same", "valid"))
            if self.padding == "same" and any(stride != 1 for stride in spread(self.stride, self.axes)):
                call.refuse(
                    "same-with-stride",
                    f"{{layer}} is a {self.type} with padding = 'same' and stride = {self.stride}; "
                    "'same' is defined for stride = 1 only",
                    argument="stride",
                    expected=1,
                    received=self.stride,
                )
        else:
            call.expect_at_least("padding", self.padding, 0)
            call.expect_count("padding", self.padding, self.axes)

    def paddings(self) -> tuple[tuple[Size, Size], ...]:
        """What is added before and behind each spatial axis."""
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(spread(self.dilation, self.axes), self.kernel, strict=True)]
            return tuple((total // 2, total - total // 2) for total in totals)
        padding = 0 if isinstance(self.padding, str) else self.padding
        return tuple((size, size) for size in spread(padding, self.axes))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.arrives(call, input)
        leading, sizes = self.split(input)
        geometry = zip(
            sizes, self.kernel, spread(self.stride, self.axes), self.paddings(), spread(self.dilation, self.axes),
            strict=True,
        )  # fmt: skip
        outputs, windows = [], []
        for axis, (size, kernel, stride, (left, right), dilation) in enumerate(geometry, len(leading)):
            extent = dilation * (kernel - 1) + 1
            if not self.fits(call, input, axis, extent, left, right):
                outputs.append(UNKNOWN_SIZE)
            elif self.padding == "same":
                outputs.append(
                    call.size(axis, SAME, input=size, padding_left=left, padding_right=right,
                              kernel_size=kernel, dilation=dilation)
                )  # fmt: skip
            else:
                outputs.append(
                    call.size(axis, WINDOWS_FLOOR, input=size, padding=left, dilation=dilation,
                              kernel_size=kernel, stride=stride)
                )  # fmt: skip
            windows.append(Window(extent, stride, left))
        call.sees(tuple(windows))
        output = input.reshaped(*leading[:-1], self.out_channels, *outputs)
        call.count_macs(
            MACS, output=output.shape, in_channels=self.in_channels, groups=self.groups, kernel_size=self.kernel
        )
        return output

    def fits(self, call: Call, input: Tensor, axis: int, extent: Size, left: Size, right: Size) -> bool:
        """The filter fits into the padded axis, and the axis can be padded as asked."""
        size = input.shape[axis]
        if (
            self.padding_mode == "reflect"
            and not below(left, size)
            or self.padding_mode == "circular"
            and above(left, size)
        ):
            return call.expect_fitting(
                input, axis, left + (self.padding_mode == "reflect"),
                f"padding_mode = {self.padding_mode!r} takes {left} entries from inside axis {axis} of {input}, "
                f"which has {size}", "padding",
            )  # fmt: skip
        return call.expect_fitting(
            input, axis, extent - left - right,
            f"a kernel that spans {extent} does not fit into axis {axis} of {input}: "
            f"{size} + {left} + {right} padding = {size + left + right}", "kernel_size", "padding",
        )  # fmt: skip


class Conv1d(Convolution):
    """Slides learned filters along a sequence."""

    axes = 1
    examples = (
        example((8, 16, 50), in_channels=16, out_channels=33, kernel_size=3, stride=2),
        example((16, 50), in_channels=16, out_channels=32, kernel_size=5, padding="same", dilation=2),
    )


class Conv2d(Convolution):
    """Slides learned filters over an image."""

    axes = 2
    examples = (
        example((1, 3, 32, 32), in_channels=3, out_channels=16, kernel_size=5, stride=2, padding=1),
        example((2, 8, 9, 12), in_channels=8, out_channels=8, kernel_size=[3, 5], groups=8, bias=False),
        example((1, 4, 9, 9), in_channels=4, out_channels=6, kernel_size=3, padding=2, padding_mode="reflect"),
    )


class Conv3d(Convolution):
    """Slides learned filters through a volume or a clip."""

    axes = 3
    examples = (example((1, 3, 8, 20, 20), in_channels=3, out_channels=6, kernel_size=[3, 5, 5], stride=[1, 2, 2]),)


class ConvolutionTranspose(AnyConvolution):
    """The gradient of a convolution with respect to its input: it enlarges where that one shrinks."""

    family = "conv-transpose"

    in_channels: InChannels = inferred("Channels of what arrives; inferred if left out.")
    out_channels: OutChannels
    kernel_size: KernelSize
    stride: Stride = 1
    padding: Annotated[PerAxis, Field(description="Rows taken away on both sides of the enlarged result.")] = 0
    output_padding: Annotated[PerAxis, Field(description="Rows added on one side of the result.")] = 0
    groups: Groups = 1
    bias: Bias = True
    dilation: Dilation = 1
    padding_mode: PaddingMode = "zeros"
    device: Device = None
    dtype: WeightDType = None

    def weights(self) -> Weights:
        yield Weight(
            "weight",
            (self.in_channels, self.out_channels // self.groups, *self.kernel),
            ("filters",),
            self.weight_dtype,
        )
        if self.bias:
            yield Weight("bias", (self.out_channels,), ("biases",), self.weight_dtype)

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_one_of("padding_mode", self.padding_mode, ("zeros",))
        for argument in ("padding", "output_padding"):
            call.expect_at_least(argument, getattr(self, argument), 0)
            call.expect_count(argument, getattr(self, argument), self.axes)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.arrives(call, input)
        leading, sizes = self.split(input)
        geometry = zip(
            sizes, self.kernel, *(spread(argument, self.axes) for argument in
            (self.stride, self.padding, self.output_padding, self.dilation)), strict=True,
        )  # fmt: skip
        outputs, windows = [], []
        for axis, (size, kernel, stride, padding, extra, dilation) in enumerate(geometry, len(leading)):
            if not extra < max(stride, dilation):
                call.refuse(
                    "output-padding",
                    f"{{layer}} is a {self.type} with output_padding = {extra}, which has to be smaller than "
                    f"stride = {stride} or dilation = {dilation}",
                    argument="output_padding",
                    expected=f"less than {max(stride, dilation)}",
                    received=extra,
                )
            output = call.size(
                axis, ENLARGED, input=size, stride=stride, padding=padding, dilation=dilation,
                kernel_size=kernel, output_padding=extra,
            )  # fmt: skip
            outputs.append(output)
            extent = dilation * (kernel - 1) + 1
            windows.append(Window(-(-extent // stride), 1, 0, stride))
        call.sees(tuple(windows))
        call.count_macs(
            MACS_TRANSPOSED, input=input.shape, out_channels=self.out_channels, groups=self.groups,
            kernel_size=self.kernel,
        )  # fmt: skip
        return input.reshaped(*leading[:-1], self.out_channels, *outputs)


class ConvTranspose1d(ConvolutionTranspose):
    """Enlarges a sequence with learned filters."""

    axes = 1
    examples = (example((8, 16, 50), in_channels=16, out_channels=33, kernel_size=3, stride=2),)


class ConvTranspose2d(ConvolutionTranspose):
    """Enlarges an image with learned filters."""

    axes = 2
    examples = (
        example((1, 16, 12, 12), in_channels=16, out_channels=8, kernel_size=4, stride=2, padding=1),
        example((1, 16, 5, 7), in_channels=16, out_channels=16, kernel_size=3, stride=2, output_padding=1, groups=16),
    )


class ConvTranspose3d(ConvolutionTranspose):
    """Enlarges a volume with learned filters."""

    axes = 3
    examples = (example((1, 4, 5, 6, 7), in_channels=4, out_channels=2, kernel_size=[3, 5, 2], stride=[2, 1, 1]),)


class LazyConv1d(Conv1d, lazy=True):
    """A Conv1d that takes in_channels from what arrives."""


class LazyConv2d(Conv2d, lazy=True):
    """A Conv2d that takes in_channels from what arrives."""


class LazyConv3d(Conv3d, lazy=True):
    """A Conv3d that takes in_channels from what arrives."""


class LazyConvTranspose1d(ConvTranspose1d, lazy=True):
    """A ConvTranspose1d that takes in_channels from what arrives."""


class LazyConvTranspose2d(ConvTranspose2d, lazy=True):
    """A ConvTranspose2d that takes in_channels from what arrives."""


class LazyConvTranspose3d(ConvTranspose3d, lazy=True):
    """A ConvTranspose3d that takes in_channels from what arrives."""
