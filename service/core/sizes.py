"""Sizes, and the few questions a shape rule may ask about them.

A size is anything that behaves as an integer under ``+ - * // %``. It is usually an ``int``; past a
rejected layer it may be :data:`UNKNOWN`, which absorbs arithmetic. Rules therefore never compare sizes
with ``==`` or ``<``: they ask the questions below, each of which is true only if it is *known* to be
true, so that one mistake raises one issue and not a cascade.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias, TypeGuard, cast

Size: TypeAlias = int
Shape: TypeAlias = tuple[Size, ...]


LARGEST_INTEGER: Final = 2**63 - 1
"""PyTorch's sizes are 64-bit; a larger number overflows there."""


class Unknown:
    """A size, or a whole value, that nothing is known about."""

    __slots__ = ()

    def _absorb(self, *_: object) -> "Unknown":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __pow__ = _absorb

    def __repr__(self) -> str:
        return "?"


UNKNOWN: Final = Unknown()
UNKNOWN_SIZE: Final[Size] = cast("Size", UNKNOWN)


def is_known(size: Size) -> bool:
    """Whether ``size`` is a number rather than :data:`UNKNOWN`."""
    return size is not UNKNOWN  # type: ignore[comparison-overlap]


def is_unknown(value: object) -> TypeGuard[Unknown]:
    """Whether a whole value, not merely one of its sizes, is unknown."""
    return value is UNKNOWN


def differ(a: Size, b: Size) -> bool:
    """Known to be different."""
    return a != b and is_known(a) and is_known(b)


def below(a: Size, b: Size) -> bool:
    """Known to hold: ``a < b``."""
    return is_known(a) and is_known(b) and a < b


def above(a: Size, b: Size) -> bool:
    """Known to hold: ``a > b``."""
    return below(b, a)


def indivisible(a: Size, b: Size) -> bool:
    """Known to hold: ``b`` does not divide ``a``. Nothing is divisible by zero."""
    return is_known(a) and is_known(b) and (b == 0 or a % b != 0)


def largest(*sizes: Size) -> Size:
    """The maximum, unknown if any of them is."""
    return max(sizes) if all(map(is_known, sizes)) else UNKNOWN_SIZE


def smallest(*sizes: Size) -> Size:
    """The minimum, unknown if any of them is."""
    return min(sizes) if all(map(is_known, sizes)) else UNKNOWN_SIZE


def product(sizes: Iterable[Size]) -> Size:
    """The product, exact at any size; 1 for none. A known zero makes it zero whatever is unknown."""
    result: Size = 1
    for size in sizes:
        if size == 0:
            return 0
        result = result * size
    return result


def written(shape: Iterable[Any]) -> str:
    """A shape as people write it: ``[1, 32, 7, 7]``, with ``?`` for an unknown size."""
    return f"[{', '.join(map(str, shape))}]"


def multiplied_out(sizes: Iterable[Size]) -> str:
    """Sizes as a product a person can check: ``32 × 7 × 7``."""
    return " × ".join(map(str, sizes))
