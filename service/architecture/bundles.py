"""Several values as one: what a block takes or returns, and what is taken of it."""

from typing import Final, cast

from service.architecture.graph import Source, Wire
from service.architecture.problems import DocumentFault, UnreadableDocument

MOST_VALUES: Final = 1_000_000
"""Taken and returned together by all that takes or returns several as one: a few blocks, each of which returns twice
what it takes, would otherwise be more than any memory holds."""


class NoSuchPart(Exception):
    """An index that leads past the end of a bundle."""

    def __init__(self, index: int, length: int) -> None:
        super().__init__(f"index {index} of a tuple of {length}")
        self.index = index
        self.length = length


class Bundles:
    """How many values there are in all bundles so far."""

    def __init__(self) -> None:
        self.values = 0

    def count(self, wires: tuple[Wire, ...], pointer: str) -> None:
        """Counts what a layer or block at ``pointer`` takes or returns; raises :class:`UnreadableDocument`."""
        bundles = [wire for wire in wires if type(wire) is not Source]
        while bundles:
            parts = cast("tuple[Wire, ...]", bundles.pop())
            self.add(len(parts), pointer)
            bundles += [part for part in parts if type(part) is not Source]

    def add(self, values: int, pointer: str) -> None:
        """Counts so many more; raises :class:`UnreadableDocument`."""
        self.values += values
        if self.values > MOST_VALUES:
            detail = (
                f"The tuples that layers and blocks take and return have more than {MOST_VALUES:,} values together; a "
                "block that returns its input more than once doubles it."
            )
            raise UnreadableDocument([DocumentFault("too-many-values", pointer, detail)])


def indexed(wire: Wire, indices: tuple[int, ...]) -> Wire:
    """``wire[index]`` for each of the indices; raises :class:`NoSuchPart`."""
    for position, index in enumerate(indices):
        if isinstance(wire, Source):
            return wire._replace(path=wire.path + indices[position:])
        if not -len(wire) <= index < len(wire):
            raise NoSuchPart(index, len(wire))
        wire = wire[index]
    return wire


def one_or_all(wires: tuple[Wire, ...]) -> Wire:
    """Several wires as one: what a block returns or receives."""
    return wires[0] if len(wires) == 1 else wires
