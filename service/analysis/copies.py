"""Copies of what is repeated, which are not read where they can be told to come out alike."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from service.analysis.reading import LayerReading, a_reading
from service.architecture.graph import Copies, Node, Wire, sources_in


def came_out_alike(
    copies: Copies, readings: Sequence[LayerReading | None], passage: Callable[[Wire], Iterable[Wire]]
) -> bool:
    """Whether the first one returned what the one before it did, layer by layer, so that every further copy will.

    Not so where a layer asks how what arrives came to be, and that leads back further than to the copy before;
    ``passage`` says through which wires a tensor came.
    """
    first = cast("Sequence[LayerReading]", readings[copies.start - copies.size : copies.start])
    second = cast("Sequence[LayerReading]", readings[copies.start : copies.behind])
    return all(
        one.outcome is other.outcome
        and one.field == other.field
        and one.assumed == other.assumed
        and not one.node.layer.looks_up
        and not (one.node.layer.tells_apart and _passed_before(copies, one.node, passage))
        for one, other in zip(second, first, strict=True)
    )


def _passed_before(copies: Copies, node: Node, passage: Callable[[Wire], Iterable[Wire]]) -> bool:
    """Whether what a node takes passed through the copy before as it is."""
    for wire in node.wires:
        *through, _ = passage(wire)
        if any(copies.origin <= source.node < copies.start for passed in through for source in sources_in(passed)):
            return True
    return False


def copied(copies: Copies, nodes: Sequence[Node], readings: Sequence[LayerReading | None]) -> list[LayerReading | None]:
    """The readings of the copies behind the first one."""
    second = cast("Sequence[LayerReading]", readings[copies.start : copies.behind])
    return [
        a_reading((node, inputs, outcome, field, assumed))
        for first in range(copies.behind, copies.end, copies.size)
        for node, (_, inputs, outcome, field, assumed) in zip(nodes[first : first + copies.size], second, strict=True)
    ]
