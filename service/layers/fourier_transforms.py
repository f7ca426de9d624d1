"""Fourier transforms: fft, rfft, irfft and their like along one axis, two or several.

Source: https://docs.pytorch.org/docs/stable/fft.html.
"""

from service.layers.fourier import MANY, ONE, ONE_COMPLEX, TWO, TWO_COMPLEX, AlongMany, AlongOne, AlongTwo


class FFT(AlongOne, type="fft"):
    """Transforms a signal along an axis into its frequencies."""

    function = "torch.fft.fft"
    examples = ONE_COMPLEX


class IFFT(AlongOne, type="ifft"):
    """Transforms frequencies along an axis back into a signal."""

    function = "torch.fft.ifft"
    examples = ONE_COMPLEX


class RFFT(AlongOne, type="rfft"):
    """Transforms a real signal along an axis into its frequencies, of which half tell all."""

    function = "torch.fft.rfft"
    from_real = True
    examples = ONE


class IRFFT(AlongOne, type="irfft"):
    """Transforms half of the frequencies along an axis back into a real signal."""

    function = "torch.fft.irfft"
    to_real = True
    examples = ONE_COMPLEX


class FFT2(AlongTwo, type="fft2"):
    """Transforms an image into its frequencies."""

    function = "torch.fft.fft2"
    examples = TWO_COMPLEX


class IFFT2(AlongTwo, type="ifft2"):
    """Transforms frequencies back into an image."""

    function = "torch.fft.ifft2"
    examples = TWO_COMPLEX


class RFFT2(AlongTwo, type="rfft2"):
    """Transforms a real image into its frequencies, of which half tell all."""

    function = "torch.fft.rfft2"
    from_real = True
    examples = TWO


class IRFFT2(AlongTwo, type="irfft2"):
    """Transforms half of the frequencies back into a real image."""

    function = "torch.fft.irfft2"
    to_real = True
    examples = TWO_COMPLEX


class FFTN(AlongMany, type="fftn"):
    """Transforms a signal along several axes into its frequencies."""

    function = "torch.fft.fftn"
    examples = MANY


class IFFTN(AlongMany, type="ifftn"):
    """Transforms frequencies along several axes back into a signal."""

    function = "torch.fft.ifftn"
    examples = MANY


class RFFTN(AlongMany, type="rfftn"):
    """Transforms a real signal along several axes into its frequencies, of which half tell all."""

    function = "torch.fft.rfftn"
    from_real = True
    examples = MANY


class IRFFTN(AlongMany, type="irfftn"):
    """Transforms half of the frequencies along several axes back into a real signal."""

    function = "torch.fft.irfftn"
    to_real = True
    examples = MANY
