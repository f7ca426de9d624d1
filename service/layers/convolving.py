"""The arithmetic of convolutions, for the layers and for the functions of ``torch.nn.functional``.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html; pictures of it are in Dumoulin & Visin,
*A guide to convolution arithmetic for deep learning*, https://arxiv.org/abs/1603.07285. What is computed by whom, and
hence which layouts and empty tensors are taken, is decided in ``aten/src/ATen/native/Convolution.cpp``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import COMPLEX, DType
from service.core.formulas import Formula
from service.core.layouts import in_channels_last, is_open, laid_out, like
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, above, below, product
from service.core.tensors import Tensor, is_contiguous, strides_of
from service.layers.arguments import Int, PerAxis, Str, spread
from service.layers.call import Call
from service.layers.notebook import Window
from service.layers.spatial import WINDOWS_FLOOR, SpatialLayer

Stride = Annotated[PerAxis, Field(description="How far the filter moves from one output to the next.")]
Padding = Annotated[
    PerAxis | Str,
    Field(
        description="Added on both sides of every spatial axis; or `same`, or `valid`.",
        examples=["same", "valid", 0, 1, 2, [1]],
    ),
]
Dilation = Annotated[PerAxis, Field(description="Distance between neighbouring entries of the filter.")]
Groups = Annotated[Int, Field(description="How many groups of channels are convolved apart from each other.")]

SAME: Final = Formula("input + padding_left + padding_right − dilation·(kernel_size − 1)")
MACS: Final = Formula("output… [outputs] × (in_channels / groups × kernel_size…)")
MACS_COMPLEX: Final = Formula("3 [real] × output… [outputs] × (in_channels / groups × kernel_size…)")
"""PyTorch makes a complex convolution of three real ones."""


class Filter(NamedTuple):
    """What slides over the input, and how: a number for every spatial axis."""

    weight: Tensor
    stride: Shape
    dilation: Shape
    groups: int
    output_padding: Shape | None = None
    """Of a transposed convolution, none of another."""

    @property
    def kernel(self) -> Shape:
        """The filter's size along every spatial axis."""
        return self.weight.shape[2:]

    @property
    def axes(self) -> int:
        """The number of spatial axes."""
        return self.weight.rank - 2

    def extents(self) -> Iterator[Size]:
        """From the first to the last entry that it reaches, along every spatial axis."""
        for kernel, dilation in zip(self.kernel, self.dilation, strict=True):
            yield dilation * (kernel - 1) + 1

    def same(self) -> tuple[tuple[Size, Size], ...]:
        """What ``padding="same"`` adds before and behind every spatial axis."""
        return tuple(((extent - 1) // 2, extent // 2) for extent in self.extents())

    def borders(self, padding: int | Shape | str) -> "Borders":
        """What ``padding`` adds before and behind every spatial axis."""
        if padding == "same":
            return self.same()
        return tuple((size, size) for size in spread(0 if isinstance(padding, str) else padding, self.axes))


Borders = tuple[tuple[Size, Size], ...]
"""What is added before and behind every spatial axis."""


class Sliding(SpatialLayer):
    """What layers and functions that slide a filter over their input share."""

    family = "conv"

    if TYPE_CHECKING:  # The entries declare them, each in the order of its constructor.
        stride: PerAxis
        padding: PerAxis | Str
        dilation: PerAxis
        groups: Int

    def check_arguments(self, call: Call) -> None:
        for argument in ("stride", "dilation"):
            self.expect_per_axis(call, argument)
        call.expect_at_least("stride", self.stride, 1)
        # Some of PyTorch's kernels take a dilation of 0, and so does what has nothing to convolve.
        call.expect_at_least("dilation", self.dilation, 1, undefined=True)
        call.expect_at_least("groups", self.groups, 1)
        if not isinstance(self.padding, str):
            return
        call.expect_one_of("padding", self.padding, ("same", "valid"))
        if self.padding == "same" and any(step != 1 for step in spread(self.stride, self.axes)):
            stride = list(self.stride) if isinstance(self.stride, tuple) else self.stride
            call.refuse(
                "same-with-stride",
                f"{{layer}} is a {self.type} with padding = 'same' and stride = {stride}; "
                "'same' is defined for stride = 1 only",
                argument="stride", expected=1, received=self.stride,
            )  # fmt: skip

    def expect_per_axis(self, call: Call, argument: str) -> None:
        """One number, or one for every axis."""
        call.expect_count(argument, getattr(self, argument), 1, self.axes)

    def expect_zeros(self, call: Call) -> None:
        """A padding of zeros is not negative."""
        if not isinstance(self.padding, str):
            self.expect_per_axis(call, "padding")
            call.expect_at_least("padding", self.padding, 0)


def batched(input: Tensor, axes: int) -> Tensor:
    """The input with a batch axis, which PyTorch puts in front where there is none."""
    if input.rank == axes + 2:
        return input
    strides = None if input.strides is None else (input.shape[0] * input.strides[0], *input.strides)
    return Tensor((1, *input.shape), input.dtype, strides)


def is_empty(input: Tensor, axes: int) -> bool:
    """Whether there is nothing to convolve: no batch, or no channels. PyTorch then looks at few arguments."""
    return 0 in batched(input, axes).shape[:2]


def check_dtype(call: Call, input: Tensor, weight: DType, axes: int, *, biased: bool) -> None:
    """The input has the weight's element type; PyTorch does not look where there is nothing to convolve."""
    if biased or input.dtype in COMPLEX or not is_empty(input, axes):
        call.expect_dtype(input, frozenset({weight}))


def check_filled(call: Call, input: Tensor, arriving: Shape) -> None:
    """None of the spatial axes is empty, ``arriving`` being their sizes at the convolution itself."""
    for axis, size in enumerate(arriving, input.rank - len(arriving)):
        if size == 0:
            call.expect_fitting(input, axis, 1, f"there is nothing to convolve along axis {axis} of {input}")


def convolved(call: Call, input: Tensor, filter: Filter, borders: Borders, *, padded: Tensor | None = None) -> Tensor:
    """The output of a convolution, whose channels and element types have been checked.

    ``padded`` is the input with its border, where that is not of zeros.
    """
    axes = filter.axes
    out_channels = filter.weight.shape[0]
    arriving = padded or input
    leading, sizes = input.shape[: -axes - 1], input.shape[-axes:]
    if padded is None:
        # What "same" adds behind more than before is added first, so that an empty axis may arrive filled.
        inner = tuple(size + right - left for size, (left, right) in zip(sizes, borders, strict=True))
    else:
        inner = padded.shape[-axes:]
    if not is_empty(arriving, axes):
        check_filled(call, input, inner)
    geometry = zip(sizes, filter.kernel, filter.stride, filter.dilation, filter.extents(), borders, strict=True)
    outputs, windows = [], []
    for axis, (size, kernel, stride, dilation, extent, (left, right)) in enumerate(geometry, len(leading) + 1):
        windows.append(Window(extent, stride, left))
        if not call.expect_fitting(
            input, axis, extent - left - right,
            f"a kernel that spans {extent} does not fit into axis {axis} of {input}: "
            f"{size} + {left} + {right} padding = {size + left + right}", "kernel_size", "padding",
        ):  # fmt: skip
            outputs.append(UNKNOWN_SIZE)
        elif left == right:
            outputs.append(
                call.size(axis, WINDOWS_FLOOR, input=size, padding=left, dilation=dilation,
                          kernel_size=kernel, stride=stride)
            )  # fmt: skip
        else:
            outputs.append(
                call.size(axis, SAME, input=size, padding_left=left, padding_right=right,
                          kernel_size=kernel, dilation=dilation)
            )  # fmt: skip
    call.sees(tuple(windows))
    channels = 0 if 0 in (arriving.shape[-axes - 1], filter.weight.shape[1]) else out_channels
    if padded is None and any(left != right for left, right in borders) and not is_empty(arriving, axes):
        arriving = like(input, (*leading, input.shape[-axes - 1], *inner))
    output = returned(arriving, filter, (*leading, channels, *outputs))
    call.count_macs(
        MACS_COMPLEX if input.dtype in COMPLEX else MACS, output=output.shape,
        in_channels=filter.weight.shape[1] * filter.groups, groups=filter.groups,
        kernel_size=filter.kernel,
    )  # fmt: skip
    return output


def returned(input: Tensor, filter: Filter, shape: Shape) -> Tensor:
    """A tensor of the output's shape, with its element type and layout."""
    axes = filter.axes
    arriving = batched(input, axes)
    if is_empty(input, axes):
        # PyTorch multiplies the input by the weight, or if there are channels by one of its entries.
        one = filter.weight if arriving.shape[1] == 0 else Tensor((), filter.weight.dtype)
        return Tensor(shape, result_type(input, one))
    if axes == 1 and (input.dtype in COMPLEX or not is_contiguous(arriving)):
        arriving = Tensor(arriving.shape)  # PyTorch copies it; the two parts of complex numbers are never contiguous.
    formats = tuple(map(_with_height, (arriving, filter.weight)))
    if not any(in_channels_last(tensor) or is_open(tensor) for tensor in formats):
        return Tensor(shape, input.dtype)
    keeps = None if any(map(is_open, formats)) else axes < 3 or uses_onednn(input, filter)
    if not keeps:
        return Tensor(shape, input.dtype, (UNKNOWN_SIZE,) * len(shape) if keeps is None else None)
    whole = (arriving.shape[0], *shape[-axes - 1 :])
    output = laid_out(whole, input.dtype, (0, *range(2, axes + 2), 1))
    return output if input.rank == axes + 2 else Tensor(shape, input.dtype, strides_of(output)[1:])


def _with_height(sequences: Tensor) -> Tensor:
    """PyTorch computes sequences as images of height 1."""
    if sequences.rank > 3 or sequences.strides is None:
        return sequences
    (batch, channels, length), strides = sequences.shape, sequences.strides
    return Tensor((batch, channels, 1, length), sequences.dtype, (*strides[:2], length * strides[2], strides[2]))


def uses_onednn(input: Tensor, filter: Filter) -> bool | None:
    """Whether oneDNN computes it rather than PyTorch itself; none where that depends on processor and threads."""
    if input.dtype in ("float16", "bfloat16"):
        return None
    shape = batched(input, filter.axes).shape
    height, width = (1, *filter.kernel)[-2:]
    worthwhile = (
        filter.groups > 1
        or (above(height, 3) and above(width, 3))
        or above(shape[0], 1)
        or above(product(shape if filter.axes == 1 else shape[:4]), 20480)
    )  # fmt: skip
    beyond = filter.output_padding is not None and any(
        above(extra, stride - 1) for extra, stride in zip(filter.output_padding, filter.stride, strict=True)
    )
    if input.dtype not in ("float32", "complex64") or not worthwhile or beyond:
        return False
    plain = max(filter.stride) == max(filter.dilation) == height == width == 1 and below(shape[0], 16)
    return None if plain else True
