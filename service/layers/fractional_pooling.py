"""Pooling over windows of random places: FractionalMaxPool2d and FractionalMaxPool3d, also as functions.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html; the method is
that of Graham, *Fractional max-pooling*, https://arxiv.org/abs/1412.6071.
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import FLOATING, INEXACT
from service.core.formulas import Formula
from service.core.sizes import Shape
from service.core.tensors import Tensor, Value
from service.layers.arguments import Float, Floats, PerAxis, spread
from service.layers.base import example
from service.layers.call import Call
from service.layers.operation import as_operation
from service.layers.pooling import KernelSize, ReturnIndices
from service.layers.spatial import ChannelwiseLayer, scaled

SHRUNK: Final = Formula("floor(input × output_ratio)")


class FractionalPooling(ChannelwiseLayer):
    """Pooling that keeps the largest entry of each of as many windows as the result has entries."""

    family = "fractional-pool"
    spare: ClassVar[int]
    """How many entries the windows have to leave over, were they laid side by side one apart."""

    kernel_size: KernelSize
    output_size: Annotated[PerAxis | None, Field(description="Size of every spatial axis of the result.")] = None
    output_ratio: Annotated[
        Float | Floats | None,
        Field(
            description="Size of every spatial axis of the result relative to that of the input, between 0 and 1.",
            examples=[0.5, (0.5, 0.3), (0.7, 0.7, 0.3), (0.7, 0.7, 0.3, 0.5)],
        ),
    ] = None
    return_indices: ReturnIndices = False

    def check_arguments(self, call: Call) -> None:
        call.expect_count("kernel_size", self.kernel_size, self.axes)
        call.expect_count("output_size", self.output_size, self.axes)
        if self.output_size is not None:
            call.expect_at_least("output_size", self.output_size, 0)
        self.check_output(call)

    def check_output(self, call: Call) -> None:
        """The size of the result is said, in one way."""
        if (self.output_size is None) == (self.output_ratio is None):
            given = "neither" if self.output_size is None else "both"
            call.refuse(
                "output",
                f"{{layer}} is a {self.type} with {given} of output_size and output_ratio; it takes one of them",
                argument="output_size",
                expected="output_size or output_ratio",
                received=given,
            )
        if self.output_ratio is not None:
            self.check_ratio(call)

    def check_ratio(self, call: Call) -> None:
        """There is a ratio for each axis, and the result is smaller than what arrives."""
        ratios = self.ratios()
        if call.expect_count("output_ratio", ratios, self.axes):
            for ratio in ratios:
                if not 0 < ratio < 1:
                    call.refuse(
                        "output-ratio",
                        f"{{layer}} is a {self.type} with output_ratio = {ratio}; it has to be between 0 and 1",
                        argument="output_ratio",
                        expected="more than 0 and less than 1",
                        received=ratio,
                    )

    def ratios(self) -> tuple[float, ...]:
        """The ratio for each spatial axis; a list of one is not spread."""
        ratio = self.output_ratio
        return ratio if isinstance(ratio, tuple) else () if ratio is None else (ratio,) * self.axes

    def forward(self, call: Call, input: Tensor) -> Value:
        self.require_spatial(call, input)
        call.expect_filled(input, *range(1, input.rank))
        leading, sizes = self.split(input)
        targets = self.targets(call, sizes, len(leading))
        windows = zip(targets, spread(self.kernel_size, self.axes), strict=True)
        for axis, (target, kernel) in enumerate(windows, len(leading)):
            call.expect_fitting(
                input, axis, target + kernel - 1 + self.spare,
                f"{target} windows of {kernel} do not fit into axis {axis} of {input}: they take at least "
                f"{target} + {kernel} − 1{' + 1' if self.spare else ''} entries", "output_size", "kernel_size",
            )  # fmt: skip
        output = input.reshaped(*leading, *targets)
        call.expect_dtype(input, INEXACT if 0 in output.shape else FLOATING)
        return self.returned(output)

    def targets(self, call: Call, sizes: Shape, first: int) -> Shape:
        """The size of each spatial axis of the result."""
        if self.output_size is not None:
            return spread(self.output_size, self.axes)
        return tuple(
            scaled(call, axis, SHRUNK, size, output_ratio=ratio)
            for axis, (size, ratio) in enumerate(zip(sizes, self.ratios(), strict=True), first)
        )


class FractionalMaxPool2d(FractionalPooling):
    """Takes maxima of windows at random places of an image, down to a given size."""

    axes = 2
    spare = 0
    examples = (
        example((20, 16, 50, 32), kernel_size=3, output_size=[13, 12]),
        example((16, 50, 32), kernel_size=[2, 3], output_ratio=[0.5, 0.7], return_indices=True),
    )


class FractionalMaxPool3d(FractionalPooling):
    """Takes maxima of windows at random places of a volume, down to a given size."""

    axes = 3
    spare = 1
    examples = (
        example((2, 4, 20, 15, 12), kernel_size=3, output_size=[9, 8, 6]),
        example((4, 20, 15, 12), kernel_size=[2, 3, 2], output_ratio=[0.5, 0.7, 0.3], return_indices=True),
    )

    def check_output(self, call: Call) -> None:
        super().check_output(call)
        call.expect_at_least("kernel_size", self.kernel_size, 1)

    def ratios(self) -> tuple[float, ...]:
        # PyTorch reads no more numbers than there are axes.
        return super().ratios()[: self.axes]


class Function(FractionalPooling):
    """What differs where it is a function: ratios are a list, and not looked at beside a size."""

    output_ratio: Annotated[
        Floats | None,
        Field(
            description="Size of each spatial axis of the result relative to that of the input.",
            examples=[(0.5, 0.3), (0.7, 0.7, 0.3), (0.5,), (0.7, 0.7, 0.3, 0.5)],
        ),
    ] = None

    def check_output(self, call: Call) -> None:
        if self.output_size is None and self.output_ratio is None:
            super().check_output(call)
        elif self.output_size is None:
            call.expect_count("output_ratio", self.ratios(), self.axes)
            call.expect_at_least("output_ratio", self.output_ratio, 0)
        if self.axes == 3:
            # Nothing looks at it, so that windows without entries are read from elsewhere in memory.
            call.expect_at_least("kernel_size", self.kernel_size, 1, undefined=True)


FUNCTIONS: Final = (
    as_operation(FractionalMaxPool2d, "torch.nn.functional.fractional_max_pool2d", Function),
    as_operation(FractionalMaxPool3d, "torch.nn.functional.fractional_max_pool3d", Function),
)
"""The operations; a class that nobody refers to would be forgotten."""
