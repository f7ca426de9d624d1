"""The model as nested parts: what the names of its layers tell about blocks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from service.architecture.graph import Graph


@dataclass(frozen=True, slots=True)
class Part:
    """A layer or several, which follow one another in the document."""

    kind: Literal["layer", "block", "run", "rest"]
    """``run`` is what stands several times in a row, ``rest`` what there is no room for."""
    label: str
    first: int
    """Its first node."""
    end: int
    """The node behind its last."""
    parts: tuple["Part", ...] = ()
    """What is in it, where that is drawn; of a run, the first time."""
    count: int = 1
    """How many times it stands in a row; beside each other, if ``parallel``."""
    parallel: bool = False

    @property
    def period(self) -> int:
        """The nodes of it once."""
        return (self.end - self.first) // self.count

    @property
    def shown(self) -> range:
        """The nodes that it is drawn for: of a run, those of the first time."""
        return range(self.first, self.first + self.period)

    def inside(self) -> Iterator["Part"]:
        """It and everything in it, outermost first."""
        yield self
        for part in self.parts:
            yield from part.inside()


def outline(graph: Graph) -> Part:
    """The whole model, a part a block and a part a layer, nothing folded."""
    open_blocks: list[tuple[str, int, list[Part]]] = [("", 0, [])]
    scope, path = "", list[str]()

    def close(end: int) -> None:
        label, first, parts = open_blocks.pop()
        open_blocks[-1][2].append(Part("block", label, first, end, tuple(parts)))

    for index, node in enumerate(graph.nodes):
        above, _, label = node.name.rpartition(".")
        if above != scope:
            steps = above.split(".") if above else []
            common = 0
            while common < min(len(steps), len(path)) and steps[common] == path[common]:
                common += 1
            while len(open_blocks) - 1 > common:
                close(index)
            open_blocks.extend((step, index, []) for step in steps[common:])
            scope, path = above, steps
        open_blocks[-1][2].append(Part("layer", label, index, index + 1))
    while len(open_blocks) > 1:
        close(len(graph.nodes))
    return Part("block", "", 0, len(graph.nodes), tuple(open_blocks[0][2]))


def simplified(part: Part) -> Part:
    """The same without frames in frames that say nothing: a block of nothing but a run is that run."""
    parts = tuple(simplified(inner) for inner in part.parts)
    if part.kind == "run" and len(parts) == 1 and part.period == parts[0].end - parts[0].first and parts[0].count == 1:
        if parts[0].kind == "layer":
            return replace(part, kind="layer", parts=())
        parts = parts[0].parts
    if part.kind == "block" and part.label and len(parts) == 1:
        only = parts[0]
        return replace(only, label=part.label if only.kind == "run" or only.count > 1 else f"{part.label}.{only.label}")
    return replace(part, parts=parts)


def opened(part: Part, parts: tuple[Part, ...]) -> Part:
    """The part with other parts in it."""
    return replace(part, parts=parts)
