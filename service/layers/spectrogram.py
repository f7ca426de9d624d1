"""Short-time Fourier transforms of sound, and back: stft and istft.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.stft.html and
https://docs.pytorch.org/docs/stable/generated/torch.istft.html; what they refuse is that of
``aten/src/ATen/native/SpectralOps.cpp``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import COMPLEX, FLOATING, DType, real_part
from service.core.formulas import Formula
from service.core.layouts import elementwise_layout
from service.core.sizes import Size, above, below, differ, largest, smallest
from service.core.tensors import Tensor, strided, strides_of
from service.core.views import permuted, selected, unsqueezed
from service.layers.arguments import Bool, Int, Str
from service.layers.base import example
from service.layers.borders import MODES, padded
from service.layers.call import Call
from service.layers.complex_numbers import view_as_real
from service.layers.fourier import NOT_TRANSFORMED, complex_of, returned
from service.layers.notebook import Rejection
from service.layers.operation import Operation

FRAMES: Final = Formula("floor((input − n_fft) / hop_length) + 1")
FREQUENCIES: Final = Formula("floor(n_fft / 2) + 1")
ALL_FREQUENCIES: Final = Formula("n_fft")
SOUND: Final = Formula("n_fft + hop_length·(frames − 1) − cut")

HopLength = Annotated[
    Int | None, Field(description="How far one stretch is from the next; a quarter of n_fft if left out.")
]
WinLength = Annotated[Int | None, Field(description="How long the window is; as long as a stretch if left out.")]
Center = Annotated[Bool, Field(description="Whether sound is padded, so that stretches are centred on their times.")]


class ShortTime(Operation):
    """What both directions share: stretches of sound, each seen through a window."""

    typical_integer = 1

    family = "stft"

    n_fft: Annotated[Int, Field(description="How many points each stretch of sound has.")]
    hop_length: HopLength = None
    win_length: WinLength = None
    center: Center = True
    normalized: Annotated[Bool, Field(description="Whether to divide by the square root of n_fft.")] = False
    onesided: Annotated[
        Bool | None, Field(description="Whether half of the frequencies stand for all, as those of what is real do.")
    ] = None

    @property
    def hop(self) -> int:
        """How far one stretch is from the next."""
        return int(self.n_fft / 4) if self.hop_length is None else self.hop_length

    @property
    def window_length(self) -> int:
        """How long the window is."""
        return self.n_fft if self.win_length is None else self.win_length

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("n_fft", self.n_fft, 1)
        if not call.faults:
            call.expect_at_least("hop_length", self.hop, 1)
            call.expect_between("win_length", self.window_length, 1, self.n_fft)

    def expect_window(self, call: Call, window: Tensor | None) -> None:
        """The window has a weight for each of its places."""
        if window is not None and (window.rank != 1 or differ(window.shape[0], self.window_length)):
            call.disagree(
                f"{{layer}} is a {self.type} and takes a window of shape [{self.window_length}]; {window} arrives",
                window,
            )


class STFT(ShortTime, type="stft"):
    """Transforms sound, stretch by stretch, into frequencies over time."""

    function = "torch.stft"

    pad_mode: Annotated[
        Str,
        Field(description="How sound is continued: `reflect`, `constant`, `replicate` or `circular`.", examples=MODES),
    ] = "reflect"
    return_complex: Annotated[
        Bool | None, Field(description="Whether to return complex numbers rather than pairs of real ones.")
    ] = None

    examples = (
        example((2, 1600), n_fft=400, hop_length=160, return_complex=True, keywords={"window": Tensor((400,))}),
        example((100,), n_fft=16, return_complex=True),
        example((2, 100), n_fft=16, center=False, return_complex=False, onesided=False),
        example((2, 100), n_fft=16, hop_length=4, win_length=12, return_complex=True, pad_mode="constant"),
        example(Tensor((2, 100), "complex64"), n_fft=16),
    )

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        if self.center:
            call.expect_one_of("pad_mode", self.pad_mode, MODES)

    def forward(self, call: Call, input: Tensor, *, window: Tensor | None = None) -> Tensor:
        call.require_rank(input, 1, 2, layout="[N, L] or without N")
        call.expect_dtype(input, FLOATING | COMPLEX)
        self.expect_window(call, window)
        computed = input.dtype if window is None else result_type(input, window)
        if computed in NOT_TRANSFORMED or computed not in FLOATING | COMPLEX:
            call.expect_dtype(input, (FLOATING | COMPLEX) - NOT_TRANSFORMED)
        onesided = self.is_onesided(call, computed)
        signal = self.sound(call, input)
        if call.faults:
            raise Rejection
        frames = call.size(input.rank, FRAMES, input=signal.shape[1], n_fft=self.n_fft, hop_length=self.hop)
        first, second = strides_of(signal)
        stretches = strided((signal.shape[0], frames, self.n_fft), computed, (first, second * self.hop, second))
        if window is not None or self.window_length < self.n_fft:
            stretches = elementwise_layout(stretches.shape, computed, stretches, Tensor((self.n_fft,), computed))
        formula = FREQUENCIES if onesided else ALL_FREQUENCIES
        frequencies = call.size(input.rank - 1, formula, n_fft=self.n_fft)
        spectrum = returned(stretches, (2,), (signal.shape[0], frames, frequencies))
        output = permuted(spectrum._replace(dtype=complex_of(computed)), (0, 2, 1))
        output = output if input.rank == 2 else selected(output, 0)
        return output if self.return_complex or self.return_complex is None else view_as_real(output)

    def is_onesided(self, call: Call, computed: DType) -> bool:
        """Whether half of the frequencies are returned."""
        real = computed not in COMPLEX
        if self.onesided and not real:
            call.expect_one_of("onesided", self.onesided, (False,))
        if self.return_complex is None and real:
            call.refuse(
                "return-complex",
                "{layer} is an stft of real numbers without return_complex; PyTorch wants to be told, and true is what "
                "nearly all use",
                argument="return_complex",
                expected=True,
            )
        return real if self.onesided is None else self.onesided

    def sound(self, call: Call, input: Tensor) -> Tensor:
        """What is cut into stretches: a batch of sounds, padded if they are centred."""
        batch = input if input.rank == 2 else unsqueezed(input, 0)
        if input.rank == 2:
            call.expect_filled(input, 0)
        if call.faults:
            raise Rejection
        if self.center:
            half = self.n_fft // 2
            longer = padded(call, unsqueezed(batch, 0), (half, half), self.pad_mode, "n_fft")
            batch = selected(longer, 0)
        if above(self.n_fft, batch.shape[1]):
            call.expect_fitting(
                input, input.rank - 1, input.shape[-1] + self.n_fft - batch.shape[1],
                f"a stretch of n_fft = {self.n_fft} does not fit into {batch.shape[1]} entries of {input}", "n_fft",
            )  # fmt: skip
        return batch


class ISTFT(ShortTime, type="istft"):
    """Puts sound together from its frequencies over time."""

    function = "torch.istft"

    length: Annotated[Int | None, Field(description="How long the sound is; as long as it comes out if left out.")] = (
        None
    )
    return_complex: Annotated[Bool, Field(description="Whether the sound is complex.")] = False

    examples = (
        example(Tensor((2, 201, 11), "complex64"), n_fft=400, hop_length=160, keywords={"window": Tensor((400,))}),
        example(Tensor((9, 20), "complex64"), n_fft=16),
        example(Tensor((2, 9, 20), "complex64"), n_fft=16, length=70, center=False),
        example(Tensor((2, 16, 20), "complex128"), n_fft=16, onesided=False, return_complex=True),
        example(Tensor((2, 9, 20), "complex64"), n_fft=16, hop_length=4, win_length=12),
    )

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_between("hop_length", self.hop, 1, max(self.window_length, 1))

    def forward(self, call: Call, input: Tensor, *, window: Tensor | None = None) -> Tensor:
        call.require_rank(input, 2, 3, layout="[N, frequencies, frames] or without N")
        call.expect_dtype(input, COMPLEX)
        call.expect_filled(input, *range(input.rank))
        self.expect_window(call, window)
        *batch, frequencies, frames = input.shape
        self.expect_frequencies(call, input, frequencies)
        if window is not None and window.dtype in COMPLEX:
            call.expect_one_of("return_complex", self.return_complex, (True,))
        if call.faults:
            raise Rejection
        kind = input.dtype if window is None else result_type(input, window)
        output = Tensor((*batch, self.sound_length(call, input, frames)), kind)
        return output if self.return_complex else output._replace(dtype=real_part(kind))

    def expect_frequencies(self, call: Call, input: Tensor, frequencies: Size) -> None:
        """There are as many frequencies as a stretch has, or half of them."""
        onesided = differ(frequencies, self.n_fft) if self.onesided is None else self.onesided
        wanted = FREQUENCIES(n_fft=self.n_fft) if onesided else self.n_fft
        if differ(frequencies, wanted):
            call.refuse(
                "n-fft",
                f"{{layer}} is an istft with n_fft = {self.n_fft}, for which {wanted} frequencies have to arrive; "
                f"{input} has {frequencies}",
                argument="n_fft",
                expected=wanted,
                received=frequencies,
            )
        if onesided and self.return_complex:
            call.expect_one_of("return_complex", self.return_complex, (False,))

    def sound_length(self, call: Call, input: Tensor, frames: Size) -> Size:
        """How long the sound is."""
        half = self.n_fft // 2 if self.center else 0
        cut = half if self.length is not None else 2 * half
        most = call.size(input.rank - 2, SOUND, n_fft=self.n_fft, hop_length=self.hop, frames=frames, cut=cut)
        # PyTorch cuts as Python does: a negative end counts from the last entry.
        wanted = most if self.length is None else self.length
        taken = smallest(most, most + wanted + half if below(wanted, -half) else wanted)
        if below(taken, 1):
            call.refuse(
                "length",
                f"{{layer}} is an istft of {input}, and nothing is left of the sound",
                argument="length",
                expected="at least 1",
                received=wanted,
            )
        self.expect_covered(call, half, half + taken, frames)
        return largest(taken, wanted)

    def expect_covered(self, call: Call, start: Size, end: Size, frames: Size) -> None:
        """A window, which stands in the middle of its stretch, reaches every place of the sound."""
        left = (self.n_fft - self.window_length) // 2
        if below(start, left) or above(end, (frames - 1) * self.hop + left + self.window_length):
            call.refuse(
                "coverage",
                f"{{layer}} is an istft whose windows of {self.window_length} entries leave out the ends of the sound",
                argument="win_length",
                expected=self.n_fft,
                received=self.window_length,
            )
