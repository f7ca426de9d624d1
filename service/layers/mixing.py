"""Three tensors, element by element: lerp, addcmul and addcdiv; and the bits of integers.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops; what they refuse beyond their
documentation is that of ``aten/src/ATen/native/Lerp.cpp`` and ``PointwiseOps.cpp``.
"""

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field

from service.core.dtypes import BOOLEAN, INEXACT, INTEGRAL, NUMERIC, DType
from service.core.tensors import Tensor
from service.layers.arguments import Number
from service.layers.arithmetic import Arithmetic
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise, Operand, computing, expect_number_fits


class Lerp(Elementwise, type="lerp"):
    """Moves from one tensor towards another by a weight."""

    function = "torch.lerp"
    takes = INEXACT

    weight: Annotated[
        Number | None, Field(description="A number in place of a third input.", examples=[0.5, 1, True, 1e39])
    ] = None

    examples = (
        example((8, 128), (8, 128), weight=0.5),
        example((4, 5), (5,), (4, 1)),
        example((4, 5), (5,), ()),
    )

    def forward(self, call: Call, input: Tensor, end: Tensor, weight: Tensor | None = None) -> Tensor:
        chosen = self.operand(call, "weight", weight)
        if not isinstance(chosen, Tensor):
            call.expect_dtype(input, self.takes)
            expect_number_fits(call, "weight", chosen, computing(input.dtype))
        alike = frozenset({input.dtype})
        call.expect_dtype(end, alike, input=1)
        if isinstance(chosen, Tensor):
            if chosen.rank:
                call.expect_dtype(chosen, alike, input=2)
            return self.combined(call, input, end, chosen)
        return self.combined(call, input, end)


class ProductScaled(Elementwise):
    """What addcmul and addcdiv share: two tensors are combined, scaled and added to a third."""

    takes = NUMERIC

    value: Annotated[
        Number,
        Field(description="What is multiplied with before it is added.", examples=[1, 2, 0.5, -1, True, 300, 1e39]),
    ] = 1

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs, named=named)
        # Without value, a deprecated overload would take the second of four tensors for it.
        return arguments, keywords if len(inputs) < 4 else keywords | {"value": self.value}

    def forward(self, call: Call, input: Tensor, tensor1: Tensor, tensor2: Tensor) -> Tensor:
        return self.combined(call, input, tensor1, tensor2)

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:  # noqa: ARG002
        expect_number_fits(call, "value", self.value, computing(common))


class AddCMul(ProductScaled, type="addcmul"):
    """Adds the product of two tensors to a third, element by element."""

    function = "torch.addcmul"
    examples = (
        example((4, 5), (4, 5), (4, 5), value=0.5),
        example((4, 5), (5,), (4, 1)),
        example(Tensor((4, 5), "int64"), Tensor((4, 5), "int64"), Tensor((4, 5), "int64"), value=2),
    )


class AddCDiv(ProductScaled, type="addcdiv"):
    """Adds the quotient of two tensors to a third, element by element."""

    function = "torch.addcdiv"
    takes = INEXACT
    examples = (
        example((4, 5), (4, 5), (4, 5), value=0.5),
        example((4, 5), (5,), (4, 1)),
        example((4, 5), Tensor((4, 5), "int64"), (4, 5)),
    )

    def forward(self, call: Call, input: Tensor, tensor1: Tensor, tensor2: Tensor) -> Tensor:
        if tensor1.dtype in BOOLEAN | INTEGRAL and tensor2.dtype in BOOLEAN | INTEGRAL:
            call.expect_dtype(tensor2, INEXACT, input=2)
        return super().forward(call, input, tensor1, tensor2)


class Bitwise(Arithmetic):
    """A function of the bits of each two integers."""

    takes = INTEGRAL | BOOLEAN

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:  # noqa: ARG002
        if any(isinstance(operand, float) for operand in operands):
            call.refuse(
                "other",
                f"{{layer}} is a {call.type} with other = {self.other}; only integers have bits to compare",
                argument="other",
                expected="an integer",
                received=self.other,
            )


BITS = (
    example(Tensor((4, 5), "int64"), Tensor((5,), "int32")),
    example(Tensor((4, 5), "uint8"), other=15),
    example(Tensor((4, 5), "bool"), Tensor((4, 5), "bool")),
)


class BitwiseAnd(Bitwise, type="bitwise_and"):
    """Keeps the bits that both integers have."""

    function = "torch.bitwise_and"
    examples = BITS


class BitwiseOr(Bitwise, type="bitwise_or"):
    """Keeps the bits that either integer has."""

    function = "torch.bitwise_or"
    examples = BITS


class BitwiseXor(Bitwise, type="bitwise_xor"):
    """Keeps the bits that one of two integers has."""

    function = "torch.bitwise_xor"
    examples = BITS


class Shift(Bitwise):
    """Bits moved to other places."""

    takes = INTEGRAL


class BitwiseLeftShift(Shift, type="bitwise_left_shift"):
    """Moves the bits of integers up, which doubles them each time."""

    function = "torch.bitwise_left_shift"
    examples = BITS[:2]


class BitwiseRightShift(Shift, type="bitwise_right_shift"):
    """Moves the bits of integers down, which halves them each time."""

    function = "torch.bitwise_right_shift"
    examples = BITS[:2]


class BitwiseNot(Elementwise, type="bitwise_not"):
    """Turns every bit of each integer over."""

    function = "torch.bitwise_not"
    takes = INTEGRAL | BOOLEAN
    examples = (example(Tensor((4, 5), "int64")), example(Tensor((4, 5), "bool")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.combined(call, input)
