"""Tensors that come out of no other: parameters and buffers of the model itself, zeros, ones, full and arange.

Sources: https://docs.pytorch.org/docs/stable/torch.html#creation-ops,
https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html and
``aten/src/ATen/native/RangeUtils.h``.
"""

import math
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from service.core.dtypes import BOOLEAN, BYTES, INEXACT, REAL, DType, with_number
from service.core.formulas import Formula
from service.core.layouts import preserved
from service.core.sizes import UNKNOWN, Shape, above, product, written
from service.core.tensors import Tensor, Value
from service.layers.arguments import LARGEST_INTEGER, FillValue, Ints, Number, number
from service.layers.base import example
from service.layers.call import Call, Rejection
from service.layers.elementwise import expect_number_fits
from service.layers.operation import Operation
from service.layers.weights import Weight, Weights

LENGTH: Final = Formula("ceil((end − start) / step)")

NewDType = Annotated[DType | None, Field(description="Element type; float32 if left out.")]


def expect_allocatable(call: Call, argument: str, shape: Shape, dtype: DType) -> None:
    """Sizes are not negative, and the bytes can be counted in 64 bits."""
    call.expect_at_least(argument, shape, 0)
    if above(product(shape) * BYTES[dtype], LARGEST_INTEGER):
        call.refuse(
            "overflow",
            f"{{layer}} is a {call.type} with {argument} = {written(shape)}, more than can be counted in 64 bits",
            argument=argument,
            expected=f"at most {LARGEST_INTEGER} bytes",
            received=list(shape),
        )


class Owned(Operation):
    """A tensor that the model owns."""

    function = "torch.empty"
    is_owned = True
    family = "owned"
    is_buffer: ClassVar[bool]

    shape: Annotated[Ints, Field(description="Its shape.")]
    dtype: NewDType = None

    def called_with(self, *inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return inputs, {"size": self.shape, "dtype": self.weight_dtype, "requires_grad": not self.is_buffer}

    def check_arguments(self, call: Call) -> None:
        expect_allocatable(call, "shape", self.shape, self.weight_dtype)

    def weights(self) -> Weights:
        yield Weight("", self.shape, (), self.weight_dtype, trainable=not self.is_buffer, buffer=self.is_buffer)

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor(self.shape, self.weight_dtype)

    def declares(self, *_: Value) -> Value:
        return Tensor(self.shape, self.weight_dtype) if all(size >= 0 for size in self.shape) else UNKNOWN


class Parameter(Owned, type="parameter"):
    """Is a learned tensor, such as a class token or the embedding of positions."""

    is_buffer = False
    examples = (example(shape=[1, 197, 768]), example(shape=[10], dtype="float64"))

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_one_of("dtype", self.weight_dtype, sorted(INEXACT))


class Buffer(Owned, type="buffer"):
    """Is a fixed tensor that is stored with the model but not learned."""

    is_buffer = True
    examples = (example(shape=[1, 64, 512]), example(shape=[8, 8], dtype="bool"))


class Filled(Operation):
    """What zeros, ones and full share."""

    family = "creation"

    size: Annotated[Ints, Field(description="The shape.")]

    def dtype_made(self) -> DType:
        """The element type of the result."""
        return self.weight_dtype

    def check_arguments(self, call: Call) -> None:
        expect_allocatable(call, "size", self.size, self.dtype_made())

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor(self.size, self.dtype_made())


class Zeros(Filled, type="zeros"):
    """Makes a tensor of zeros."""

    function = "torch.zeros"
    examples = (example(size=[2, 3]), example(size=[], dtype="int64"))

    dtype: NewDType = None


class Ones(Filled, type="ones"):
    """Makes a tensor of ones."""

    function = "torch.ones"
    examples = (example(size=[2, 3]), example(size=[4], dtype="bool"))

    dtype: NewDType = None


class Full(Filled, type="full"):
    """Makes a tensor that holds one value everywhere."""

    function = "torch.full"
    examples = (
        example(size=[2, 3], fill_value=0.5),
        example(size=[2, 3], fill_value=7),
        example(size=[4], fill_value=True),
        example(size=[4, 4], fill_value="-inf"),
        example(size=[4], fill_value=-200, dtype="uint8"),
    )

    fill_value: Annotated[FillValue, Field(description="What it holds: a number, `inf` or `-inf`.")]
    dtype: Annotated[DType | None, Field(description="Element type; if left out, that of fill_value.")] = None

    def called_with(self, *inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs)
        return arguments, keywords | {"fill_value": number(self.fill_value)}

    def dtype_made(self) -> DType:
        return self.dtype or with_number("bool", number(self.fill_value))

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        expect_number_fits(call, "fill_value", number(self.fill_value), self.dtype_made())


class Arange(Operation, type="arange"):
    """Counts from a start, by a step, to just before an end."""

    function = "torch.arange"
    family = "arange"
    examples = (
        example(end=5),
        example(start=1, end=9, step=3),
        example(start=5, end=-5, step=-2),
        example(start=0, end=1, step=0.1),
        example(end=7.5),
        example(start=-2.5, end=7.9, step=1.5, dtype="int64"),
        example(start=1, end=7, step=2, dtype="int32"),
    )

    start: Annotated[Number, Field(description="The first value.")] = 0
    end: Annotated[Number, Field(description="Where to stop; this value is left out.")]
    step: Annotated[Number, Field(description="From one value to the next.")] = 1
    dtype: Annotated[
        DType | None, Field(description="Element type; if left out, int64 for whole numbers and else float32.")
    ] = None

    def dtype_made(self) -> DType:
        """The element type of the result."""
        return self.dtype or ("int64" if self.in_integers(self.start, self.end, self.step) else self.weight_dtype)

    @staticmethod
    def in_integers(*numbers: float) -> bool:
        """Whether all of them are whole by their type."""
        return all(isinstance(value, int) for value in numbers)

    def bounds(self) -> tuple[float, float, float]:
        """Start, end and step as they are counted with, which for int64 is in whole numbers."""
        if self.dtype_made() != "int64":
            return self.start, self.end, self.step
        return int(self.start), int(self.end), int(self.step)

    def check_arguments(self, call: Call) -> None:
        if "step" in self.model_fields_set and "start" not in self.model_fields_set:
            call.refuse(
                "step",
                "{layer} is an arange with step but without start; PyTorch takes step only along with start",
                argument="start",
                expected="start as well",
            )
        call.expect_one_of("dtype", self.dtype, (None, *sorted(REAL - BOOLEAN)))
        if self.dtype_made() == "int64":
            for argument in ("start", "end", "step"):
                expect_number_fits(call, argument, getattr(self, argument), "int64")
        if not call.faults:
            self.check_direction(call)

    def check_direction(self, call: Call) -> None:
        """The step is not zero and leads from the start to the end."""
        if self.bounds()[2] == 0:
            call.refuse(
                "zero-step",
                f"{{layer}} is an arange with step = {self.step}"
                f"{', which as int64 is 0' if self.step else ''}; it would never reach its end",
                argument="step",
                expected="not 0",
                received=self.step,
            )
        elif (self.end - self.start) * math.copysign(1, self.step) < 0:
            call.refuse(
                "direction",
                f"{{layer}} is an arange from {self.start} to {self.end} with step = {self.step}, "
                "which leads the other way",
                argument="step",
                expected=-self.step,
                received=self.step,
            )

    def forward(self, call: Call) -> Tensor:
        start, end, step = self.bounds()
        if self.in_integers(start, end, step):
            return Tensor((call.size(0, LENGTH, start=start, end=end, step=step),), self.dtype_made())
        length = (float(end) - float(start)) / float(step)
        if length > LARGEST_INTEGER:
            call.refuse(
                "overflow",
                f"{{layer}} is an arange of {length:g} values, more than can be counted in 64 bits",
                argument="step",
                received=self.step,
            )
            raise Rejection
        return Tensor((math.ceil(length),), self.dtype_made())


class Like(Operation):
    """What zeros_like and ones_like share."""

    dtype: Annotated[DType | None, Field(description="Element type; if left out, the input's.")] = None

    def forward(self, call: Call, input: Tensor) -> Tensor:  # noqa: ARG002
        return preserved(input, self.dtype)


class ZerosLike(Like, type="zeros_like"):
    """Makes zeros in the shape of the input."""

    function = "torch.zeros_like"
    examples = (example((2, 3, 4)), example(Tensor((2, 3), "int32")), example((2, 3), dtype="bool"))


class OnesLike(Like, type="ones_like"):
    """Makes ones in the shape of the input."""

    function = "torch.ones_like"
    examples = (example((2, 3, 4)), example(Tensor((2, 3), "int32")), example((2, 3), dtype="bool"))
