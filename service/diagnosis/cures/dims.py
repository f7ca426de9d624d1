"""A ``dim`` names an axis that the tensor does not have."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from service.core.faults import DimOutOfRange
from service.diagnosis.cures import ranks
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal

MOST_AXES = 4


def explain(place: Place, fault: DimOutOfRange) -> str:
    """Which layer gave the tensor its axes."""
    return ranks.last_change(place, fault.rank)


def propose(place: Place, fault: DimOutOfRange) -> Iterator[Proposal]:
    """The nearest axis there is, then the others; then the axes as they were before they were flattened."""
    argument, dim = fault.argument, fault.received
    if argument is None or not isinstance(dim, int):
        return
    for value in islice(_values(place.given.get(argument), dim, fault.rank, fault.expected), MOST_AXES):
        yield Proposal(
            f"Set {argument} of {place.name} to {value}.", (setting(place.ground, place.pointer, argument, value),)
        )
    yield from ranks.without_flatten(place)


def _values(value: Any, dim: int, rank: int, bounds: list[int]) -> Iterator[Any]:
    """Other axes, or lists with another in the place of the one that is not there."""
    low, high = bounds
    nearest = min(max(dim, low), high)
    # Along the samples hardly anything is computed.
    others = [axis for axis in range(high, 0, -1) if axis != nearest % max(rank, 1)]
    if not isinstance(value, list):
        yield from (nearest, *others)
        return
    kept = {entry % rank for entry in value if isinstance(entry, int) and low <= entry <= high} if rank else set()
    if nearest % max(rank, 1) not in kept:
        yield [nearest if entry == dim else entry for entry in value]
    elif len(value) > 1:
        yield [entry for entry in value if entry != dim]
        yield [entry - 1 if isinstance(entry, int) and entry > 0 else entry for entry in value]
    for axis in others:
        if axis not in kept:
            yield [axis if entry == dim else entry for entry in value]
