"""A number has to be a multiple of another: heads of an attention, groups of channels."""

import math
from collections.abc import Iterator
from typing import Final

from service.core.faults import Indivisible
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import producing
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal

REACH: Final = 1_000
"""How far from the number given a divisor is looked for."""


def explain(_place: Place, fault: Indivisible) -> str:
    """What the division leaves."""
    if not is_known(fault.dividend) or not is_known(fault.divisor) or fault.divisor < 1:
        return ""
    return f"{fault.dividend} = {fault.dividend // fault.divisor} × {fault.divisor} + {fault.dividend % fault.divisor}"


def propose(place: Place, fault: Indivisible) -> Iterator[Proposal]:
    """The nearest divisors, then the nearest multiples."""
    argument = fault.divisor_argument
    if argument is None or not is_known(fault.dividend) or not is_known(fault.divisor):
        return
    # Several numbers may have to be multiples of the same one, as the channels before and behind a convolution.
    dividends = [
        other.dividend
        for other in place.reading.outcome.faults
        if isinstance(other, Indivisible) and other.divisor_argument == argument and is_known(other.dividend)
    ]
    for divisor in nearest_divisors(math.gcd(*dividends), fault.divisor):
        yield Proposal(
            f"Set {argument} of {place.name} to {divisor}.", (setting(place.ground, place.pointer, argument, divisor),)
        )
    dividend = fault.dividend_argument
    if dividend is None or fault.divisor < 1:
        return
    low = fault.dividend // fault.divisor * fault.divisor
    for multiple in sorted((low, low + fault.divisor), key=lambda size: abs(size - fault.dividend)):
        if multiple > 0:
            change = setting(place.ground, place.pointer, dividend, multiple)
            yield Proposal(f"Set {dividend} of {place.name} to {multiple}.", (change,))
            arriving = place.arriving.shape if isinstance(place.arriving, Tensor) else ()
            axes = (axis for axis, size in enumerate(arriving) if size == fault.dividend)
            for proposal in (proposal for axis in axes for proposal in producing(place, multiple, axis)):
                yield Proposal(f"Set {dividend} of {place.name} to {multiple}, and what arrives with it: "
                               f"{proposal.description[0].lower()}{proposal.description[1:]}",
                               (change, *proposal.patch))  # fmt: skip


def nearest_divisors(dividend: Size, divisor: Size) -> Iterator[Size]:
    """The nearest divisor above and the nearest below, the nearer one first."""
    found = 0
    for distance in range(1, REACH):
        for candidate in (divisor + distance, divisor - distance):
            if candidate >= 1 and dividend % candidate == 0 and (candidate <= dividend or dividend == 0):
                yield candidate
                found += 1
        if found >= 2:
            return
