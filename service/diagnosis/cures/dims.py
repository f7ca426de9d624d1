"""A ``dim`` names an axis that the tensor does not have."""

from collections.abc import Iterator
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
    low, high = fault.expected
    nearest = min(max(dim, low), high)
    others = [axis for axis in range(high, max(low, 0) - 1, -1) if axis != nearest % max(fault.rank, 1)]
    for axis in [nearest, *others][:MOST_AXES]:
        value = _replaced(place.given.get(argument), dim, axis)
        yield Proposal(
            f"Set {argument} of {place.name} to {value}.", (setting(place.ground, place.pointer, argument, value),)
        )
    yield from ranks.without_flatten(place)


def _replaced(value: Any, dim: int, axis: int) -> Any:
    """One axis, or the list in which it stands, with ``dim`` replaced."""
    return [axis if entry == dim else entry for entry in value] if isinstance(value, list) else axis
