"""Sliding blocks as columns: Unfold takes an image apart into them, Fold sums them into one.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html, and of ``aten/src/ATen/native/im2col_shape_check.h``.
"""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from service.core.dtypes import BOOLEAN, INEXACT
from service.core.formulas import Formula
from service.core.sizes import Shape, Size, below, differ, indivisible, product, written
from service.core.tensors import Tensor
from service.layers.arguments import PerAxis
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.operation import Operation

COMPUTED: Final = INEXACT | BOOLEAN
BLOCKS: Final = Formula(
    "floor((height + 2·padding_h − dilation_h·(kernel_h − 1) − 1) / stride_h + 1) × "
    "floor((width + 2·padding_w − dilation_w·(kernel_w − 1) − 1) / stride_w + 1)"
)
COLUMN: Final = Formula("channels × kernel_size…")
CHANNELS: Final = Formula("column / (kernel_size…)")

KernelSize = Annotated[PerAxis, Field(description="Height and width of a block.")]
OutputSize = Annotated[PerAxis, Field(description="Height and width of the image that the blocks add up to.")]
Dilation = Annotated[PerAxis, Field(description="Distance between neighbouring entries of a block.")]
Padding = Annotated[PerAxis, Field(description="Zeros around the image.")]
Stride = Annotated[PerAxis, Field(description="How far one block is from the next.")]


def pair(value: int | tuple[int, ...]) -> Shape:
    """One number for both axes, or two; a list of one is not spread."""
    return value if isinstance(value, tuple) else (value, value)


class Blocks(Layer):
    """How blocks lie in an image, for both directions."""

    family = "fold"

    if TYPE_CHECKING:  # The entries declare them, each in the order of its constructor.
        kernel_size: PerAxis
        dilation: PerAxis
        padding: PerAxis
        stride: PerAxis

    def check_arguments(self, call: Call) -> None:
        for argument, least in (("kernel_size", 1), ("dilation", 1), ("padding", 0), ("stride", 1)):
            call.expect_count(argument, getattr(self, argument), 2)
            call.expect_at_least(argument, getattr(self, argument), least)

    @property
    def kernel(self) -> Shape:
        """A block's height and width."""
        return pair(self.kernel_size)

    def geometry(self, image: Shape) -> dict[str, Size]:
        """The numbers of :data:`BLOCKS`."""
        numbers = {
            "kernel": self.kernel, "dilation": pair(self.dilation),
            "padding": pair(self.padding), "stride": pair(self.stride),
        }  # fmt: skip
        by_axis = {
            f"{name}_{axis}": size
            for name, sizes in numbers.items()
            for axis, size in zip("hw", sizes, strict=True)
        }  # fmt: skip
        return {"height": image[0], "width": image[1], **by_axis}

    def reaches(self) -> Shape:
        """What a block spans along both axes, less the padding: an image has to have as much."""
        numbers = zip(self.kernel, pair(self.dilation), pair(self.padding), strict=True)
        return tuple(dilation * (kernel - 1) + 1 - 2 * padding for kernel, dilation, padding in numbers)


class Unfolding(Blocks):
    """From an image to its blocks."""

    kernel_size: KernelSize
    dilation: Dilation = 1
    padding: Padding = 0
    stride: Stride = 1

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 3, 4, layout="[N, C, H, W] or without N")
        call.expect_dtype(input, COMPUTED)
        leading, channels, image = input.shape[:-3], input.shape[-3], input.shape[-2:]
        for axis in range(len(leading), input.rank):
            call.expect_fitting(input, axis, 1, f"there is nothing to take blocks from in {input}")
        for axis, reach in enumerate(self.reaches(), input.rank - 2):
            call.expect_fitting(
                input, axis, reach,
                f"a block needs {reach} entries of axis {axis} of {input} besides the padding, and there are "
                f"{input.shape[axis]}", "kernel_size", "padding",
            )  # fmt: skip
        column = call.size(len(leading), COLUMN, channels=channels, kernel_size=self.kernel)
        blocks = call.size(len(leading) + 1, BLOCKS, **self.geometry(image))
        return input.reshaped(*leading, column, blocks)


class Folding(Blocks):
    """From blocks to the image they add up to."""

    output_size: OutputSize
    kernel_size: KernelSize
    dilation: Dilation = 1
    padding: Padding = 0
    stride: Stride = 1

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_count("output_size", self.output_size, 2)
        call.expect_at_least("output_size", self.output_size, 1)
        if not call.faults and any(map(below, pair(self.output_size), self.reaches())):
            call.refuse(
                "block",
                f"{{layer}} is a {self.type} with output_size = {self.output_size}, into which no block of "
                f"kernel_size = {self.kernel_size} fits: there have to be {written(self.reaches())}",
                argument="output_size", expected=list(self.reaches()), received=self.output_size,
            )  # fmt: skip

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 2, 3, layout="[N, C × kernel_size, blocks] or without N")
        call.expect_dtype(input, COMPUTED)
        leading, (column, arriving) = input.shape[:-2], input.shape[-2:]
        image = pair(self.output_size)
        blocks = BLOCKS(**self.geometry(image))
        call.expect_fitting(input, len(leading), 1, f"there is nothing to add up in {input}")
        if indivisible(column, product(self.kernel)):
            call.refuse(
                "kernel-size",
                f"{{layer}} is a {self.type} with kernel_size = {self.kernel_size}: a column has a multiple of "
                f"{product(self.kernel)} entries, but {column} arrive",
                argument="kernel_size", received=column,
            )  # fmt: skip
        if differ(blocks, arriving):
            call.refuse(
                "output-size",
                f"{{layer}} is a {self.type} with output_size = {self.output_size}, which is made of {blocks} blocks, "
                f"but {arriving} arrive",
                argument="output_size", expected=blocks, received=arriving,
            )  # fmt: skip
        channels = call.size(len(leading), CHANNELS, column=column, kernel_size=self.kernel)
        return input.reshaped(*leading, channels, *image)


class Unfold(Unfolding):
    """Takes an image apart into overlapping blocks, each a column."""

    examples = (
        example((2, 5, 3, 4), kernel_size=[2, 3]),
        example((3, 9, 9), kernel_size=3, dilation=2, padding=[1, 2], stride=2),
    )


class Fold(Folding):
    """Adds overlapping blocks, each a column, up to an image."""

    examples = (
        example((1, 12, 12), output_size=[4, 5], kernel_size=[2, 2]),
        example((27, 20), output_size=9, kernel_size=3, dilation=2, padding=[1, 2], stride=2),
    )


class FoldOperation(Operation, Folding, type="fold"):
    """Adds overlapping blocks, each a column, up to an image."""

    function = "torch.nn.functional.fold"
    examples = Fold.examples
