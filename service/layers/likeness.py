"""Tensors made after another: in its shape as zeros_like makes them, of its element type as new_zeros does.

Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

from typing import Annotated, ClassVar

from pydantic import Field

from service.core.dtypes import ANY, INEXACT, REAL, DType
from service.core.entries import WIDE, Entries
from service.core.layouts import preserved
from service.core.sizes import above
from service.core.tensors import Tensor, Value
from service.layers.arguments import Int, number
from service.layers.base import example
from service.layers.call import Call
from service.layers.creation import Filling, NewSize, expect_drawable
from service.layers.elementwise import expect_filling_fits
from service.layers.operation import Operation

InputDType = Annotated[DType | None, Field(description="Element type; if left out, the input's.")]


class Like(Operation):
    """What makes a tensor in the shape of another, laid out as that one is."""

    family = "creation"
    makes: ClassVar[frozenset[str]] = ANY
    """The element types that it can be made of."""

    dtype: InputDType = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if self.dtype is None:
            call.expect_dtype(input, self.makes)
        else:
            call.expect_one_of("dtype", self.dtype, sorted(self.makes))
        return preserved(input, self.dtype)


LIKE = (example((2, 3, 4)), example(Tensor((2, 3), "int32")), example((2, 3), dtype="bool"))
LIKE_INEXACT = (example((2, 3, 4)), example(Tensor((2, 3), "int32"), dtype="float64"))


class ZerosLike(Like, type="zeros_like"):
    """Makes zeros in the shape of the input."""

    function = "torch.zeros_like"
    examples = LIKE


class OnesLike(Like, type="ones_like"):
    """Makes ones in the shape of the input."""

    function = "torch.ones_like"
    examples = LIKE

    def entries(self, inputs: tuple[Value, ...], first: Entries | None) -> Entries | None:  # noqa: ARG002
        made = self.dtype or (inputs[0].dtype if inputs and isinstance(inputs[0], Tensor) else None)
        return Entries.all(1) if made in WIDE else None


class EmptyLike(Like, type="empty_like"):
    """Makes a tensor in the shape of the input, of whatever memory holds."""

    function = "torch.empty_like"
    examples = LIKE


class RandLike(Like, type="rand_like"):
    """Makes random numbers from 0 to 1 in the shape of the input."""

    function = "torch.rand_like"
    makes = INEXACT
    examples = LIKE_INEXACT


class RandnLike(Like, type="randn_like"):
    """Makes random numbers with mean 0 and variance 1 in the shape of the input."""

    function = "torch.randn_like"
    makes = INEXACT
    examples = LIKE_INEXACT

    def forward(self, call: Call, input: Tensor) -> Tensor:
        # Where there is nothing to draw, PyTorch does not ask what it would be drawn for.
        return super().forward(call, input) if above(input.elements, 0) else preserved(input, self.dtype)


class RandIntLike(Like, type="randint_like"):
    """Makes random integers within limits in the shape of the input."""

    function = "torch.randint_like"
    makes = REAL
    examples = (example((2, 3, 4), high=10), example((2, 3), low=-3, high=10, dtype="int64"))

    low: Annotated[Int, Field(description="The lowest that is drawn.")] = 0
    high: Annotated[Int, Field(description="One more than the highest that is drawn.")]
    dtype: InputDType = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        expect_drawable(call, self.low, self.high, self.dtype or input.dtype)
        return super().forward(call, input)


class FilledLike(Operation):
    """What full_like and new_full share: a value for every place."""

    fill_value: Filling
    dtype: InputDType = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        made: Tensor = super().forward(call, input)
        expect_filling_fits(call, "fill_value", number(self.fill_value), made.dtype, made.elements)
        return made


class FullLike(FilledLike, Like, type="full_like"):
    """Makes a tensor in the shape of the input that holds one value everywhere."""

    function = "torch.full_like"
    examples = (
        example((2, 3, 4), fill_value=0.5),
        example(Tensor((2, 3), "int32"), fill_value=7),
        example((2, 3), fill_value="-inf", dtype="float64"),
    )


class New(Operation):
    """What makes a tensor of a given size, of the element type of another."""

    family = "creation"

    size: NewSize
    dtype: InputDType = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        dtype = self.dtype or input.dtype
        call.expect_at_least("size", self.size, 0)
        return Tensor(self.size, dtype)


NEW = (example((2, 3), size=[4]), example(Tensor((2, 3), "int64"), size=[2, 5], dtype="bool"))


class NewZeros(New, type="new_zeros"):
    """Makes zeros of the input's element type."""

    function = "torch.Tensor.new_zeros"
    examples = NEW


class NewOnes(New, type="new_ones"):
    """Makes ones of the input's element type."""

    function = "torch.Tensor.new_ones"
    examples = NEW


class NewEmpty(New, type="new_empty"):
    """Makes a tensor of the input's element type, of whatever memory holds."""

    function = "torch.Tensor.new_empty"
    examples = NEW


class NewFull(FilledLike, New, type="new_full"):
    """Makes a tensor of the input's element type that holds one value everywhere."""

    function = "torch.Tensor.new_full"
    examples = (
        example((2, 3), size=[4], fill_value=0.5),
        example(Tensor((2, 3), "int64"), size=[2, 5], fill_value=-1),
        example((2, 3), size=[2, 5], fill_value="-inf", dtype="float64"),
    )
