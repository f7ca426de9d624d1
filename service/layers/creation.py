"""Tensors that come out of no other, of a size that is given: zeros, ones, full, rand, eye and their like.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops; which element types are drawn at random is that
of ``aten/src/ATen/native/DistributionTemplates.h``.
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, BYTES, INEXACT, INTEGRAL, REAL, DType, with_number
from service.core.entries import WIDE, Entries
from service.core.sizes import LARGEST_INTEGER, Shape, product
from service.core.tensors import Tensor, Value
from service.layers.arguments import FillValue, Float, Int, Ints, number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import expect_filling_fits
from service.layers.operation import Operation

NewDType = Annotated[DType | None, Field(description="Element type; float32 if left out.")]
NewSize = Annotated[Ints, Field(description="The shape.")]
Filling = Annotated[FillValue, Field(description="What it holds: a number, `inf` or `-inf`.")]

LARGEST_WHOLE: Final[dict[str, int]] = {"float16": 2**11, "bfloat16": 2**8, "float32": 2**24, "float64": 2**53}
"""Up to here a floating type holds every integer."""


class Created(Operation):
    """What creating a tensor of a given size and element type shares."""

    family = "creation"
    makes: ClassVar[frozenset[str]] = ANY
    """The element types that it can be made of."""

    size: NewSize
    dtype: NewDType = None

    def dtype_made(self) -> DType:
        """The element type of the result."""
        return self.weight_dtype

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("size", self.size, 0)
        call.expect_one_of("dtype", self.dtype_made(), sorted(self.makes))

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor(self.size, self.dtype_made())


class Zeros(Created, type="zeros"):
    """Makes a tensor of zeros."""

    function = "torch.zeros"
    examples = (example(size=[2, 3]), example(size=[], dtype="int64"))


class Ones(Created, type="ones"):
    """Makes a tensor of ones."""

    function = "torch.ones"
    examples = (example(size=[2, 3]), example(size=[4], dtype="bool"))

    def entries(self, inputs: tuple[Value, ...], first: Entries | None) -> Entries | None:  # noqa: ARG002
        return Entries.all(1) if self.dtype_made() in WIDE else None


class Empty(Created, type="empty"):
    """Makes a tensor of whatever memory holds."""

    function = "torch.empty"
    examples = (example(size=[2, 3]), example(size=[4], dtype="bool"))


class Full(Created, type="full"):
    """Makes a tensor that holds one value everywhere."""

    function = "torch.full"
    examples = (
        example(size=[2, 3], fill_value=0.5),
        example(size=[2, 3], fill_value=7),
        example(size=[4], fill_value=True),
        example(size=[4, 4], fill_value="-inf"),
        example(size=[4], fill_value=-200, dtype="uint8"),
    )

    size: NewSize
    fill_value: Filling
    dtype: Annotated[DType | None, Field(description="Element type; if left out, that of fill_value.")] = None

    def dtype_made(self) -> DType:
        return self.dtype or with_number("bool", number(self.fill_value))

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        expect_filling_fits(call, "fill_value", number(self.fill_value), self.dtype_made(), product(self.size))


class Rand(Created, type="rand"):
    """Makes a tensor of random numbers from 0 to 1."""

    function = "torch.rand"
    makes = INEXACT
    examples = (example(size=[2, 3]), example(size=[4], dtype="complex64"))


class Randn(Created, type="randn"):
    """Makes a tensor of random numbers with mean 0 and variance 1."""

    function = "torch.randn"
    makes = INEXACT
    examples = (example(size=[2, 3]), example(size=[4], dtype="float64"))

    def check_arguments(self, call: Call) -> None:
        # Where there is nothing to draw, PyTorch does not ask what it would be drawn for.
        call.expect_at_least("size", self.size, 0)
        if 0 not in self.size:
            super().check_arguments(call)


class Normal(Randn, type="normal"):
    """Makes a tensor of random numbers with a given mean and standard deviation."""

    function = "torch.normal"
    examples = (example(mean=0.0, std=1.0, size=[2, 3]), example(mean=1.0, std=0.5, size=[4], dtype="float64"))

    mean: Annotated[Float, Field(description="The mean.")]
    std: Annotated[Float, Field(description="The standard deviation.")]

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_at_least("std", self.std, 0)


class RandInt(Created, type="randint"):
    """Makes a tensor of random integers within limits."""

    function = "torch.randint"
    makes = REAL
    examples = (
        example(high=10, size=[2, 3]),
        example(low=-3, high=10, size=[4], dtype="int8"),
        example(high=2, size=[4], dtype="bool"),
        example(high=10, size=[4], dtype="float16"),
    )

    low: Annotated[Int, Field(description="The lowest that is drawn.")] = 0
    high: Annotated[Int, Field(description="One more than the highest that is drawn.")]
    size: NewSize
    dtype: Annotated[DType | None, Field(description="Element type; int64 if left out.")] = None

    def dtype_made(self) -> DType:
        return self.dtype or "int64"

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        expect_drawable(call, self.low, self.high, self.dtype_made())


def expect_drawable(call: Call, low: int, high: int, dtype: DType) -> None:
    """There are integers from ``low`` to just below ``high``, and ``dtype`` holds them."""
    if low >= high:
        call.refuse(
            "limits",
            f"{{layer}} is a {call.type} with low = {low} and high = {high}, between which there is no integer",
            argument="high",
            expected=f"more than {low}",
            received=high,
        )
    least, most = bounds(dtype)
    for argument, given, drawn in (("low", low, low), ("high", high, high - 1)):
        if not least <= drawn <= most:
            call.refuse(
                "limits",
                f"{{layer}} is a {call.type} with {argument} = {given}, beyond what {dtype} holds",
                argument=argument,
                expected=f"within {least} to {most}",
                received=given,
            )


def bounds(dtype: DType) -> tuple[float, float]:
    """The smallest and the largest number of an element type, as far as integers of 64 bits reach."""
    if dtype in BOOLEAN:
        return 0, 1
    if dtype in INTEGRAL:
        bits = 8 * BYTES[dtype]
        return (0, 2**bits - 1) if dtype == "uint8" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return (-65504, 65504) if dtype == "float16" else (-LARGEST_INTEGER - 1, LARGEST_INTEGER)


class Eye(Operation, type="eye"):
    """Makes a matrix with ones on its diagonal and zeros elsewhere."""

    function = "torch.eye"
    null_is_absent = True
    family = "creation"
    examples = (example(n=3), example(n=3, m=5, dtype="bool"))

    n: Annotated[Int, Field(description="How many rows.")]
    m: Annotated[Int | None, Field(description="How many columns; as many as rows if left out.")] = None
    dtype: NewDType = None

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.n, self.n if self.m is None else self.m

    def check_arguments(self, call: Call) -> None:
        for argument in ("n", "m"):
            if getattr(self, argument) is not None:
                call.expect_at_least(argument, getattr(self, argument), 0)

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor(self.shape, self.weight_dtype)
