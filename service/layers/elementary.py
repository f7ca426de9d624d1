"""Functions of one number applied to each element: exp, log, sqrt and their like.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import BOOLEAN, COMPLEX, FLOATING, NUMERIC, REAL, DType, inexact, real_part
from service.core.tensors import Tensor
from service.layers.arguments import Float
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise, Operand, common_type, expect_number_fits
from service.layers.notebook import PRESERVED
from service.layers.operation import as_operation

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


class Positive(Elementary, type="positive"):
    """Returns numbers as they are."""

    function = "torch.positive"
    takes = NUMERIC
    examples = WITH_INTEGERS

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.expect_dtype(input, self.takes)
        return input


class Abs(Elementary, type="abs"):
    """Takes the magnitude of each element."""

    function = "torch.abs"
    takes = NUMERIC
    examples = (*WITH_INTEGERS, example(Tensor((4, 5), "complex64")))

    def returns(self, common: DType) -> DType:
        return real_part(common)

    def goes_by_strides(self, *operands: Operand) -> bool:
        return common_type(*operands) in COMPLEX


class Exp(Inexact, type="exp"):
    """Raises e to the power of each element."""

    function = "torch.exp"
    examples = WITH_INTEGERS


class Expm1(Inexact, type="expm1"):
    """Raises e to the power of each element and subtracts 1."""

    function = "torch.expm1"
    examples = WITH_INTEGERS


class Exp2(Inexact, type="exp2"):
    """Raises 2 to the power of each element."""

    function = "torch.exp2"
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


class Log10(Inexact, type="log10"):
    """Takes the logarithm to base 10 of each element."""

    function = "torch.log10"
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


class Erf(Inexact, type="erf"):
    """Takes the error function of each element."""

    function = "torch.erf"
    takes = REAL
    examples = WITH_INTEGERS


class Erfc(Inexact, type="erfc"):
    """Takes 1 minus the error function of each element."""

    function = "torch.erfc"
    takes = REAL
    examples = WITH_INTEGERS


class Erfinv(Inexact, type="erfinv"):
    """Takes the inverse of the error function of each element."""

    function = "torch.erfinv"
    takes = REAL
    examples = WITH_INTEGERS


class Logit(Inexact, type="logit"):
    """Takes the logarithm of the odds of each probability: the inverse of the sigmoid."""

    function = "torch.logit"
    takes = REAL

    eps: Annotated[Float | None, Field(description="Probabilities are kept this far from 0 and 1.")] = None

    examples = (*WITH_INTEGERS, example((4, 5), eps=1e-6))

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:  # noqa: ARG002
        if self.eps is not None:
            expect_number_fits(call, "eps", self.eps, inexact(common))


class Lgamma(Inexact, type="lgamma"):
    """Takes the logarithm of the gamma function of each element."""

    function = "torch.lgamma"
    takes = REAL
    examples = WITH_INTEGERS


class Digamma(Inexact, type="digamma"):
    """Takes the derivative of lgamma at each element."""

    function = "torch.digamma"
    takes = REAL
    examples = WITH_INTEGERS


class Sign(Elementary, type="sign"):
    """Replaces each element by -1, 0 or 1."""

    function = "torch.sign"
    takes = REAL
    examples = WITH_INTEGERS


class Sgn(Elementary, type="sgn"):
    """Divides each element by its magnitude; 0 stays 0."""

    function = "torch.sgn"
    examples = (*WITH_INTEGERS, example(Tensor((4, 5), "complex64")))


class Frexp(Elementary, type="frexp"):
    """Takes each element apart into a number from 0.5 to 1 and an exponent of 2: a tuple."""

    function = "torch.frexp"
    takes = FLOATING
    examples = FLOATS

    def forward(self, call: Call, input: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        mantissa = self.combined(call, input)
        return mantissa, mantissa._replace(dtype="int32")


ALIASES: Final = (as_operation(Neg, "torch.negative"), as_operation(Abs, "torch.absolute"))
"""Further names; a class that nobody refers to would be forgotten."""
