"""Functions of one number applied to each element: exp, log, sqrt, rounding, tests.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import BOOLEAN, FLOATING, INTEGRAL, NUMERIC, REAL, DType, inexact, real_part
from service.core.tensors import Tensor
from service.layers.arguments import Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise

FLOATS: Final = (example((8, 128)), example((2, 3, 8, 8)))
WITH_INTEGERS: Final = (*FLOATS, example(Tensor((4, 5), "int64")))


class Elementary(Elementwise):
    """A function of one number."""

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.combined(call, input)


class Inexact(Elementary):
    """A function whose results are no integers."""

    def computes_in(self, common: DType) -> DType:
        return inexact(common)


class Predicate(Elementary):
    """A yes or no about each element."""

    def returns(self, common: DType) -> DType:  # noqa: ARG002
        return "bool"


class Neg(Elementary, type="neg"):
    """Changes the sign of each element."""

    function = "torch.neg"
    takes = NUMERIC
    examples = WITH_INTEGERS


class Abs(Elementary, type="abs"):
    """Takes the magnitude of each element."""

    function = "torch.abs"
    takes = NUMERIC
    examples = (*WITH_INTEGERS, example(Tensor((4, 5), "complex64")))

    def returns(self, common: DType) -> DType:
        return real_part(common)


class Exp(Inexact, type="exp"):
    """Raises e to the power of each element."""

    function = "torch.exp"
    examples = WITH_INTEGERS


class Expm1(Inexact, type="expm1"):
    """Raises e to the power of each element and subtracts 1."""

    function = "torch.expm1"
    examples = WITH_INTEGERS


class Log(Inexact, type="log"):
    """Takes the natural logarithm of each element."""

    function = "torch.log"
    examples = WITH_INTEGERS


class Log1p(Inexact, type="log1p"):
    """Takes the natural logarithm of 1 plus each element."""

    function = "torch.log1p"
    examples = WITH_INTEGERS


class Log2(Inexact, type="log2"):
    """Takes the logarithm to base 2 of each element."""

    function = "torch.log2"
    examples = WITH_INTEGERS


class Sqrt(Inexact, type="sqrt"):
    """Takes the square root of each element."""

    function = "torch.sqrt"
    examples = WITH_INTEGERS


class Rsqrt(Inexact, type="rsqrt"):
    """Takes the reciprocal of the square root of each element."""

    function = "torch.rsqrt"
    examples = WITH_INTEGERS


class Square(Elementary, type="square"):
    """Multiplies each element by itself."""

    function = "torch.square"
    examples = (*WITH_INTEGERS, example(Tensor((4, 5), "bool")))

    def computes_in(self, common: DType) -> DType:
        return "int64" if common in BOOLEAN else common


class Reciprocal(Inexact, type="reciprocal"):
    """Divides 1 by each element."""

    function = "torch.reciprocal"
    examples = WITH_INTEGERS


class Sin(Inexact, type="sin"):
    """Takes the sine of each element."""

    function = "torch.sin"
    examples = WITH_INTEGERS


class Cos(Inexact, type="cos"):
    """Takes the cosine of each element."""

    function = "torch.cos"
    examples = WITH_INTEGERS


class Tan(Inexact, type="tan"):
    """Takes the tangent of each element."""

    function = "torch.tan"
    examples = WITH_INTEGERS


class Erf(Inexact, type="erf"):
    """Takes the error function of each element."""

    function = "torch.erf"
    takes = REAL
    examples = WITH_INTEGERS


class Floor(Elementary, type="floor"):
    """Rounds each element down."""

    function = "torch.floor"
    takes = FLOATING | INTEGRAL
    examples = WITH_INTEGERS


class Ceil(Elementary, type="ceil"):
    """Rounds each element up."""

    function = "torch.ceil"
    takes = FLOATING | INTEGRAL
    examples = WITH_INTEGERS


class Round(Elementary, type="round"):
    """Rounds each element to the nearest integer, or to decimals."""

    function = "torch.round"

    decimals: Annotated[Int, Field(description="How many decimals are kept; floats only if it is given.")] = 0

    examples = (*WITH_INTEGERS, example((4, 5), decimals=2))

    def computes_with(self) -> frozenset[str]:
        return FLOATING if "decimals" in self.model_fields_set else FLOATING | INTEGRAL


class Sign(Elementary, type="sign"):
    """Replaces each element by -1, 0 or 1."""

    function = "torch.sign"
    takes = REAL
    examples = WITH_INTEGERS


class IsNaN(Predicate, type="isnan"):
    """Tells which elements are not a number."""

    function = "torch.isnan"
    examples = WITH_INTEGERS


class LogicalNot(Predicate, type="logical_not"):
    """Tells which elements are zero."""

    function = "torch.logical_not"
    examples = (*WITH_INTEGERS, example(Tensor((4, 5), "bool")))
