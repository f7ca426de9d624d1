"""The frequencies that Fourier transforms return, and their order: fftfreq, rfftfreq, fftshift and ifftshift.

Source: https://docs.pytorch.org/docs/stable/fft.html#helper-functions
"""

from typing import Annotated, ClassVar

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.sizes import Size, below
from service.core.tensors import Tensor
from service.layers.arguments import Dims, Float, Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.creation import NewDType
from service.layers.operation import Operation
from service.layers.rearranging import rolled

ShiftedDims = Annotated[Dims | None, Field(description="The axes; all if left out.")]


class Shift(Operation):
    """What fftshift and ifftshift share."""

    family = "fft"
    backward: ClassVar[bool]

    dim: ShiftedDims = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if self.dim is None:
            axes = tuple(range(input.rank))
        else:
            axes = self.dim if isinstance(self.dim, tuple) else (self.dim,)
        if not axes:
            call.refuse("axes", f"{{layer}} is a {self.type} of no axis", argument="dim", expected="at least one axis")
        result = input
        for dim in axes:
            size = input.shape[call.require_dim("dim", dim, input.rank)] if input.rank else 1
            result = rolled(call, result, (size + 1) // 2 if self.backward else size // 2, dim)
        return result


class FFTShift(Shift, type="fftshift"):
    """Puts frequency zero into the middle."""

    function = "torch.fft.fftshift"
    backward = False
    examples = (example((4, 5)), example((4, 5, 6), dim=[1, 2]), example((4, 5), dim=-1))


class IFFTShift(Shift, type="ifftshift"):
    """Puts frequency zero from the middle back to the start."""

    function = "torch.fft.ifftshift"
    backward = True
    examples = FFTShift.examples


class Frequencies(Operation):
    """What fftfreq and rfftfreq share."""

    family = "fft"

    n: Annotated[Int, Field(description="How many points are transformed.")]
    d: Annotated[Float, Field(description="How far apart the points are.")] = 1.0
    dtype: NewDType = None

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING))

    def made(self, call: Call, count: Size) -> Tensor:
        """So many numbers."""
        if below(count, 0):
            call.expect_at_least("n", self.n, 0)
        return Tensor((count,), self.weight_dtype)


class FFTFreq(Frequencies, type="fftfreq"):
    """Makes the frequencies that fft returns."""

    function = "torch.fft.fftfreq"
    examples = (example(n=8), example(n=5, d=0.1, dtype="float64"))

    def forward(self, call: Call) -> Tensor:
        return self.made(call, self.n)


class RFFTFreq(Frequencies, type="rfftfreq"):
    """Makes the frequencies that rfft returns."""

    function = "torch.fft.rfftfreq"
    examples = (example(n=8), example(n=5, d=0.1, dtype="float64"))

    def forward(self, call: Call) -> Tensor:
        return self.made(call, int(self.n / 2) + 1)
