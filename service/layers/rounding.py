"""Elements made whole, parted or mended: floor, round, trunc, frac and nan_to_num.

They are listed under https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import FLOATING, INTEGRAL
from service.layers.arguments import Float, Int
from service.layers.base import example
from service.layers.elementary import FLOATS, WITH_INTEGERS, Elementary
from service.layers.elementwise import Operand
from service.layers.operation import as_operation


class Floor(Elementary, type="floor"):
    """Rounds each element down."""

    function = "torch.floor"
    takes = FLOATING | INTEGRAL
    examples = WITH_INTEGERS


class Ceil(Elementary, type="ceil"):
    """Rounds each element up."""

    function = "torch.ceil"
    takes = FLOATING | INTEGRAL
    examples = WITH_INTEGERS


class Trunc(Elementary, type="trunc"):
    """Rounds each element towards zero."""

    function = "torch.trunc"
    takes = FLOATING | INTEGRAL
    examples = WITH_INTEGERS


class Round(Elementary, type="round"):
    """Rounds each element to the nearest integer, or to decimals."""

    function = "torch.round"

    decimals: Annotated[Int, Field(description="How many decimals are kept; floats only if it is given.")] = 0

    examples = (*WITH_INTEGERS, example((4, 5), decimals=2))

    def computes_with(self) -> frozenset[str]:
        return FLOATING if "decimals" in self.model_fields_set else FLOATING | INTEGRAL


class Frac(Elementary, type="frac"):
    """Takes what is behind the point of each element."""

    function = "torch.frac"
    takes = FLOATING
    examples = FLOATS


class NanToNum(Elementary, type="nan_to_num"):
    """Replaces what is not a number, and infinities, by numbers."""

    function = "torch.nan_to_num"

    nan: Annotated[Float | None, Field(description="In place of what is not a number; 0 if left out.")] = None
    posinf: Annotated[
        Float | None, Field(description="In place of infinity; the largest number there is if left out.")
    ] = None
    neginf: Annotated[
        Float | None, Field(description="In place of minus infinity; the smallest number there is if left out.")
    ] = None

    examples = (*WITH_INTEGERS, example((4, 5), nan=1.0, posinf=1e4, neginf=-1e4))

    def goes_by_strides(self, *operands: Operand) -> bool:  # noqa: ARG002
        return True


ALIASES: Final = (as_operation(Trunc, "torch.fix"),)
"""Further names; a class that nobody refers to would be forgotten."""
