"""Arithmetic on two tensors, or on a tensor and a number: sums, products, quotients.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops; what they refuse beyond their
documentation is that of ``aten/src/ATen/native/BinaryOps.cpp``.
"""

from collections.abc import Collection
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from service.core.dtypes import BOOLEAN, BYTES, FLOATING, INEXACT, INTEGRAL, REAL, DType, inexact
from service.core.entries import Entries
from service.core.tensors import Tensor, Value
from service.layers.arguments import Number, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise, Operand, expect_number_fits
from service.layers.operation import as_operation

Other = Annotated[
    Number | None, Field(description="A number in place of a second input.", examples=[0, 1, 2.5, -1, True, 2**40])
]
Alpha = Annotated[Number, Field(description="What the second operand is multiplied by first.")]


class Arithmetic(Elementwise):
    """A computation with a tensor and either a second one or a number."""

    other: Other = None

    def forward(self, call: Call, input: Tensor, other: Tensor | None = None) -> Tensor:
        return self.combined(call, input, self.operand(call, "other", other))

    def goes_by_strides(self, *operands: Operand) -> bool:
        return any(not isinstance(operand, Tensor) for operand in operands)


class Scaled(Arithmetic):
    """A sum or difference in which one operand is scaled."""

    alpha: Alpha = 1
    sign: ClassVar[int] = 0
    """1 where a number is added to every entry, -1 where it is taken from them."""

    def entries(self, inputs: tuple[Value, ...], first: Entries | None) -> Entries | None:
        other, alpha = self.other, self.alpha
        if not self.sign or len(inputs) != 1 or first is None or type(other) is not int or type(alpha) is not int:
            return None
        return first.moved(self.sign * alpha * other)

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs, named=named)
        if len(inputs) + ("other" in keywords) + ("other" in named) > 2:
            # Without alpha, a deprecated overload would take the second of three operands for it.
            keywords["alpha"] = self.alpha
        return arguments, keywords

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:  # noqa: ARG002
        if isinstance(self.alpha, bool) and common not in BOOLEAN:
            kind = "a boolean alpha is for boolean results"
        elif isinstance(self.alpha, float) and common not in INEXACT:
            kind = "alpha cannot be a float for integer results"
        else:
            expect_number_fits(call, "alpha", self.alpha, common)
            return
        call.refuse(
            "alpha",
            f"{{layer}} is a {call.type} with alpha = {self.alpha} and returns {common}; {kind}",
            argument="alpha",
            expected=f"a number of the kind of {common}",
            received=self.alpha,
        )


class Add(Scaled, type="add"):
    """Adds two tensors, or a number to a tensor, element by element."""

    function = "torch.add"
    sign = 1
    examples = (
        example((2, 3, 8, 8), (2, 3, 8, 8)),
        example((2, 3, 8, 8), (3, 1, 1), alpha=2),
        example((8, 128), other=0.5),
        example(Tensor((4, 5), "int64"), Tensor((), "float32")),
        example(Tensor((4, 5), "bool"), other=True, alpha=True),
    )


class Difference(Scaled):
    """A difference, which booleans do not have."""

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:
        super().check_operands(call, common, *operands)
        for index, operand in enumerate(operands):
            if isinstance(operand, Tensor):
                call.expect_dtype(operand, self.takes - BOOLEAN, input=index)
            elif isinstance(operand, bool):
                call.refuse(
                    "boolean",
                    f"{{layer}} is a {call.type} with other = {operand}; booleans are not subtracted",
                    argument="other",
                    expected="a number",
                    received=operand,
                )


class Sub(Difference, type="sub"):
    """Subtracts a tensor or a number from a tensor, element by element."""

    function = "torch.sub"
    sign = -1
    examples = (
        example((2, 3, 8, 8), (2, 3, 8, 8)),
        example((2, 3, 8, 8), (3, 1, 1), alpha=2),
        example((8, 128), other=0.5),
        example(Tensor((4, 5), "int64"), Tensor((), "float32")),
    )


class Rsub(Difference, type="rsub"):
    """Subtracts a tensor from another or from a number, element by element."""

    function = "torch.rsub"
    page = "generated/torch.sub.html"
    examples = (
        example((2, 3, 8, 8), (3, 1, 1)),
        example((8, 128), other=1, alpha=0.5),
        example(Tensor((4, 5), "int64"), other=1),
    )

    def iterated(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tensors[::-1]


class Mul(Arithmetic, type="mul"):
    """Multiplies two tensors, or a tensor by a number, element by element."""

    function = "torch.mul"
    examples = (
        example((2, 3, 8, 8), (2, 3, 1, 1)),
        example((8, 128), other=0.5),
        example(Tensor((4, 5), "int64"), other=2.5),
        example(Tensor((4, 5), "uint8"), Tensor((4, 5), "int8")),
    )


class Quotient(Arithmetic):
    """A division, which integers refuse by zero if the quotient is an integer."""

    takes = FLOATING | INTEGRAL
    typical_integer = 1

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:
        dividend, other = operands
        if isinstance(other, Tensor) or common not in INTEGRAL or not isinstance(dividend, Tensor):
            return
        if int(other) % 2 ** (8 * BYTES[common]) == 0 and dividend.elements != 0:
            call.refuse(
                "zero",
                f"{{layer}} is a {call.type} with other = {other}, which as {common} is zero; integers are not divided "
                "by zero",
                argument="other",
                expected="a number but zero",
                received=other,
            )


class Div(Quotient, type="div"):
    """Divides a tensor by another or by a number, element by element."""

    function = "torch.div"

    rounding_mode: Annotated[
        Str | None,
        Field(description="`trunc` or `floor` for integral quotients.", examples=["trunc", "floor"]),
    ] = None

    examples = (
        example((2, 3, 8, 8), (2, 3, 1, 1)),
        example((8, 128), other=2),
        example(Tensor((4, 5), "int64"), other=2),
        example(Tensor((4, 5), "int64"), Tensor((4, 5), "int32"), rounding_mode="floor"),
        example(Tensor((4, 5), "int64"), other=2, rounding_mode="trunc"),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("rounding_mode", self.rounding_mode, (None, "trunc", "floor"))

    def computes_with(self) -> frozenset[str]:
        return super().computes_with() if self.rounding_mode else Elementwise.takes

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:
        if self.rounding_mode:
            super().check_operands(call, common, *operands)

    def computes_in(self, common: DType) -> DType:
        return common if self.rounding_mode else inexact(common)


class FloorDivide(Quotient, type="floor_divide"):
    """Divides element by element and rounds down."""

    function = "torch.floor_divide"
    examples = (
        example(Tensor((4, 5), "int64"), other=2),
        example((4, 5), (5,)),
        example(Tensor((4, 5), "int64"), Tensor((4, 1), "int32")),
    )


class Fmod(Quotient, type="fmod"):
    """Takes the remainder of a division, with the sign of the dividend."""

    function = "torch.fmod"
    examples = (
        example(Tensor((4, 5), "int64"), other=2),
        example((4, 5), (5,)),
        example(Tensor((4, 5), "int64"), Tensor((4, 1), "int32")),
    )


class Remainder(Quotient, type="remainder"):
    """Takes the remainder of a division, with the sign of the divisor."""

    function = "torch.remainder"
    examples = (
        example(Tensor((4, 5), "int64"), other=2),
        example((4, 5), (5,)),
        example(Tensor((4, 5), "int64"), Tensor((4, 1), "int32")),
    )


class InexactArithmetic(Arithmetic):
    """A computation whose results are no integers."""

    takes = REAL

    def computes_in(self, common: DType) -> DType:
        return inexact(common)


class XLogY(InexactArithmetic, type="xlogy"):
    """Multiplies each element by the logarithm of another; 0 stays 0."""

    function = "torch.xlogy"
    examples = (example((4, 5), (5,)), example((8, 128), other=2), example(Tensor((4, 5), "int64"), other=2))


class CopySign(InexactArithmetic, type="copysign"):
    """Gives each element the sign of another."""

    function = "torch.copysign"
    examples = (example((4, 5), (5,)), example((8, 128), other=-1), example(Tensor((4, 5), "int64"), other=-1))


ALIASES: Final = (
    as_operation(Sub, "torch.subtract"),
    as_operation(Mul, "torch.multiply"),
    as_operation(Div, "torch.divide"),
)
"""Further names; a class that nobody refers to would be forgotten."""


class TrueDivide(Arithmetic, type="true_divide"):
    """Divides a tensor by another or by a number, element by element, never rounding."""

    function = "torch.true_divide"
    examples = (example((2, 3, 8, 8), (2, 3, 1, 1)), example(Tensor((4, 5), "int64"), other=2))

    def computes_in(self, common: DType) -> DType:
        return inexact(common)
