"""What PyTorch demands of the operands of any elementwise computation beyond their shapes."""

from service.core.dtypes import DType, holds
from service.core.layouts import is_dense
from service.core.tensors import Tensor
from service.layers.call import Call


def expect_writable(call: Call, input: Tensor) -> None:
    """No two elements of a tensor that is overwritten share memory, as those of an expanded one do."""
    repeated = input.strides is not None and any(
        stride == 0 and size != 1 for size, stride in zip(input.shape, input.strides, strict=True)
    )
    if repeated and not is_dense(input):
        call.refuse(
            "shared-memory",
            f"{{layer}} is a {call.type} with inplace = true, but elements of {input}, which arrives expanded, share "
            "memory, so they cannot be overwritten",
            argument="inplace",
            expected=False,
            received=True,
        )


def expect_number_fits(call: Call, argument: str, number: float, dtype: DType) -> None:
    """An argument can be converted to ``dtype``, in which it enters the computation."""
    if not holds(dtype, number):
        call.refuse(
            "overflow",
            f"{{layer}} is a {call.type} with {argument} = {number}, which overflows {dtype}",
            argument=argument,
            expected=f"a number within the range of {dtype}",
            received=number,
        )


def computing(dtype: DType) -> DType:
    """The element type in which the CPU computes: 16-bit numbers are widened."""
    return "float32" if dtype in ("float16", "bfloat16") else dtype
