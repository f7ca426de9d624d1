"""Transposed convolutions: ConvTranspose1d–3d and their lazy forms.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import COMPLEX
from service.core.formulas import Formula
from service.core.sizes import Shape, above, below
from service.core.tensors import Tensor
from service.layers.arguments import Bias, Device, Ints, PerAxis, WeightDType, inferred, spread
from service.layers.base import example
from service.layers.call import Call
from service.layers.convolution import AnyConvolution, InChannels, KernelSize, OutChannels, PaddingMode
from service.layers.convolving import (
    Dilation,
    Filter,
    Groups,
    Stride,
    check_dtype,
    check_filled,
    is_empty,
    returned,
    uses_onednn,
)  # fmt: skip
from service.layers.notebook import Window

ENLARGED: Final = Formula("(input − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1")
MACS: Final = Formula("input… [inputs] × (out_channels / groups × kernel_size…)")
MACS_COMPLEX: Final = Formula("3 [real] × input… [inputs] × (out_channels / groups × kernel_size…)")


Cropping = Annotated[PerAxis, Field(description="Rows taken away on both sides of the enlarged result.")]
OutputPadding = Annotated[PerAxis, Field(description="Rows added on one side of the result.")]


class ConvolutionTranspose(AnyConvolution):
    """The gradient of a convolution with respect to its input: it enlarges where that one shrinks."""

    family = "conv-transpose"
    forward_arguments = frozenset({"output_size"})

    in_channels: InChannels = inferred("Channels of what arrives; inferred if left out.")
    out_channels: OutChannels
    kernel_size: KernelSize
    stride: Stride = 1
    padding: Cropping = 0
    output_padding: OutputPadding = 0
    groups: Groups = 1
    bias: Bias = True
    dilation: Dilation = 1
    padding_mode: PaddingMode = "zeros"
    device: Device = None
    dtype: WeightDType = None
    output_size: Annotated[
        Ints | None,
        Field(description="The result's spatial sizes, which choose the output_padding; the whole shape will do, too."),
    ] = None

    def weight_shape(self) -> Shape:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel)

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_at_least("in_channels", self.in_channels, 1)
        call.expect_one_of("padding_mode", self.padding_mode, ("zeros",))
        self.expect_zeros(call)
        if self.output_size is None:
            self.expect_per_axis(call, "output_padding")
            call.expect_at_least("output_padding", self.output_padding, 0)
        else:
            for argument in ("stride", "padding", "dilation"):
                call.expect_count(argument, getattr(self, argument), self.axes)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_spatial(call, input, channels=self.in_channels)
        self.expect_channels(call, input)
        check_dtype(call, input, self.weight_dtype, self.axes, biased=False)
        stride, padding, dilation = (
            spread(argument, self.axes) for argument in (self.stride, self.padding, self.dilation)
        )
        extra = self.rows_added(call, input, stride, padding, dilation)
        filters = Filter(Tensor(self.weight_shape(), self.weight_dtype), stride, dilation, self.groups, extra)
        return enlarged(call, input, filters, padding)

    def rows_added(self, call: Call, input: Tensor, stride: Shape, padding: Shape, dilation: Shape) -> Shape:
        """The output padding, which an ``output_size`` may choose."""
        if self.output_size is None:
            return spread(self.output_padding, self.axes)
        call.expect_count("output_size", self.output_size, self.axes, input.rank)
        if len(self.output_size) not in (self.axes, input.rank):
            return (0,) * self.axes
        extra = []
        sizes = self.split(input)[1]
        for axis, size in enumerate(self.output_size[-self.axes :]):
            least = ENLARGED(
                input=sizes[axis], stride=stride[axis], padding=padding[axis], dilation=dilation[axis],
                kernel_size=self.kernel[axis], output_padding=0,
            )  # fmt: skip
            most = least + stride[axis] - 1
            if below(size, least) or above(size, most):
                call.refuse(
                    "output-size",
                    f"{{layer}} is a {self.type} with output_size = {list(self.output_size)}; from {input} it makes "
                    f"{least} to {most} entries along spatial axis {axis}",
                    argument="output_size", expected=[least, most], received=size,
                )  # fmt: skip
            extra.append(size - least)
        return tuple(extra)


def enlarged(call: Call, input: Tensor, filters: Filter, padding: Shape) -> Tensor:
    """The output of a transposed convolution, whose channels and element types have been checked."""
    axes, extra = filters.axes, filters.output_padding or (0,) * filters.axes
    leading, sizes = input.shape[:-axes], input.shape[-axes:]
    channels = filters.weight.shape[1] * filters.groups
    if not is_empty(input, axes):
        check_filled(call, input, sizes)
        check_output_padding(call, filters)
    outputs = [
        call.size(axis, ENLARGED, input=size, stride=step, padding=taken, dilation=distance, kernel_size=kernel,
                  output_padding=added)
        for axis, (size, step, taken, distance, kernel, added) in enumerate(
            zip(sizes, filters.stride, padding, filters.dilation, filters.kernel, extra, strict=True), len(leading)
        )
    ]  # fmt: skip
    smallest = 0 if is_empty(input, axes) or uses_onednn(input, filters) else 1
    for axis, (output, step) in enumerate(zip(outputs, filters.stride, strict=True), len(leading)):
        if below(output, smallest):
            call.expect_fitting(
                input, axis, input.shape[axis] + -((output - smallest) // step),
                f"its output along axis {axis} would have {output} entries", "padding",
            )  # fmt: skip
    call.sees(tuple(
        Window(-(-extent // step), 1, 0, step) for extent, step in zip(filters.extents(), filters.stride, strict=True)
    ))  # fmt: skip
    call.count_macs(
        MACS_COMPLEX if input.dtype in COMPLEX else MACS, input=input.shape, out_channels=channels,
        groups=filters.groups, kernel_size=filters.kernel,
    )  # fmt: skip
    return returned(input, filters, (*leading[:-1], channels, *outputs))


def check_output_padding(call: Call, filters: Filter) -> None:
    """What is added on one side is less than the stride or the dilation."""
    for extra, stride, dilation in zip(filters.output_padding or (), filters.stride, filters.dilation, strict=True):
        if above(extra, max(stride, dilation) - 1):
            call.refuse(
                "output-padding",
                f"{{layer}} is a {call.type} with output_padding = {extra}, which has to be smaller than "
                f"stride = {stride} or dilation = {dilation}",
                argument="output_padding", expected=f"less than {max(stride, dilation)}", received=extra,
                bounds=(0, max(stride, dilation) - 1),
            )  # fmt: skip


class ConvTranspose1d(ConvolutionTranspose):
    """Enlarges a sequence with learned filters."""

    axes = 1
    examples = (
        example((8, 16, 50), in_channels=16, out_channels=33, kernel_size=3, stride=2),
        example((4, 9), in_channels=4, out_channels=2, kernel_size=3, stride=2, padding=1, output_size=[18]),
        example((2, 4, 9), in_channels=4, out_channels=2, kernel_size=3, stride=2, padding=1, output_size=[2, 2, 17]),
    )


class ConvTranspose2d(ConvolutionTranspose):
    """Enlarges an image with learned filters."""

    axes = 2
    examples = (
        example((1, 16, 12, 12), in_channels=16, out_channels=8, kernel_size=4, stride=2, padding=1),
        example((1, 16, 5, 7), in_channels=16, out_channels=16, kernel_size=3, stride=2, output_padding=1, groups=16),
        example(
            (16, 12, 12),
            in_channels=16,
            out_channels=4,
            kernel_size=3,
            stride=[2, 3],
            output_size=[26, 39],
            padding=[0, 0],
            dilation=[1, 2],
            bias=False,
        ),
        example(Tensor((2, 4, 6, 6), "complex64"), in_channels=4, out_channels=6, kernel_size=2, dtype="complex64"),
    )


class ConvTranspose3d(ConvolutionTranspose):
    """Enlarges a volume with learned filters."""

    axes = 3
    examples = (
        example((1, 4, 5, 6, 7), in_channels=4, out_channels=2, kernel_size=[3, 5, 2], stride=[2, 1, 1]),
        example(
            (4, 3, 4, 5),
            in_channels=4,
            out_channels=6,
            kernel_size=2,
            stride=[2, 2, 2],
            padding=[0, 1, 0],
            dilation=[1, 1, 1],
            groups=2,
            output_size=[6, 7, 10],
        ),
    )


class LazyConvTranspose1d(ConvTranspose1d, lazy=True):
    """A ConvTranspose1d that takes in_channels from what arrives."""


class LazyConvTranspose2d(ConvTranspose2d, lazy=True):
    """A ConvTranspose2d that takes in_channels from what arrives."""


class LazyConvTranspose3d(ConvTranspose3d, lazy=True):
    """A ConvTranspose3d that takes in_channels from what arrives."""
