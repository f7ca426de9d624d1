"""Operations on the corresponding elements of tensors: how operands broadcast, which type they are computed in, how
the result is laid out, and what PyTorch demands of numbers among them.

Sources: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc and
https://docs.pytorch.org/docs/stable/notes/broadcasting.html; numbers are converted as in ``c10/util/overflows.h``.
"""

from functools import reduce
from typing import Any, ClassVar

from service.core.broadcasting import likely_shape, result_type
from service.core.dtypes import ANY, INTEGRAL, DType, holds, with_number
from service.core.faults import WrongInputs
from service.core.layouts import NUMBER, converted, elementwise_layout, has_repeated, is_dense
from service.core.sizes import UNKNOWN, Size, differ
from service.core.tensors import Tensor, Value
from service.layers.arguments import number
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.operation import Operation

Operand = Tensor | int | float
"""A tensor, or a Python number in place of one."""


class Elementwise(Operation):
    """A function of the corresponding elements of its operands."""

    family = "elementwise"
    null_is_absent = True
    takes: ClassVar[frozenset[str]] = ANY
    """The element types it computes with, once its operands are converted to a common one."""

    def combined(self, call: Call, *operands: Operand) -> Tensor:
        """The result for these operands, the first of which is a tensor."""
        call.sees(PRESERVED)
        common = common_type(*operands)
        tensors = [operand for operand in operands if isinstance(operand, Tensor)]
        if common not in self.computes_with():
            index = next((i for i, tensor in enumerate(tensors) if tensor.dtype not in self.computes_with()), 0)
            call.expect_dtype(tensors[index], self.computes_with(), input=index)
        self.check_operands(call, common, *operands)
        shape = call.require_broadcast(*tensors)
        ordered = [converted(tensor, self.computes_in(common)) for tensor in self.iterated(*tensors)]
        numbers = (NUMBER,) * self.goes_by_strides(*operands)
        return elementwise_layout(shape, self.returns(common), *ordered, *numbers)

    def computes_with(self) -> frozenset[str]:
        """The common element types that are accepted with the arguments given."""
        return self.takes

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:
        """What else is refused about operands of this common type."""

    def goes_by_strides(self, *operands: Operand) -> bool:  # noqa: ARG002
        """Whether the result lies as the strides of the operands say even where they are contiguous as well: PyTorch
        makes a tensor of a number among them, or the result before it computes."""
        return False

    def iterated(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The tensors in the order in which PyTorch looks at their layouts."""
        return tensors

    def computes_in(self, common: DType) -> DType:
        """The element type that operands of this common type are converted to."""
        return common

    def returns(self, common: DType) -> DType:
        """The element type of the result."""
        return self.computes_in(common)

    def declares(self, *inputs: Value) -> Value:
        tensors = [value for value in inputs if isinstance(value, Tensor)]
        if len(tensors) < len(inputs) or not tensors:
            return UNKNOWN
        return Tensor(likely_shape(*(tensor.shape for tensor in tensors)), self.returns(common_type(*tensors)))

    def operand(self, call: Call, argument: str, tensor: Tensor | None) -> Operand:
        """What arrives for ``argument``, or the number that is given for it."""
        given: Any = getattr(self, argument)
        if (given is None) is (tensor is None):
            call.reject(
                WrongInputs(
                    code="missing-input" if tensor is None else "unexpected-input",
                    message=f"{{layer}} is a {call.type} and takes {argument} as an input or as a number; "
                    f"{'neither' if tensor is None else 'both'} is given",
                    argument=argument,
                    names=("input", argument),
                    required=1,
                )
            )
        return number(given) if tensor is None else tensor


def common_type(*operands: Operand) -> DType:
    """``torch.result_type`` of tensors and numbers."""
    tensors = [operand for operand in operands if isinstance(operand, Tensor)]
    numbers = [operand for operand in operands if not isinstance(operand, Tensor)]
    return reduce(with_number, numbers, result_type(*tensors) if tensors else "bool")


def computing(dtype: DType) -> DType:
    """The element type in which the CPU computes: 16-bit numbers are widened."""
    return "float32" if dtype in ("float16", "bfloat16") else dtype


def expect_number_fits(call: Call, argument: str, given: float, dtype: DType) -> None:
    """An argument can be converted to ``dtype``, in which it enters the computation."""
    if not holds(dtype, given):
        call.refuse(
            "overflow",
            f"{{layer}} is a {call.type} with {argument} = {given}, which overflows {dtype}",
            argument=argument,
            expected=f"a number within the range of {dtype}",
            received=given,
        )


def expect_filling_fits(call: Call, argument: str, given: float, dtype: DType, elements: Size) -> None:
    """A tensor can be filled with a number; into a single one of 16 bits PyTorch puts it without a look."""
    if computing(dtype) == dtype or differ(elements, 1):
        expect_number_fits(call, argument, given, dtype)


def expect_exponent(call: Call, argument: str, exponent: float, common: DType) -> None:
    """Elements of type ``common`` can be raised to a power; integers only to one that is not negative."""
    if common not in INTEGRAL:
        expect_exponent_fits(call, argument, exponent, common)
    elif exponent >= 0:
        expect_number_fits(call, argument, exponent, common)
    else:
        call.refuse(
            "negative-exponent",
            f"{{layer}} is a {call.type} with {argument} = {exponent}, and {common} is what is raised to that power; "
            "integers are not raised to negative integer powers",
            argument=argument,
            expected="at least 0, or a float",
            received=exponent,
        )


def expect_exponent_fits(call: Call, argument: str, exponent: float, common: DType) -> None:
    """Elements of type ``common`` can be raised to a power; one of 16-bit numbers has to be such a number itself."""
    if computing(common) != common:
        expect_number_fits(call, argument, exponent, common)


def expect_writable(call: Call, input: Tensor) -> None:
    """No two elements of a tensor that is overwritten share memory, as those of an expanded one do."""
    if has_repeated(input) and not is_dense(input):
        call.refuse(
            "shared-memory",
            f"{{layer}} is a {call.type} with inplace = true, but elements of {input}, which arrives expanded, share "
            "memory, so they cannot be overwritten",
            argument="inplace",
            expected=False,
            received=True,
        )
