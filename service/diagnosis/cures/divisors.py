"""A number has to be a multiple of another: heads of an attention, groups of channels."""

import math
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from service.core.faults import Indivisible
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor
from service.diagnosis.cures.coupled import Changes, Coupling, proposed
from service.diagnosis.cures.producers import feeding_size, producing
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal
from service.layers.doubts import IN_AND_OUT

REACH: Final = 1_000
"""How far from the number given a divisor is looked for."""
FARTHEST_FACTOR: Final = 4
"""By which a divisor may differ from the number given and still be something like it."""
MOST_DIVISORS: Final = 3
OUTGOING: Final = frozenset({"out_channels"})
"""Arguments that say what a layer returns."""


def explain(_place: Place, fault: Indivisible) -> str:
    """What the division leaves."""
    if not is_known(fault.dividend) or not is_known(fault.divisor) or fault.divisor < 1:
        return ""
    return f"{fault.dividend} = {fault.dividend // fault.divisor} × {fault.divisor} + {fault.dividend % fault.divisor}"


def propose(place: Place, fault: Indivisible) -> Iterator[Proposal]:
    """Divisors near the one given, then multiples near the number that is to be one."""
    if not is_known(fault.dividend) or not is_known(fault.divisor) or fault.divisor < 1:
        return
    dividends = _dividends(place, fault)
    divided, multiplied = _divided(place, fault, math.gcd(*dividends.values())), _multiplied(place, fault, dividends)
    # As many groups as channels arrive are meant so, and what each makes is a multiple of that.
    each_apart = getattr(place.layer, "in_channels", None) == fault.divisor
    yield from _exchanged(place, fault)
    yield from chain(multiplied, divided) if each_apart else chain(divided, multiplied)
    yield from _arriving(place, fault)


def _dividends(place: Place, fault: Indivisible) -> dict[str | None, Size]:
    """What has to be a multiple of the same number, as the channels before and behind a convolution, by argument."""
    faults = [
        other
        for other in place.reading.outcome.faults
        if isinstance(other, Indivisible) and other.divisor_argument == fault.divisor_argument
    ]
    return {other.dividend_argument: other.dividend for other in faults if is_known(other.dividend)}


def _divided(place: Place, fault: Indivisible, dividend: Size) -> Iterator[Proposal]:
    argument = fault.divisor_argument
    if argument is not None:
        # By a factor of 1 nothing would be enlarged or shrunk.
        least = 2 if argument.endswith("factor") else 1
        values = (value for value in nearest_divisors(dividend, fault.divisor) if value >= least)
    else:
        # The square of an argument may be what divides.
        argument = fault.argument or ""
        side = getattr(place.layer, argument, None)
        found = side if isinstance(side, int) and side**2 == fault.divisor else 0
        largest = min(found - 1, math.isqrt(abs(dividend)))
        values = (value for value in range(largest, max(largest - REACH, 1), -1) if dividend % value**2 == 0)
    for value in islice(values, MOST_DIVISORS):
        yield Proposal(
            f"Set {argument} of {place.name} to {value}.", (setting(place.ground, place.pointer, argument, value),)
        )


def nearest_divisors(dividend: Size, divisor: Size) -> Iterator[Size]:
    """The divisors of a number that are not far from one that is none, the nearest first."""
    for distance in range(1, REACH):
        for candidate in (divisor - distance, divisor + distance):
            likely = divisor <= FARTHEST_FACTOR * candidate and candidate <= FARTHEST_FACTOR * divisor
            if likely and candidate >= 1 and dividend % candidate == 0 and (candidate <= dividend or dividend == 0):
                yield candidate


def _exchanged(place: Place, fault: Indivisible) -> Iterator[Proposal]:
    """Two arguments in the wrong order."""
    dividend, divisor, given = fault.dividend_argument, fault.divisor_argument, place.given
    if dividend is None or divisor is None or dividend not in given or divisor not in given:
        return
    if fault.dividend > 1 and fault.divisor % fault.dividend == 0:
        settings = ((dividend, fault.divisor), (divisor, fault.dividend))
        yield Proposal(
            f"Exchange {dividend} and {divisor} of {place.name}.",
            tuple(setting(place.ground, place.pointer, argument, value) for argument, value in settings),
        )


def _multiplied(place: Place, fault: Indivisible, dividends: dict[str | None, Size]) -> Iterator[Proposal]:
    """The multiples above and below, the nearer ones first: of the arguments alone, then with all that agrees."""
    options = [
        {name: -(-size // fault.divisor) * fault.divisor for name, size in dividends.items()},
        {name: size // fault.divisor * fault.divisor for name, size in dividends.items()},
    ]
    options.sort(key=lambda option: sum(abs(option[name] - size) for name, size in dividends.items()))
    if fault.divisor_argument is None and fault.dividend < fault.divisor:
        options.insert(0, {name: size * fault.divisor for name, size in dividends.items()})
    for option in options:
        if min(option.values()) > 0:
            yield from _agreed(place, dividends, option)


def _arriving(place: Place, fault: Indivisible) -> Iterator[Proposal]:
    """The multiples below and above, of what arrives where no argument says it, the nearer one first."""
    arriving = place.arriving
    if fault.dividend_argument is not None or not isinstance(arriving, Tensor):
        return
    axes = [axis for axis, size in enumerate(arriving.shape) if size == fault.dividend]
    below = fault.dividend // fault.divisor * fault.divisor
    multiples = sorted((below, below + fault.divisor), key=lambda size: abs(size - fault.dividend))
    for wanted in multiples if len(axes) == 1 else ():
        if wanted > 0:
            yield from producing(place, wanted, axes[0])
            yield from feeding_size(place, axes[0], wanted)


def _agreed(place: Place, old: dict[str | None, Size], new: dict[str | None, Size]) -> Iterator[Proposal]:
    fields = type(place.reading.node.layer).model_fields
    for coupled in (False, True):
        changes: Changes = {}
        for argument, size in old.items():
            coupling = Coupling(place, size, new[argument])
            if argument in fields and argument is not None:
                coupling.change(place.node, argument, new[argument])
            if coupled and (argument not in OUTGOING or argument in IN_AND_OUT):
                coupling.before()
            if coupled and argument in OUTGOING | IN_AND_OUT:
                coupling.behind()
            changes |= coupling.changes
        yield from proposed(changes)
