"""Angles and hyperbolas, element by element.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops.
"""

from typing import Final

from service.core.dtypes import REAL
from service.layers.elementary import WITH_INTEGERS, Inexact
from service.layers.elementwise import Operand
from service.layers.operation import as_operation


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


class Asin(Inexact, type="asin"):
    """Takes the angle whose sine is each element."""

    function = "torch.asin"
    examples = WITH_INTEGERS


class Acos(Inexact, type="acos"):
    """Takes the angle whose cosine is each element."""

    function = "torch.acos"
    examples = WITH_INTEGERS


class Atan(Inexact, type="atan"):
    """Takes the angle whose tangent is each element."""

    function = "torch.atan"
    examples = WITH_INTEGERS


class Sinh(Inexact, type="sinh"):
    """Takes the hyperbolic sine of each element."""

    function = "torch.sinh"
    examples = WITH_INTEGERS


class Cosh(Inexact, type="cosh"):
    """Takes the hyperbolic cosine of each element."""

    function = "torch.cosh"
    examples = WITH_INTEGERS


class Asinh(Inexact, type="asinh"):
    """Takes the inverse hyperbolic sine of each element."""

    function = "torch.asinh"
    examples = WITH_INTEGERS


class Acosh(Inexact, type="acosh"):
    """Takes the inverse hyperbolic cosine of each element."""

    function = "torch.acosh"
    examples = WITH_INTEGERS


class Atanh(Inexact, type="atanh"):
    """Takes the inverse hyperbolic tangent of each element."""

    function = "torch.atanh"
    examples = WITH_INTEGERS


class Sinc(Inexact, type="sinc"):
    """Divides the sine of π times each element by π times the element."""

    function = "torch.sinc"
    examples = WITH_INTEGERS


class Deg2Rad(Inexact, type="deg2rad"):
    """Turns degrees into radians."""

    function = "torch.deg2rad"
    takes = REAL
    examples = WITH_INTEGERS

    def goes_by_strides(self, *operands: Operand) -> bool:  # noqa: ARG002
        return True


class Rad2Deg(Inexact, type="rad2deg"):
    """Turns radians into degrees."""

    function = "torch.rad2deg"
    takes = REAL
    examples = WITH_INTEGERS

    def goes_by_strides(self, *operands: Operand) -> bool:  # noqa: ARG002
        return True


ALIASES: Final = (
    as_operation(Asin, "torch.arcsin"),
    as_operation(Acos, "torch.arccos"),
    as_operation(Atan, "torch.arctan"),
    as_operation(Asinh, "torch.arcsinh"),
    as_operation(Acosh, "torch.arccosh"),
    as_operation(Atanh, "torch.arctanh"),
)
"""Further names; a class that nobody refers to would be forgotten."""
