"""Questions about each element: isnan, isfinite and their like.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#comparison-ops.
"""

from service.core.dtypes import INEXACT, REAL
from service.core.tensors import Tensor
from service.layers.base import example
from service.layers.elementary import WITH_INTEGERS, Predicate
from service.layers.elementwise import Operand, common_type


class IsNaN(Predicate, type="isnan"):
    """Tells which elements are not a number."""

    function = "torch.isnan"
    examples = WITH_INTEGERS


class IsInf(Predicate, type="isinf"):
    """Tells which elements are infinite."""

    function = "torch.isinf"
    examples = WITH_INTEGERS

    def goes_by_strides(self, *operands: Operand) -> bool:
        return common_type(*operands) not in INEXACT


class IsFinite(Predicate, type="isfinite"):
    """Tells which elements are numbers and finite."""

    function = "torch.isfinite"
    examples = WITH_INTEGERS

    def goes_by_strides(self, *operands: Operand) -> bool:
        return common_type(*operands) not in INEXACT


class IsPosInf(Predicate, type="isposinf"):
    """Tells which elements are infinity."""

    function = "torch.isposinf"
    takes = REAL
    examples = WITH_INTEGERS


class IsNegInf(Predicate, type="isneginf"):
    """Tells which elements are minus infinity."""

    function = "torch.isneginf"
    takes = REAL
    examples = WITH_INTEGERS


class IsReal(Predicate, type="isreal"):
    """Tells which elements have no imaginary part."""

    function = "torch.isreal"
    examples = WITH_INTEGERS

    def goes_by_strides(self, *operands: Operand) -> bool:  # noqa: ARG002
        return True


class SignBit(Predicate, type="signbit"):
    """Tells which elements have a minus sign."""

    function = "torch.signbit"
    takes = REAL
    examples = WITH_INTEGERS


class LogicalNot(Predicate, type="logical_not"):
    """Tells which elements are zero."""

    function = "torch.logical_not"
    examples = (*WITH_INTEGERS, example(Tensor((4, 5), "bool")))
