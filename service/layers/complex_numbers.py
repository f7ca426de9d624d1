"""Complex numbers, made of real ones and taken apart: complex, polar, real, imag, angle and views of their parts.

They are listed under https://docs.pytorch.org/docs/stable/complex_numbers.html.
"""

from typing import Final

from service.core.dtypes import ANY, COMPLEX, FLOATING, DType, inexact, real_part
from service.core.sizes import UNKNOWN, differ, indivisible
from service.core.tensors import Tensor, Value, strided, strides_of
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementary import Elementary
from service.layers.elementwise import Elementwise
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation

COMPLEX_NUMBERS: Final = (example(Tensor((4, 5), "complex64")), example(Tensor((4, 5), "complex128", (1, 4))))


def parts(input: Tensor) -> Tensor:
    """Real or imaginary parts, each two numbers from the next."""
    return strided(input.shape, real_part(input.dtype), tuple(2 * stride for stride in strides_of(input)))


def view_as_real(input: Tensor) -> Tensor:
    """Pairs of real numbers, which are a last axis."""
    steps = (*(2 * stride for stride in strides_of(input)), 1)
    return strided((*input.shape, 2), real_part(input.dtype), steps)


class Real(Operation, type="real"):
    """Looks at the real parts."""

    function = "torch.real"
    examples = (*COMPLEX_NUMBERS, example((4, 5)))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return parts(input) if input.dtype in COMPLEX else input


class Imag(Operation, type="imag"):
    """Looks at the imaginary parts."""

    function = "torch.imag"
    examples = COMPLEX_NUMBERS

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.expect_dtype(input, COMPLEX)
        return parts(input)


class ViewAsReal(Operation, type="view_as_real"):
    """Looks at complex numbers as pairs, which are a last axis."""

    function = "torch.view_as_real"
    examples = COMPLEX_NUMBERS

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, COMPLEX)
        return view_as_real(input)


class ViewAsComplex(Operation, type="view_as_complex"):
    """Looks at pairs, which are the last axis, as complex numbers."""

    function = "torch.view_as_complex"
    family = "complex"
    examples = (example((4, 5, 2)), example(Tensor((4, 5, 2), "float64", (2, 8, 1))))

    def forward(self, call: Call, input: Tensor) -> Value:
        call.require_axes(input, 1, "[…, 2]")
        call.expect_dtype(input, FLOATING - {"bfloat16"})
        *strides, last = strides_of(input)
        if differ(input.shape[-1], 2):
            call.disagree(
                f"{{layer}} is a view_as_complex and takes pairs along the last axis; {input} arrives",
                input,
                axis=input.rank - 1,
            )
        elif differ(last, 1) or any(
            size != 1 and indivisible(stride, 2) for size, stride in zip(input.shape, strides, strict=False)
        ):
            call.refuse(
                "layout",
                f"{{layer}} is a view_as_complex of {input}, whose pairs do not lie next to each other in memory; "
                "contiguous before it copies",
                received=list(strides_of(input)),
            )
        if call.faults:
            raise Rejection
        made = complex_of(input.dtype)
        return UNKNOWN if made is None else strided(input.shape[:-1], made, tuple(stride // 2 for stride in strides))


def complex_of(dtype: DType) -> DType | None:
    """The complex numbers that two of these make; none for those of 32 bits, which are not followed."""
    return {"float32": "complex64", "float64": "complex128"}.get(dtype)  # type: ignore[return-value]


class ComplexParts(Elementwise):
    """What complex and polar share: two real numbers of one type make a complex one."""

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Value:
        call.expect_dtype(other, frozenset({input.dtype}), input=1)
        made = self.combined(call, input, other)
        kind = complex_of(made.dtype)
        return UNKNOWN if kind is None else made._replace(dtype=kind)


class ComplexOf(ComplexParts, type="complex"):
    """Makes complex numbers of their real and imaginary parts."""

    function = "torch.complex"
    takes = FLOATING - {"bfloat16"}
    examples = (example((4, 5), (4, 5)), example(Tensor((4, 5), "float64"), Tensor((5,), "float64")))

    def forward(self, call: Call, real: Tensor, imag: Tensor) -> Value:
        return super().forward(call, real, imag)


class Polar(ComplexParts, type="polar"):
    """Makes complex numbers of their magnitudes and angles."""

    function = "torch.polar"
    takes = frozenset({"float32", "float64"})
    examples = ComplexOf.examples

    def forward(self, call: Call, abs: Tensor, angle: Tensor) -> Value:
        return super().forward(call, abs, angle)


class Angle(Elementary, type="angle"):
    """Takes the angle of each complex number."""

    function = "torch.angle"
    takes = ANY
    examples = (*COMPLEX_NUMBERS, example((4, 5)), example(Tensor((4, 5), "int64")))

    def returns(self, common: DType) -> DType:
        return real_part(inexact(common))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        angles = super().forward(call, input)
        return angles.reshaped(*angles.shape) if input.dtype in COMPLEX else angles


class Conj(Operation, type="conj"):
    """Looks at complex numbers with the sign of their imaginary parts turned round."""

    function = "torch.conj"
    examples = (*COMPLEX_NUMBERS, example((4, 5)))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return input._replace() if input.dtype in COMPLEX else input
