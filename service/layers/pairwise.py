"""Functions of the corresponding elements of two tensors: extremes, angles, logic.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops.
"""

from typing import Final

from service.core.dtypes import COMPLEX, FLOATING, INTEGRAL, REAL, DType, inexact
from service.core.tensors import Tensor
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise
from service.layers.operation import as_operation


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


class FMax(Pairwise, type="fmax"):
    """Takes the larger of each two elements, or the one that is a number."""

    function = "torch.fmax"
    takes = REAL
    examples = PAIRS


class FMin(Pairwise, type="fmin"):
    """Takes the smaller of each two elements, or the one that is a number."""

    function = "torch.fmin"
    takes = REAL
    examples = PAIRS


class InexactPairwise(Pairwise):
    """A function whose results are no integers."""

    takes = REAL

    def computes_in(self, common: DType) -> DType:
        return inexact(common)


class Atan2(InexactPairwise, type="atan2"):
    """Takes the angle of each point whose coordinates are given."""

    function = "torch.atan2"
    examples = PAIRS


FLOATS = (example((4, 5), (5,)), example(Tensor((4, 5), "float16"), (4, 5)))


class Hypot(Pairwise, type="hypot"):
    """Takes the length of the hypotenuse of each two elements."""

    function = "torch.hypot"
    takes = FLOATING
    examples = FLOATS


class LogAddExp(Pairwise, type="logaddexp"):
    """Takes the logarithm of the summed exponentials of each two elements."""

    function = "torch.logaddexp"
    takes = FLOATING | COMPLEX
    examples = FLOATS


class LogAddExp2(Pairwise, type="logaddexp2"):
    """Takes the logarithm to base 2 of the summed powers of 2 of each two elements."""

    function = "torch.logaddexp2"
    takes = FLOATING
    examples = FLOATS


class NextAfter(Pairwise, type="nextafter"):
    """Takes the number that follows each element on the way to another."""

    function = "torch.nextafter"
    takes = FLOATING
    examples = FLOATS


class Igamma(Pairwise, type="igamma"):
    """Takes the regularized lower incomplete gamma function of each two elements."""

    function = "torch.igamma"
    takes = FLOATING
    examples = FLOATS


class Igammac(Pairwise, type="igammac"):
    """Takes the regularized upper incomplete gamma function of each two elements."""

    function = "torch.igammac"
    takes = FLOATING
    examples = FLOATS


INTEGERS = (
    example(Tensor((4, 5), "int64"), Tensor((5,), "int64")),
    example(Tensor((4, 5), "int32"), Tensor((4, 1), "uint8")),
)


class GCD(Pairwise, type="gcd"):
    """Takes the greatest common divisor of each two elements."""

    function = "torch.gcd"
    takes = INTEGRAL
    examples = INTEGERS


class LCM(Pairwise, type="lcm"):
    """Takes the least common multiple of each two elements."""

    function = "torch.lcm"
    takes = INTEGRAL
    examples = INTEGERS


class Heaviside(Pairwise, type="heaviside"):
    """Replaces each element by 0, by 1, or where it is 0 by another."""

    function = "torch.heaviside"
    takes = REAL
    examples = (example((4, 5), (5,)), example(Tensor((4, 5), "int64"), Tensor((), "int64")))

    def forward(self, call: Call, input: Tensor, values: Tensor) -> Tensor:
        call.expect_dtype(values, frozenset({input.dtype}), input=1)
        return self.combined(call, input, values)


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


class LogicalXor(Logic, type="logical_xor"):
    """Tells where one element is true and the other is not."""

    function = "torch.logical_xor"
    examples = PAIRS


ALIASES: Final = (as_operation(Atan2, "torch.arctan2"),)
"""Further names; a class that nobody refers to would be forgotten."""
