"""What Fourier transforms share, along one axis, two or several.

Source: https://docs.pytorch.org/docs/stable/fft.html. Results lie in memory as
``aten/src/ATen/native/mkl/SpectralOps.cpp`` puts them: the axes that are not transformed come first, and of these the
ones whose entries were farther apart.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import COMPLEX, REAL, DType, inexact, real_part
from service.core.formulas import Formula
from service.core.layouts import converted, is_open, laid_out, like, preserved
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, above, below, is_known
from service.core.tensors import Tensor, strides_of
from service.core.views import sliced
from service.layers.arguments import Dim, Dims, Int, Ints, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation

MOST_AXES: Final = 7
"""What Intel's library, which transforms for PyTorch, takes at once."""
NORMS: Final = ("backward", "forward", "ortho")
HALVED: Final = Formula("floor(input / 2) + 1")
DOUBLED: Final = Formula("2·(input − 1)")
NOT_TRANSFORMED: Final = frozenset({"float16", "bfloat16"})
REAL_NUMBERS: Final = REAL - NOT_TRANSFORMED

Norm = Annotated[
    Str | None, Field(description="What is divided by: `backward`, `forward` or `ortho`.", examples=list(NORMS))
]
Length = Annotated[
    Int | None, Field(description="How many points are transformed: others are cut off, or zeros added.")
]
Lengths = Annotated[
    Ints | None, Field(description="How many points are transformed along each axis; -1 for as many as there are.")
]
SomeDims = Annotated[
    Dims | None, Field(description="The axes that are transformed; all, or as many as s, if left out.")
]
TwoDims = Annotated[Dims, Field(description="The axes that are transformed.")]


class Fourier(Operation):
    """What all transforms share."""

    family = "fft"
    from_real: ClassVar[bool] = False
    """Whether what arrives is real, so that one half of the result tells the other."""
    to_real: ClassVar[bool] = False
    """Whether what is returned is real, and what arrives one half of what is transformed."""
    halves_first: ClassVar[bool] = False
    """Whether the axis of which one half tells the other is transformed before the others, rather than with them."""
    makes_complex: ClassVar[bool] = False
    """Whether PyTorch converts real numbers to complex ones first, unless it transforms them as real ones."""

    norm: Norm

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("norm", self.norm, (None, *NORMS))

    def transformed(self, call: Call, input: Tensor, lengths: Mapping[int, Size | None]) -> Tensor:
        """The transform along the axes of ``lengths``, in their order; none stands for the length that is there."""
        call.expect_dtype(input, REAL_NUMBERS if self.from_real else REAL_NUMBERS | COMPLEX)
        *others, last = lengths
        arriving, given = input.shape[last], lengths[last]
        points = arriving if given is None else given
        wanted = dict(lengths)
        if self.to_real:
            points = call.size(last, DOUBLED, input=arriving) if given is None else given
            wanted[last] = None if given is None else given // 2 + 1
        for axis in others:
            length = lengths[axis]
            self.expect_points(call, input, axis, input.shape[axis] if length is None else length)
        self.expect_points(call, input, last, points)
        apart = self.to_real or self.halves_first
        if len(lengths) - apart > MOST_AXES:
            call.refuse(
                "axes",
                f"{{layer}} is a {self.type} of {len(lengths)} axes; PyTorch transforms {MOST_AXES} at once on a CPU",
                argument="dim",
                expected=f"at most {MOST_AXES + apart} axes",
                received=len(lengths),
            )
        call.expect_filled(input, *(axis for axis in range(input.rank) if axis not in lengths))
        if call.faults:
            raise Rejection
        as_complex = self.to_real or (self.makes_complex and not self.from_real)
        signal = resized(converted(input, complex_of(input.dtype) if as_complex else inexact(input.dtype)), wanted)
        if self.to_real:
            halves = returned(signal, by_stride(signal, tuple(others)), signal.shape) if others else signal
            output = returned(halves, (last,), (*signal.shape[:last], points, *signal.shape[last + 1 :]))
            return output._replace(dtype=real_part(output.dtype))
        if self.from_real:
            half = call.size(last, HALVED, input=points)
            shape = (*signal.shape[:last], half, *signal.shape[last + 1 :])
            output = self.halved(signal, tuple(others), last, shape)
        else:
            output = returned(signal, by_stride(signal, tuple(lengths)), signal.shape)
        return output._replace(dtype=complex_of(signal.dtype))

    def halved(self, signal: Tensor, others: Shape, last: int, shape: Shape) -> Tensor:
        """The transform of a real signal, of which ``last`` is the axis that is halved."""
        if not self.halves_first:
            return returned(signal, (*by_stride(signal, others), last), shape)
        half = returned(signal, (last,), shape)
        return returned(half, by_stride(half, others), shape) if others else half

    def expect_points(self, call: Call, input: Tensor, axis: int, points: Size) -> None:
        """There is something to transform."""
        if below(points, 1):
            call.refuse(
                "points",
                f"{{layer}} is a {self.type} of {points} points along axis {axis} of {input}; there have to be some",
                expected="at least 1",
                received=points,
            )


def complex_of(dtype: DType) -> DType:
    """The complex numbers of the same precision."""
    return "complex128" if dtype in ("float64", "complex128") else "complex64"


def returned(signal: Tensor, axes: Shape, shape: Shape) -> Tensor:
    """What a transform of ``axes`` makes of a signal."""
    if is_open(signal):
        return Tensor(shape, signal.dtype, (UNKNOWN_SIZE,) * len(shape))
    others = by_stride(signal, parted(signal.rank, axes))
    return laid_out(shape, signal.dtype, (*others, *axes))


def parted(rank: int, axes: Shape) -> Shape:
    """The axes that are not transformed, in the order in which C++'s ``std::partition`` leaves them: one from the end
    takes the place of one that is transformed."""
    others = [axis for axis in range(rank) if axis not in axes]
    free = iter([place for place in range(len(others)) if place in axes])
    moved = {axis: next(free) for axis in reversed(others) if axis >= len(others)}
    return tuple(sorted(others, key=lambda axis: moved.get(axis, axis)))


def by_stride(tensor: Tensor, axes: Shape) -> Shape:
    """The axes, those whose entries are farther apart first."""
    strides = strides_of(tensor)
    if not all(map(is_known, strides)):
        return tuple(sorted(axes))
    return tuple(sorted(axes, key=lambda axis: -strides[axis]))


def resized(signal: Tensor, lengths: Mapping[int, Size | None]) -> Tensor:
    """What is longer than wanted cut off, and zeros put behind what is shorter."""
    shape = tuple(size if (length := lengths.get(axis)) is None else length for axis, size in enumerate(signal.shape))
    for axis, length in enumerate(shape):
        if above(signal.shape[axis], length):
            signal = sliced(signal, axis, length)
    return signal if signal.shape == shape else like(signal, shape)


class AlongOne(Fourier):
    """A transform along one axis."""

    n: Length = None
    dim: Dim = -1
    norm: Norm = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 1, "one of which is transformed")
        return self.transformed(call, input, {call.require_dim("dim", self.dim, input.rank): self.n})


class AlongSome(Fourier):
    """A transform along several axes."""

    makes_complex = True

    s: Lengths
    dim: Dims | None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        axes = self.axes(call, input)
        lengths = (None,) * len(axes) if self.s is None else tuple(None if size == -1 else size for size in self.s)
        if len(lengths) != len(axes):
            call.refuse(
                "counts",
                f"{{layer}} is a {self.type} with s = {list(lengths)} for {len(axes)} axes; every axis has a length",
                argument="s",
                expected=f"{len(axes)} numbers",
                received=list(lengths),
            )
            raise Rejection
        if axes:
            return self.transformed(call, input, dict(zip(axes, lengths, strict=True)))
        if self.from_real or self.to_real:
            call.require_axes(input, 1, "one of which is transformed")
            call.refuse("axes", f"{{layer}} is a {self.type} and has to transform an axis", argument="dim", received=[])
        call.expect_dtype(input, REAL_NUMBERS | COMPLEX)
        return preserved(input, complex_of(input.dtype))

    def axes(self, call: Call, input: Tensor) -> Shape:
        """The axes that are transformed."""
        if self.dim is not None:
            call.require_axes(input, min(len(self.dim), 1) if isinstance(self.dim, tuple) else 1, "to transform")
            return call.require_dims("dim", self.dim, input.rank)
        if self.s is None:
            return tuple(range(input.rank))
        call.require_axes(input, len(self.s), f"as s = {list(self.s)} has numbers")
        return tuple(range(input.rank - len(self.s), input.rank))


class AlongTwo(AlongSome):
    """A transform along the last two axes, or two others."""

    s: Lengths = None
    dim: TwoDims = (-2, -1)
    norm: Norm = None


class AlongMany(AlongSome):
    """A transform along all axes, or some."""

    s: Lengths = None
    dim: SomeDims = None
    norm: Norm = None


ONE = (
    example((2, 8)),
    example((2, 8, 3), n=5, dim=1, norm="ortho"),
    example(Tensor((2, 8), "int64"), n=10),
    example(Tensor((2, 3, 8), "float64", (24, 1, 3)), dim=0),
)
ONE_COMPLEX = (*ONE, example(Tensor((2, 5), "complex64")))
TWO = (
    example((2, 6, 8)),
    example((2, 6, 8), s=[4, 10], norm="forward"),
    example((6, 8, 2), dim=[0, 1]),
    example(Tensor((2, 3, 4, 5), strides=(60, 1, 15, 3)), s=[-1, 6]),
)
TWO_COMPLEX = (*TWO, example(Tensor((2, 6, 5), "complex64")))
MANY = (example((4, 6, 8)), example((4, 6, 8), s=[4, 10]), example((4, 6, 8), dim=[0, 1], norm="ortho"))
