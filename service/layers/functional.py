"""Convolutions as functions, which take their filters as inputs: conv1d–3d and conv_transpose1d–3d.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
"""

from service.core.dtypes import INEXACT, INTEGRAL
from service.core.sizes import Size, below, differ, indivisible
from service.core.tensors import Tensor
from service.layers.arguments import spread
from service.layers.base import example
from service.layers.call import Call
from service.layers.convolving import (
    Dilation,
    Filter,
    Groups,
    Padding,
    Sliding,
    Stride,
    check_dtype,
    convolved,
    is_empty,
    uses_onednn,
)  # fmt: skip
from service.layers.operation import Operation
from service.layers.transposed_convolution import Cropping, OutputPadding, enlarged


def expect_groups(call: Call, groups: int, weight: Tensor) -> None:
    """The groups have as many of the weight's first axis each."""
    if below(weight.shape[0], groups) or indivisible(weight.shape[0], groups):
        call.refuse(
            "groups",
            f"{{layer}} is a {call.type} with groups = {groups}, of which the {weight.shape[0]} filters of its weight "
            f"{weight} are no multiple",
            argument="groups", received=groups,
        )  # fmt: skip


def expect_bias(call: Call, weight: Tensor, filters: Size, bias: Tensor | None) -> None:
    """There is a bias for each filter, if there are any."""
    if bias is not None and (bias.rank != 1 or differ(bias.shape[0], filters)):
        call.disagree(
            f"{{layer}} is a {call.type} whose weight {weight} has {filters} filters, so that its bias has shape "
            f"[{filters}]; {bias} arrives", weight, bias,
        )  # fmt: skip


class _Convolve(Operation, Sliding):
    """A convolution whose filters arrive."""

    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    groups: Groups = 1

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        self.expect_zeros(call)

    def forward(self, call: Call, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        self.require_spatial(call, input)
        call.require_rank(weight, self.axes + 2, layout="[out_channels, in_channels / groups, …]", input=1)
        filters = Filter(weight, spread(self.stride, self.axes), spread(self.dilation, self.axes), self.groups)
        self.expect_channels(call, input, weight)
        self.check_dtypes(call, input, filters, bias)
        if 0 in filters.kernel and weight.shape[1] != 0:
            call.disagree(f"{{layer}} is a {self.type} whose weight {weight} has no entries", weight)
        expect_bias(call, weight, weight.shape[0], bias)
        return convolved(call, input, filters, filters.borders(self.padding))

    def expect_channels(self, call: Call, input: Tensor, weight: Tensor) -> None:
        """The channels of the input and the filters fit each other, and the groups."""
        arriving, channels = input.shape[-self.axes - 1], weight.shape[1] * self.groups
        if differ(arriving, channels):
            call.disagree(
                f"{{layer}} is a {self.type} whose weight {weight} takes {channels} channels"
                f"{f' in {self.groups} groups' if self.groups > 1 else ''}, but {arriving} arrive",
                input, weight, axis=input.rank - self.axes - 1,
            )  # fmt: skip
        expect_groups(call, self.groups, weight)

    def check_dtypes(self, call: Call, input: Tensor, filters: Filter, bias: Tensor | None) -> None:
        """What PyTorch computes with, and that everything is of one type."""
        check_dtype(call, input, filters.weight.dtype, self.axes, biased=False)
        empty = is_empty(input, self.axes)
        if not empty:
            dilated = any(distance != 1 for distance in filters.dilation)
            call.expect_dtype(input, INEXACT | (frozenset({"int64"}) if dilated else INTEGRAL))
        # Under a name for the padding, PyTorch compares the bias with nothing, and only oneDNN does.
        compares = not isinstance(self.padding, str) or (not empty and uses_onednn(input, filters))
        if bias is not None and compares is not False:
            call.expect_dtype(bias, frozenset({input.dtype}), input=2, undefined=compares is None)


class Conv1dOperation(_Convolve, type="conv1d"):
    """Slides filters that arrive along a sequence."""

    axes = 1
    function = "torch.nn.functional.conv1d"
    examples = (
        example((8, 16, 50), (33, 16, 3), stride=2),
        example((4, 20), (6, 2, 4), (6,), padding="same", groups=2),
    )


class Conv2dOperation(_Convolve, type="conv2d"):
    """Slides filters that arrive over an image."""

    axes = 2
    function = "torch.nn.functional.conv2d"
    examples = (
        example((1, 3, 32, 32), (16, 3, 5, 5), stride=2, padding=1),
        example((2, 8, 9, 12), (8, 1, 3, 5), (8,), groups=8, dilation=[2, 1]),
        example((4, 9, 9), (6, 4, 2, 3), padding="same"),
    )


class Conv3dOperation(_Convolve, type="conv3d"):
    """Slides filters that arrive through a volume or a clip."""

    axes = 3
    function = "torch.nn.functional.conv3d"
    examples = (
        example((1, 3, 8, 10, 10), (6, 3, 3, 5, 5), stride=[1, 2, 2]),
        example((2, 4, 6, 6, 6), (6, 2, 3, 2, 1), (6,), groups=2, padding=[1, 0, 2]),
    )


class _ConvolveTranspose(Operation, Sliding):
    """A transposed convolution whose filters arrive."""

    family = "conv-transpose"

    stride: Stride = 1
    padding: Cropping = 0
    output_padding: OutputPadding = 0
    groups: Groups = 1
    dilation: Dilation = 1

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        self.expect_zeros(call)
        self.expect_per_axis(call, "output_padding")
        call.expect_at_least("output_padding", self.output_padding, 0)

    def forward(self, call: Call, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        self.require_spatial(call, input)
        call.require_rank(weight, self.axes + 2, layout="[in_channels, out_channels / groups, …]", input=1)
        arriving, channels = input.shape[-self.axes - 1], weight.shape[1] * self.groups
        if differ(arriving, weight.shape[0]):
            call.disagree(
                f"{{layer}} is a {self.type} whose weight {weight} takes {weight.shape[0]} channels, but {arriving} "
                "arrive",
                input, weight, axis=input.rank - self.axes - 1,
            )  # fmt: skip
        expect_groups(call, self.groups, weight)
        expect_bias(call, weight, channels, bias)
        if not is_empty(input, self.axes):
            call.expect_dtype(input, INEXACT | {"int64"})
            if bias is not None:
                call.expect_dtype(bias, frozenset({input.dtype}), input=2)
        if 0 in weight.shape[1:]:
            call.disagree(f"{{layer}} is a {self.type} whose weight {weight} has no entries", weight)
        check_dtype(call, input, weight.dtype, self.axes, biased=False)
        stride, padding, dilation, extra = (
            spread(argument, self.axes) for argument in (self.stride, self.padding, self.dilation, self.output_padding)
        )
        return enlarged(call, input, Filter(weight, stride, dilation, self.groups, extra), padding)


class ConvTranspose1dOperation(_ConvolveTranspose, type="conv_transpose1d"):
    """Enlarges a sequence with filters that arrive."""

    axes = 1
    function = "torch.nn.functional.conv_transpose1d"
    examples = (
        example((8, 16, 50), (16, 33, 3), stride=2),
        example((4, 20), (4, 3, 4), (6,), padding=1, groups=2),
    )


class ConvTranspose2dOperation(_ConvolveTranspose, type="conv_transpose2d"):
    """Enlarges an image with filters that arrive."""

    axes = 2
    function = "torch.nn.functional.conv_transpose2d"
    examples = (
        example((1, 16, 12, 12), (16, 8, 4, 4), stride=2, padding=1),
        example((2, 8, 9, 12), (8, 1, 3, 5), (8,), groups=8, stride=[2, 3], output_padding=[1, 2]),
    )


class ConvTranspose3dOperation(_ConvolveTranspose, type="conv_transpose3d"):
    """Enlarges a volume with filters that arrive."""

    axes = 3
    function = "torch.nn.functional.conv_transpose3d"
    examples = (
        example((1, 4, 5, 6, 7), (4, 2, 3, 5, 2), stride=[2, 1, 1]),
        example((2, 4, 6, 6, 6), (4, 2, 3, 2, 1), (4,), groups=2, padding=[1, 0, 0]),
    )
