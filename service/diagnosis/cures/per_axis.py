"""Arguments that are made for another number of axes than arrive, and layers that are."""

from collections.abc import Iterator
from typing import Any

from service.diagnosis.cures import numbers
from service.diagnosis.cures.geometry import LINEAR_MODES, spatial_axes
from service.diagnosis.edits import remade, setting
from service.diagnosis.place import Place, Proposal
from service.layers.catalogue import CATALOGUE


def propose(place: Place, rank: int) -> Iterator[Proposal]:
    """The argument for a tensor of ``rank`` axes; a layer for sequences in the place of one for a single step."""
    for argument, value in _arguments(place, rank):
        change = setting(place.ground, place.pointer, argument, value)
        yield Proposal(f"Set {argument} of {place.name} to {numbers.shown(value)}.", (change,))
    whole = place.reading.node.layer.type.removesuffix("Cell")
    if whole != place.reading.node.layer.type and whole in CATALOGUE and rank > 2:
        yield remade(place, whole)


def _arguments(place: Place, rank: int) -> Iterator[tuple[str, Any]]:
    given, layer = place.given, place.reading.node.layer
    dims, mode, padding, repeats = (given.get(name) for name in ("dims", "mode", "padding", "repeats"))
    if numbers.are_numbers(dims) and len(set(dims)) == len(dims) < rank and all(-rank <= dim < rank for dim in dims):
        # The axes left out stay where they are.
        named = [dim % rank for dim in dims]
        yield "dims", [*named, *(dim for dim in range(rank) if dim not in named)]
    if mode in LINEAR_MODES.values() and rank in LINEAR_MODES:
        yield "mode", LINEAR_MODES[rank]
    axes = spatial_axes(layer)
    if numbers.are_numbers(padding) and axes and "Pad" in layer.type:
        yield from (("padding", value) for value in numbers.both_sides(padding, axes))
    if numbers.are_numbers(repeats) and len(repeats) < rank:
        yield "repeats", [*[1] * (rank - len(repeats)), *repeats]
