"""Integers in a tensor that are known though its values are not: positions, ones, and what is made of them."""

from typing import Final, NamedTuple

WIDE: Final = frozenset({"int32", "int64"})
"""Element types in which positions do not overflow."""


class Entries(NamedTuple):
    """The smallest and the largest of them; both are there."""

    least: int
    most: int

    @classmethod
    def all(cls, value: int) -> "Entries":
        """Nothing but one number."""
        return cls(value, value)

    def moved(self, by: int) -> "Entries":
        """The same with a number added to each."""
        return Entries(self.least + by, self.most + by)

    def summed_up(self, count: int) -> "Entries | None":
        """All sums of the first ones among so many; none unless all are the same."""
        if self.least != self.most or count < 1:
            return None
        ends = (self.least, self.least * count)
        return Entries(min(ends), max(ends))
