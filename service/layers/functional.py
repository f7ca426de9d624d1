"""Functions of ``torch.nn.functional`` that take their weights as inputs: conv1d–3d and linear.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
"""

from service.core.broadcasting import expands_to
from service.core.dtypes import INEXACT, INTEGRAL, NUMERIC, category
from service.core.sizes import Shape, above, below, differ, indivisible, product, written
from service.core.tensors import Tensor, is_contiguous
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
from service.layers.matrix import Kernel, Product
from service.layers.operation import Operation


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
        if bias is not None and (bias.rank != 1 or differ(bias.shape[0], weight.shape[0])):
            call.disagree(
                f"{{layer}} is a {self.type} whose weight {weight} has {weight.shape[0]} filters, so that its bias "
                f"has shape [{weight.shape[0]}]; {bias} arrives", weight, bias,
            )  # fmt: skip
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
        if below(weight.shape[0], self.groups) or indivisible(weight.shape[0], self.groups):
            call.refuse(
                "groups",
                f"{{layer}} is a {self.type} with groups = {self.groups}, of which the {weight.shape[0]} filters of "
                f"its weight {weight} are no multiple",
                argument="groups", received=self.groups,
            )  # fmt: skip

    def check_dtypes(self, call: Call, input: Tensor, filters: Filter, bias: Tensor | None) -> None:
        """What PyTorch computes with, and that everything is of one type."""
        check_dtype(call, input, filters.weight.dtype, self.axes, biased=False)
        empty = is_empty(input, self.axes)
        if not empty:
            dilated = any(distance != 1 for distance in filters.dilation)
            call.expect_dtype(input, INEXACT | (frozenset({"int64"}) if dilated else INTEGRAL))
        # Under a name for the padding, PyTorch compares the bias with nothing, and only oneDNN does.
        if bias is not None and (not isinstance(self.padding, str) or (not empty and uses_onednn(input, filters))):
            call.expect_dtype(bias, frozenset({input.dtype}), input=2)


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


class LinearOperation(Product, type="linear"):
    """Multiplies the last axis by a matrix that arrives and adds a bias."""

    function = "torch.nn.functional.linear"
    examples = (
        example((128, 20), (30, 20), (30,)),
        example((2, 5, 7, 16), (4, 16)),
        example((2, 5, 16), (4, 16), (5, 4)),
        example((16,), (4, 16), (4,)),
        example((5, 2, 16), (16,)),
    )

    def forward(self, call: Call, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        call.require_axes(input, 1, "[…, in_features]")
        call.require_rank(weight, 1, 2, layout="[out_features, in_features]", input=1)
        transposed = weight.reshaped(*reversed(weight.shape))
        self.expect_meeting(call, input, transposed)
        shape = (*input.shape[:-1], *weight.shape[:-1])
        if bias is not None:
            self.expect_bias(call, input, weight, bias, shape)
        kernel: Kernel = "mm" if weight.rank == 2 else "mv" if input.rank > 1 else "dot"
        return self.multiplied(call, kernel, input, transposed, shape)

    def expect_bias(self, call: Call, input: Tensor, weight: Tensor, bias: Tensor, shape: Shape) -> None:
        """The bias is expanded to the rows of one matrix where PyTorch sees one, and otherwise added to the product."""
        single = bias.rank == 1 or sum(size != 1 for size in bias.shape) == 1
        if input.rank == 2 or (single and is_contiguous(input) and is_contiguous(bias)):
            target = (product(shape[:-1]), *shape[-1:])
            fits = weight.rank == 2 and expands_to(bias.shape, target)
            # With nothing to multiply, PyTorch multiplies the bias by 1, which makes integers of booleans.
            nothing = input.shape[-1] == 0 and above(product(shape), 0)
            call.expect_dtype(bias, NUMERIC if nothing and input.dtype == "bool" else frozenset({input.dtype}), input=2)
        else:
            fits = expands_to(bias.shape, shape)
            if category(bias.dtype) > category(input.dtype):
                call.expect_dtype(bias, frozenset({input.dtype}), input=2)
        if not fits:
            call.disagree(
                f"{{layer}} is a linear whose product has shape {written(shape)}; a bias {bias} cannot be added to it",
                input, weight, bias,
            )  # fmt: skip
