"""The partial inverse of max pooling: MaxUnpool1d–3d.

The arithmetic is that of https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import ANY, FLOATING
from service.core.formulas import Formula
from service.core.layouts import like
from service.core.sizes import Shape, Size, above, below, differ
from service.core.tensors import Tensor
from service.layers.arguments import Ints, PerAxis
from service.layers.base import example
from service.layers.call import Call
from service.layers.pooling import KernelSize
from service.layers.spatial import ChannelwiseLayer

UNPOOLED: Final = Formula("(input − 1)·stride − 2·padding + kernel_size")
INDICES: Final = frozenset({"int64"})


class Unpooling(ChannelwiseLayer):
    """Puts every entry back to where max pooling took it from, and zeros elsewhere."""

    family = "unpool"
    forward_arguments = frozenset({"output_size"})

    kernel_size: KernelSize
    stride: Annotated[
        PerAxis | None, Field(description="How far the pooling's window moved; by its own size if left out.")
    ] = None
    padding: Annotated[PerAxis, Field(description="What the pooling added on both sides.")] = 0
    output_size: Annotated[
        Ints | None,
        Field(
            description="The size of what was pooled, with or without batch and channels; several may be possible.",
            examples=[(9,), (7,), (9, 9), (8, 7), (1, 1, 9, 9), (9, 8, 7)],
        ),
    ] = None

    def check_arguments(self, call: Call) -> None:
        call.expect_count("kernel_size", self.kernel_size, self.axes)
        for argument in ("stride", "padding"):
            value = getattr(self, argument)
            if isinstance(value, tuple) and self.axes < 3:
                # PyTorch reads no more numbers than there are axes; only its kernel for volumes counts them.
                value = value[: self.axes]
            call.expect_count(argument, value, self.axes)
        if self.output_size is not None:
            call.expect_count("output_size", self.output_size, self.axes, self.axes + 2)
        if self.axes == 3:
            call.expect_at_least("stride", self.kernel_size if self.stride is None else self.stride, 1)

    def each(self, value: int | tuple[int, ...]) -> Shape:
        """The number for each spatial axis."""
        return value[: self.axes] if isinstance(value, tuple) else (value,) * self.axes

    def forward(self, call: Call, input: Tensor, indices: Tensor) -> Tensor:
        self.require_spatial(call, input)
        if input.rank != indices.rank or any(map(differ, input.shape, indices.shape)):
            call.disagree(
                f"{{layer}} is a {self.type} of {input} with indices of {indices}; both come from one max pooling, "
                "so they have the same shape",
                input,
                indices,
            )
        call.expect_dtype(indices, INDICES, input=1)
        call.expect_filled(input, *range(1, input.rank))
        leading, sizes = self.split(input)
        spatial = self.unpooled(call, sizes, len(leading))
        output = self.laid_out(input, (*leading, *spatial))
        call.expect_dtype(input, ANY if 0 in output.shape else FLOATING)
        return output

    def unpooled(self, call: Call, sizes: Shape, first: int) -> Shape:
        """The spatial sizes of the result."""
        stride = self.each(self.kernel_size if self.stride is None else self.stride)
        geometry = zip(sizes, self.each(self.kernel_size), stride, self.each(self.padding), strict=True)
        outputs = []
        for axis, (size, kernel, step, padding) in enumerate(geometry, first):
            natural = call.size(axis, UNPOOLED, input=size, stride=step, padding=padding, kernel_size=kernel)
            chosen = natural if self.output_size is None else self.output_size[axis - first - self.axes]
            if self.output_size is not None and (
                below(chosen, natural - step + 1) or above(chosen, natural + step - 1)
            ):
                self.refuse_output(call, axis, chosen, f"more than {natural - step} and less than {natural + step}")
            elif below(chosen, 0):
                self.refuse_output(call, axis, chosen, "at least 0")
            outputs.append(chosen)
        return tuple(outputs)

    def refuse_output(self, call: Call, axis: int, size: Size, allowed: str) -> None:
        """Pooling cannot have come from an axis of this size."""
        call.refuse(
            "output-size",
            f"{{layer}} is a {self.type} that would return size {size} along axis {axis}; for what arrives it has "
            f"to be {allowed}",
            argument="kernel_size" if self.output_size is None else "output_size",
            expected=allowed,
            received=size,
        )

    def laid_out(self, input: Tensor, shape: Shape) -> Tensor:
        """A result of this shape in the memory format of the input."""
        return like(input, shape)


class MaxUnpool1d(Unpooling):
    """Puts the maxima of a sequence back where they were, and zeros elsewhere."""

    axes = 1
    examples = (
        example((1, 3, 4), Tensor((1, 3, 4), "int64"), kernel_size=2),
        example((3, 4), Tensor((3, 4), "int64"), kernel_size=3, stride=2, padding=1, output_size=[8]),
    )

    def laid_out(self, input: Tensor, shape: Shape) -> Tensor:
        return input.reshaped(*shape)


class MaxUnpool2d(Unpooling):
    """Puts the maxima of an image back where they were, and zeros elsewhere."""

    axes = 2
    examples = (
        example((1, 3, 4, 4), Tensor((1, 3, 4, 4), "int64"), kernel_size=2),
        example((3, 4, 5), Tensor((3, 4, 5), "int64"), kernel_size=[2, 3], stride=2, output_size=[9, 10]),
        example((1, 3, 4, 4), Tensor((1, 3, 4, 4), "int64"), kernel_size=2, output_size=[1, 3, 9, 9]),
    )


class MaxUnpool3d(Unpooling):
    """Puts the maxima of a volume back where they were, and zeros elsewhere."""

    axes = 3
    examples = (
        example((1, 3, 4, 4, 4), Tensor((1, 3, 4, 4, 4), "int64"), kernel_size=2),
        example((3, 4, 5, 4), Tensor((3, 4, 5, 4), "int64"), kernel_size=[2, 3, 2], stride=2, output_size=[8, 10, 9]),
    )

    def laid_out(self, input: Tensor, shape: Shape) -> Tensor:
        return input.reshaped(*shape)
