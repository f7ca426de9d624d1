"""Functions of mathematical physics and statistics, element by element: those named after Bessel, and their like.

They are listed under https://docs.pytorch.org/docs/stable/special.html.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import REAL
from service.core.tensors import Tensor
from service.layers.arguments import Int
from service.layers.arithmetic import InexactArithmetic
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementary import WITH_INTEGERS, Inexact


class Wide(Inexact):
    """A function that 16 bits are too few for."""

    takes = REAL - {"float16", "bfloat16"}


class OfX(Wide):
    """A function whose argument PyTorch calls x."""

    def forward(self, call: Call, x: Tensor) -> Tensor:
        return self.combined(call, x)


class I0(Inexact, type="i0"):
    """Takes the modified Bessel function of the first kind and order 0 of each element."""

    function = "torch.i0"
    takes = REAL
    examples = WITH_INTEGERS


class I0e(Inexact, type="special_i0e"):
    """Takes the modified Bessel function of the first kind and order 0, exponentially scaled, of each element."""

    function = "torch.special.i0e"
    takes = REAL
    examples = WITH_INTEGERS


class I1(Inexact, type="special_i1"):
    """Takes the modified Bessel function of the first kind and order 1 of each element."""

    function = "torch.special.i1"
    takes = REAL
    examples = WITH_INTEGERS


class I1e(Inexact, type="special_i1e"):
    """Takes the modified Bessel function of the first kind and order 1, exponentially scaled, of each element."""

    function = "torch.special.i1e"
    takes = REAL
    examples = WITH_INTEGERS


class BesselJ0(Wide, type="special_bessel_j0"):
    """Takes the Bessel function of the first kind and order 0 of each element."""

    function = "torch.special.bessel_j0"
    examples = WITH_INTEGERS


class BesselJ1(Wide, type="special_bessel_j1"):
    """Takes the Bessel function of the first kind and order 1 of each element."""

    function = "torch.special.bessel_j1"
    examples = WITH_INTEGERS


class BesselY0(Wide, type="special_bessel_y0"):
    """Takes the Bessel function of the second kind and order 0 of each element."""

    function = "torch.special.bessel_y0"
    examples = WITH_INTEGERS


class BesselY1(Wide, type="special_bessel_y1"):
    """Takes the Bessel function of the second kind and order 1 of each element."""

    function = "torch.special.bessel_y1"
    examples = WITH_INTEGERS


class ModifiedBesselI0(Wide, type="special_modified_bessel_i0"):
    """Takes what i0 takes, by another method."""

    function = "torch.special.modified_bessel_i0"
    examples = WITH_INTEGERS


class ModifiedBesselI1(Wide, type="special_modified_bessel_i1"):
    """Takes what special_i1 takes, by another method."""

    function = "torch.special.modified_bessel_i1"
    examples = WITH_INTEGERS


class ModifiedBesselK0(Wide, type="special_modified_bessel_k0"):
    """Takes the modified Bessel function of the second kind and order 0 of each element."""

    function = "torch.special.modified_bessel_k0"
    examples = WITH_INTEGERS


class ModifiedBesselK1(Wide, type="special_modified_bessel_k1"):
    """Takes the modified Bessel function of the second kind and order 1 of each element."""

    function = "torch.special.modified_bessel_k1"
    examples = WITH_INTEGERS


class ScaledModifiedBesselK0(OfX, type="special_scaled_modified_bessel_k0"):
    """Takes what special_modified_bessel_k0 takes, exponentially scaled."""

    function = "torch.special.scaled_modified_bessel_k0"
    examples = WITH_INTEGERS


class ScaledModifiedBesselK1(OfX, type="special_scaled_modified_bessel_k1"):
    """Takes what special_modified_bessel_k1 takes, exponentially scaled."""

    function = "torch.special.scaled_modified_bessel_k1"
    examples = WITH_INTEGERS


class SphericalBesselJ0(OfX, type="special_spherical_bessel_j0"):
    """Takes the spherical Bessel function of the first kind and order 0 of each element."""

    function = "torch.special.spherical_bessel_j0"
    examples = WITH_INTEGERS


class Erfcx(Wide, type="special_erfcx"):
    """Takes 1 minus the error function, scaled by the exponential of the square, of each element."""

    function = "torch.special.erfcx"
    examples = WITH_INTEGERS


class LogNdtr(Wide, type="special_log_ndtr"):
    """Takes the logarithm of the probability that a normal number is below each element."""

    function = "torch.special.log_ndtr"
    examples = WITH_INTEGERS


class Ndtri(Wide, type="special_ndtri"):
    """Takes the number below which a normal one lies with the probability that each element is."""

    function = "torch.special.ndtri"
    examples = WITH_INTEGERS


class Polygamma(Inexact, type="polygamma"):
    """Takes a derivative of digamma at each element."""

    function = "torch.Tensor.polygamma"
    page = "generated/torch.polygamma.html"
    takes = REAL

    n: Annotated[Int, Field(description="Which derivative: 0 for digamma itself.")]

    examples = (example((2, 3), n=1), example(Tensor((4, 5), "int64"), n=0))

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("n", self.n, 0)


class Zeta(InexactArithmetic, type="special_zeta"):
    """Takes the Hurwitz zeta function of each element and another."""

    function = "torch.special.zeta"
    takes = Wide.takes
    examples = (example((4, 5), (5,)), example((8, 128), other=2), example(Tensor((4, 5), "int64"), other=2))


class XLog1pY(InexactArithmetic, type="special_xlog1py"):
    """Multiplies each element by the logarithm of 1 plus another; 0 stays 0."""

    function = "torch.special.xlog1py"
    examples = (example((4, 5), (5,)), example((8, 128), other=2), example(Tensor((4, 5), "int64"), other=2))
