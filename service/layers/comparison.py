"""Comparisons of two tensors, or of a tensor and a number, element by element.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#comparison-ops.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import REAL, DType
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Float
from service.layers.arithmetic import Arithmetic
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise
from service.layers.operation import as_operation

COMPARED = (
    example((4, 5), (5,)),
    example((8, 128), other=0.5),
    example(Tensor((4, 5), "int64"), other=3),
    example(Tensor((4, 5), "int64"), Tensor((4, 1), "float16")),
)


class Comparison(Arithmetic):
    """A yes or no about each pair of elements."""

    def returns(self, common: DType) -> DType:  # noqa: ARG002
        return "bool"


class Ordering(Comparison):
    """A comparison by size, which complex numbers do not have."""

    takes = REAL


class Eq(Comparison, type="eq"):
    """Tells which elements are equal."""

    function = "torch.eq"
    examples = COMPARED


class Ne(Comparison, type="ne"):
    """Tells which elements differ."""

    function = "torch.ne"
    examples = COMPARED


class Lt(Ordering, type="lt"):
    """Tells which elements are less than those of another tensor or a number."""

    function = "torch.lt"
    examples = COMPARED


class Le(Ordering, type="le"):
    """Tells which elements are at most those of another tensor or a number."""

    function = "torch.le"
    examples = COMPARED


class Gt(Ordering, type="gt"):
    """Tells which elements are greater than those of another tensor or a number."""

    function = "torch.gt"
    examples = COMPARED


class Ge(Ordering, type="ge"):
    """Tells which elements are at least those of another tensor or a number."""

    function = "torch.ge"
    examples = COMPARED


class IsClose(Elementwise, type="isclose"):
    """Tells which elements are equal up to a tolerance."""

    function = "torch.isclose"
    examples = (
        example((4, 5), (5,)),
        example(Tensor((4, 5), "int64"), Tensor((4, 1), "int64"), rtol=0.0, atol=1.0),
        example((4, 5), (4, 5), equal_nan=True),
    )

    rtol: Annotated[Float, Field(description="How far apart they may be, as a part of the second one.")] = 1e-5
    atol: Annotated[Float, Field(description="How far apart they may be beyond that.")] = 1e-8
    equal_nan: Annotated[Bool, Field(description="Whether two that are not numbers are equal.")] = False

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("rtol", self.rtol, 0)
        call.expect_at_least("atol", self.atol, 0)

    def returns(self, common: DType) -> DType:  # noqa: ARG002
        return "bool"

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        call.expect_dtype(other, frozenset({input.dtype}), input=1)
        return self.combined(call, input, other)


ALIASES: Final = (
    as_operation(Gt, "torch.greater"),
    as_operation(Ge, "torch.greater_equal"),
    as_operation(Lt, "torch.less"),
    as_operation(Le, "torch.less_equal"),
    as_operation(Ne, "torch.not_equal"),
)
"""Further names; a class that nobody refers to would be forgotten."""
