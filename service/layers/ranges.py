"""Numbers in a row: arange, linspace, logspace, randperm, and the windows that audio is cut out with.

Sources: https://docs.pytorch.org/docs/stable/torch.html#creation-ops, and ``aten/src/ATen/native/RangeUtils.h`` for
what arange refuses.
"""

import math
from collections.abc import Collection
from typing import Annotated, Any, Final

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, FLOATING, INEXACT, INTEGRAL, REAL, DType, holds
from service.core.entries import WIDE, Entries
from service.core.formulas import Formula
from service.core.sizes import LARGEST_INTEGER
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bool, Float, Int, Number
from service.layers.base import example
from service.layers.call import Call
from service.layers.creation import NewDType
from service.layers.elementwise import computing, expect_number_fits
from service.layers.notebook import Rejection
from service.layers.operation import Operation

LENGTH: Final = Formula("ceil((end − start) / step)")


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
        dtype = self.dtype_made()
        for argument in ("start", "end", "step"):
            if dtype in INTEGRAL:
                expect_number_fits(call, argument, getattr(self, argument), "int64")
            elif computing(dtype) != dtype and argument != "end":
                expect_number_fits(call, argument, getattr(self, argument), computing(dtype))
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

    def entries(self, inputs: tuple[Value, ...], first: Entries | None) -> Entries | None:  # noqa: ARG002
        start, end, step = self.bounds()
        if self.dtype_made() not in WIDE or not self.in_integers(start, end, step):
            return None
        counted = range(int(start), int(end), int(step))
        return Entries(min(counted[0], counted[-1]), max(counted[0], counted[-1])) if counted else None

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


class Spaced(Operation):
    """What linspace and logspace share."""

    family = "creation"

    start: Annotated[Number, Field(description="The first value.")]
    end: Annotated[Number, Field(description="The last value.")]
    steps: Annotated[Int, Field(description="How many values.")]
    dtype: NewDType = None

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("steps", self.steps, 0)
        dtype = self.weight_dtype
        if self.steps > 1:
            call.expect_one_of("dtype", dtype, sorted(ANY - BOOLEAN))
            for argument in ("start", "end"):
                expect_number_fits(call, argument, getattr(self, argument), dtype)
        elif self.steps == 1 and computing(dtype) == dtype and not holds(dtype, self.first_value()):
            call.refuse(
                "overflow",
                f"{{layer}} is a {self.type} that begins at {self.first_value()}, which overflows {dtype}",
                argument="start",
                expected=f"a start within the range of {dtype}",
                received=self.start,
            )

    def first_value(self) -> float:
        """Where it begins; a single value is this and no more."""
        return self.start

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor((self.steps,), self.weight_dtype)


class Linspace(Spaced, type="linspace"):
    """Makes values at even distances from a start to an end."""

    function = "torch.linspace"
    examples = (example(start=0, end=1, steps=5), example(start=-3, end=10, steps=4, dtype="int64"))


class Logspace(Spaced, type="logspace"):
    """Makes values whose logarithms are at even distances."""

    function = "torch.logspace"
    examples = (example(start=0, end=1, steps=5), example(start=-3, end=10, steps=4, base=2.0, dtype="float64"))

    base: Annotated[Float, Field(description="What is raised to the powers.")] = 10.0

    def first_value(self) -> float:
        try:
            power = self.base**self.start
        except (OverflowError, ZeroDivisionError):
            return math.inf
        return math.nan if isinstance(power, complex) else float(power)


class RandPerm(Operation, type="randperm"):
    """Makes the integers below a number in random order."""

    function = "torch.randperm"
    family = "creation"
    examples = (example(n=5), example(n=5, dtype="float32"))

    n: Annotated[Int, Field(description="How many.")]
    dtype: Annotated[DType | None, Field(description="Element type; int64 if left out.")] = None

    def check_arguments(self, call: Call) -> None:
        dtype = self.dtype or "int64"
        call.expect_at_least("n", self.n, 0)
        call.expect_one_of("dtype", dtype, sorted(REAL - BOOLEAN))
        expect_number_fits(call, "n", self.n - 1, dtype)

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor((self.n,), self.dtype or "int64")


class Window(Operation):
    """A weight for every place of a stretch of sound, small at both ends."""

    family = "creation"

    window_length: Annotated[Int, Field(description="How many values.")]
    periodic: Annotated[Bool, Field(description="Whether it continues into itself, as Fourier transforms expect.")] = (
        True
    )
    dtype: NewDType = None

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("window_length", self.window_length, 0)
        call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING if self.window_length > 1 else INEXACT))

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor((self.window_length,), self.weight_dtype)


WINDOWS: Final = (example(window_length=400), example(window_length=8, periodic=False, dtype="float64"))


class HannWindow(Window, type="hann_window"):
    """Makes a Hann window, a raised cosine."""

    function = "torch.hann_window"
    examples = WINDOWS


class HammingWindow(Window, type="hamming_window"):
    """Makes a Hamming window, a cosine that is raised further than Hann's."""

    function = "torch.hamming_window"
    examples = WINDOWS


class BlackmanWindow(Window, type="blackman_window"):
    """Makes a Blackman window, a sum of two cosines."""

    function = "torch.blackman_window"
    examples = WINDOWS


class BartlettWindow(Window, type="bartlett_window"):
    """Makes a Bartlett window, a triangle."""

    function = "torch.bartlett_window"
    examples = WINDOWS


class KaiserWindow(Window, type="kaiser_window"):
    """Makes a Kaiser window, whose width is chosen."""

    function = "torch.kaiser_window"
    examples = (*WINDOWS, example(window_length=8, beta=5.0))

    beta: Annotated[Float, Field(description="How narrow it is.")] = 12.0

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs, named=named)
        return arguments, {"periodic": self.periodic} | keywords  # No overload takes beta alone.
