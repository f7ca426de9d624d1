"""Powers of a tensor, or of a number, to a tensor or a number.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops; what they refuse beyond their
documentation is that of ``aten/src/ATen/native/Pow.cpp``.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import BOOLEAN, COMPLEX, DType
from service.core.tensors import Tensor
from service.layers.arguments import Number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise, Operand, expect_exponent


class Power(Elementwise):
    """What the powers share."""

    exponent: Annotated[
        Number | None,
        Field(description="A number in place of a second input.", examples=[0, 1, 2, 0.5, -1, 2.5, True, 300, 2**40]),
    ] = None

    def forward(self, call: Call, input: Tensor, exponent: Tensor | None = None) -> Tensor:
        return self.combined(call, input, self.operand(call, "exponent", exponent))


class Pow(Power, type="pow"):
    """Raises each element to a power."""

    function = "torch.pow"
    examples = (
        example((8, 128), exponent=2),
        example((4, 5), (5,)),
        example(Tensor((4, 5), "int64"), exponent=3),
        example(Tensor((4, 5), "int64"), exponent=0.5),
    )

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:
        base, exponent = operands
        if isinstance(exponent, Tensor):
            if common in BOOLEAN and isinstance(base, Tensor):
                call.expect_dtype(base, self.takes - BOOLEAN)
        else:
            expect_exponent(call, "exponent", exponent, common)


class FloatPower(Power, type="float_power"):
    """Raises each element to a power in double precision."""

    function = "torch.float_power"
    examples = (example((8, 128), exponent=2), example(Tensor((4, 5), "int64"), (5,)))

    def computes_in(self, common: DType) -> DType:
        return "complex128" if common in COMPLEX else "float64"
