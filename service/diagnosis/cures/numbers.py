"""Numbers that would do in the place of those given: a slip of the pen put right rather than just anything allowed."""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, TypeGuard

Number = int | float

PERCENT: Final = 100
TENFOLD: Final = 10


def is_number(value: Any) -> TypeGuard[Number]:
    """Whether it is a number; booleans are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def are_numbers(value: Any) -> TypeGuard[list[Number]]:
    """Whether it is a list of numbers, and not an empty one."""
    return isinstance(value, list) and bool(value) and all(map(is_number, value))


def within(value: Any, low: float, high: float, *, share: bool) -> Iterator[Any]:
    """A number, perhaps a share of a whole, or a list of numbers, brought between two bounds."""
    if is_number(value):
        yield from _within(value, low, high, share=share)
    elif are_numbers(value):
        choices = [[entry] if low <= entry <= high else list(_within(entry, low, high, share=share)) for entry in value]
        if all(choices):
            for choice in range(max(map(len, choices))):
                yield [entries[min(choice, len(entries) - 1)] for entries in choices]


def _within(value: Number, low: float, high: float, *, share: bool) -> Iterator[Number]:
    """A sign too many, a percentage for a share, a point forgotten; otherwise the bound."""
    kind = type(value)
    if value < 0 and low <= -value <= high:
        yield -value
    elif share and 1 == high < value <= PERCENT:
        # By the digits that were written: 1.1 becomes 0.11, not 0.11000000000000001.
        yield float(Decimal(str(value)) / (PERCENT if value >= TENFOLD else TENFOLD))
    # Nothing at all, or the whole, is hardly what was meant.
    elif value < low and low > 0:
        yield kind(low)
    elif value > high and not share and math.isfinite(high):
        yield kind(high)


def counted(value: Any, counts: tuple[int, ...]) -> Iterator[Any]:
    """A list of numbers cut to the right length, or one number for it."""
    if not are_numbers(value):
        return
    if len(set(value)) == 1:
        yield value[0]
    for count in sorted(counts, key=lambda count: (abs(count - len(value)), -count)):
        if 0 < count < len(value):
            # What is too many comes first, as the depth of images.
            for part in (value[-count:], value[:count]):
                yield part[0] if count == 1 else part
        elif count > len(value) and len(set(value)) == 1:
            yield value[:1] * count
    if not counts:
        yield max(value)


def both_sides(value: Any, axes: int) -> Iterator[Any]:
    """The numbers of either side of so many axes, the last axis first, where those of fewer or more were given."""
    if not are_numbers(value) or len(value) == 2 * axes:
        return
    if len(set(value)) == 1:
        yield value[0]
    if len(value) > 2 * axes:
        yield value[: 2 * axes]
    elif len(value) == axes:
        # One number an axis, as convolutions have it.
        yield [side for number in reversed(value) for side in (number, number)]
    elif len(value) == 2:
        yield value * axes


def shown(value: Any) -> str:
    """A value as a document has it."""
    return json.dumps(value, ensure_ascii=False)


def summing(value: Any, total: int) -> Iterator[list[Number]]:
    """A list of parts that make up ``total``: one part changed, or all of them equal."""
    if not are_numbers(value) or not all(isinstance(part, int) for part in value):
        return
    missing = total - sum(value)
    unlike = [place for place, part in enumerate(value) if value.count(part) == 1]
    for place in dict.fromkeys((*reversed(unlike), len(value) - 1, 0)):
        if value[place] + missing > 0:
            yield [*value[:place], value[place] + missing, *value[place + 1 :]]
    if total % len(value) == 0:
        yield [total // len(value)] * len(value)
