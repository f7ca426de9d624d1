"""A fix that was proven, and what is left with it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from service.core.faults import Fault
from service.core.issues import Fix

OUTPUTS: Final = -1
"""Stands for the model's outputs among the nodes that have faults."""


def same_kind(fault: Fault, other: Fault) -> bool:
    """Whether two faults say the same of a layer, perhaps with other numbers."""
    return all(getattr(fault, name) == getattr(other, name) for name in ("code", "part", "argument", "input"))


class Proven(NamedTuple):
    """A fix and what is left with it."""

    fix: Fix
    remaining: int
    """How many faults."""
    cause: str
    """What was wrong, where the proposal says it."""
    left: Mapping[int, tuple[Fault, ...]]
    """What is left of the faults of the layers that were refused, by node, as far as the fix reaches them."""
    changed: frozenset[int]
    """Those among them that the fix itself changes."""
    laid_open: bool
    """Whether it brings mistakes to light that were hidden so far."""
    far_fetched: bool = False
    """Whether it is hardly what was meant."""
    unsettled: bool = False
    """Whether one of the layers is then refused on other grounds than before."""

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """What is to be offered first: the likely, what leaves nothing new to object to, what leaves least."""
        return self.far_fetched, self.unsettled, self.remaining

    def cures(self, faults: Mapping[int, Fault]) -> bool:
        """Whether the faults of these nodes are gone."""
        return all(
            node in self.left and not any(same_kind(fault, other) for other in self.left[node])
            for node, fault in faults.items()
        )

    def explains(self, faults: Mapping[int, Fault]) -> bool:
        """Whether they are gone though the layers are what they were."""
        return self.changed.isdisjoint(faults) and self.cures(faults)
