"""Fourier transforms of signals that are symmetric, so that their frequencies are real: hfft, ihfft and their like.

Source: https://docs.pytorch.org/docs/stable/generated/torch.fft.hfft.html and its neighbours.
"""

from service.layers.fourier import MANY, ONE, ONE_COMPLEX, TWO, TWO_COMPLEX, AlongMany, AlongOne, AlongTwo


class HFFT(AlongOne, type="hfft"):
    """Transforms half of a symmetric signal along an axis into its real frequencies."""

    function = "torch.fft.hfft"
    to_real = True
    examples = ONE_COMPLEX


class IHFFT(AlongOne, type="ihfft"):
    """Transforms real frequencies along an axis back into half of a symmetric signal."""

    function = "torch.fft.ihfft"
    from_real = halves_first = True
    examples = ONE


class HFFT2(AlongTwo, type="hfft2"):
    """Transforms half of a symmetric image into its real frequencies."""

    function = "torch.fft.hfft2"
    to_real = True
    examples = TWO_COMPLEX


class IHFFT2(AlongTwo, type="ihfft2"):
    """Transforms real frequencies back into half of a symmetric image."""

    function = "torch.fft.ihfft2"
    from_real = halves_first = True
    examples = TWO


class HFFTN(AlongMany, type="hfftn"):
    """Transforms half of a signal that is symmetric along several axes into its real frequencies."""

    function = "torch.fft.hfftn"
    to_real = True
    examples = MANY


class IHFFTN(AlongMany, type="ihfftn"):
    """Transforms real frequencies along several axes back into half of a symmetric signal."""

    function = "torch.fft.ihfftn"
    from_real = halves_first = True
    examples = MANY
