"""Comparisons, extremes of two tensors, and logic.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#comparison-ops.
"""

from service.core.dtypes import REAL, DType, inexact
from service.core.tensors import Tensor
from service.layers.arithmetic import Arithmetic
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise

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


class Pairwise(Elementwise):
    """A function of two tensors, neither of which can be a number."""

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        return self.combined(call, input, other)


PAIRS = (
    example((4, 5), (5,)),
    example((2, 3, 8, 8), (2, 3, 8, 8)),
    example(Tensor((4, 5), "int64"), Tensor((4, 1), "float16")),
    example(Tensor((4, 5), "bool"), Tensor((), "int32")),
)


class Maximum(Pairwise, type="maximum"):
    """Takes the larger of each two elements."""

    function = "torch.maximum"
    takes = REAL
    examples = PAIRS


class Minimum(Pairwise, type="minimum"):
    """Takes the smaller of each two elements."""

    function = "torch.minimum"
    takes = REAL
    examples = PAIRS


class Atan2(Pairwise, type="atan2"):
    """Takes the angle of each point whose coordinates are given."""

    function = "torch.atan2"
    takes = REAL
    examples = PAIRS

    def computes_in(self, common: DType) -> DType:
        return inexact(common)


class Logic(Pairwise):
    """A connective of truth values, for which any number but zero is true."""

    def returns(self, common: DType) -> DType:  # noqa: ARG002
        return "bool"


class LogicalAnd(Logic, type="logical_and"):
    """Tells where both elements are true."""

    function = "torch.logical_and"
    examples = PAIRS


class LogicalOr(Logic, type="logical_or"):
    """Tells where either element is true."""

    function = "torch.logical_or"
    examples = PAIRS
