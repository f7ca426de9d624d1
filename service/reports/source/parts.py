"""How the model is cut into classes: which blocks stand for themselves, and what goes in and out of each."""

from typing import NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, sources_in, sources_of
from service.layers.operation import Operation
from service.reports.abridged.outline import Part
from service.reports.source.literals import identifier, is_child


class Boundary(NamedTuple):
    """What a block takes from outside, each once, and which of its nodes are taken there."""

    taken: tuple[Source, ...]
    returned: tuple[int, ...]


class Cutting:
    """Who takes what, and what that makes of blocks."""

    def __init__(self, analysis: Analysis) -> None:
        self.readings = analysis.readings
        self.taken: list[tuple[Source, ...]] = []
        """What each node takes."""
        self.takers: dict[int, list[int]] = {}
        """Who takes what each node returns; the model's outputs are behind the last node."""
        self.bound: list[tuple[int, int]] = []
        """Nodes that use the module or a weight of another one, rather than what it returns."""
        for index, reading in enumerate(self.readings):
            node = reading.node
            self.taken.append(sources_of(node))
            self._take(self.taken[index], index)
            if node.shares is not None:
                self.bound.append((index, node.shares))
        for output in analysis.graph.outputs:
            self._take(sources_in(output.wire), len(self.readings))
        self.in_order = analysis.graph.order == tuple(range(len(self.readings)))

    def _take(self, sources: tuple[Source, ...], taker: int) -> None:
        for source in sources:
            if any(isinstance(step, str) for step in source.path):
                self.bound.append((taker, source.node))
            else:
                self.takers.setdefault(source.node, []).append(taker)

    def is_own(self, part: Part) -> bool:
        """Whether a block can be a module of its own: nothing in it is bound to what is outside, nor the reverse."""
        inside = range(part.first, part.end)
        return self.in_order and part.parts != () and not any((one in inside) != (other in inside)
                                                              for one, other in self.bound)  # fmt: skip

    def boundary(self, part: Part) -> Boundary:
        """What goes in and out of a block."""
        inside = range(part.first, part.end)
        taken = dict.fromkeys(source for node in inside for source in self.taken[node] if source.node not in inside)
        returned = [node for node in inside if any(taker not in inside for taker in self.takers.get(node, ()))]
        return Boundary(tuple(taken), tuple(returned))

    def is_chain(self, part: Part) -> bool:
        """Whether a block is nothing but modules, each of which takes what the one before it returns."""
        if not self.is_own(part) or not all(is_child(inner.label) for inner in part.parts):
            return False
        boundary = self.boundary(part)
        if len(boundary.taken) != 1 or boundary.returned != (part.end - 1,):
            return False
        before = boundary.taken[0]
        for inner in part.parts:
            if not self._takes_only(inner, before):
                return False
            before = Source(inner.end - 1)
        return True

    def carried(self, part: Part) -> Source | None:
        """What the first of several copies takes where the others take what the one before them returns, if a block is
        nothing but copies, and whatever else they take is the same for all."""
        if len(part.parts) < 2 or not numbered(part) or self.boundary(part).returned != (part.end - 1,):
            return None
        if not all(self.is_own(inner) or self._is_module(inner) for inner in part.parts):
            return None
        first, *others = (self.boundary(inner).taken for inner in part.parts)
        second = Source(part.parts[0].end - 1)
        if second not in others[0]:
            return None
        place = others[0].index(second)
        before = (Source(inner.end - 1) for inner in part.parts)
        expected = ((*first[:place], source, *first[place + 1 :]) for source in before)
        return first[place] if place < len(first) and all(map(tuple.__eq__, others, expected)) else None

    def _is_module(self, part: Part) -> bool:
        """Whether it is a single layer with a module of its own."""
        node = self.readings[part.first].node
        return not part.parts and not isinstance(node.layer, Operation) and node.shares is None

    def _takes_only(self, part: Part, source: Source) -> bool:
        if part.parts:
            own = self.is_own(part)
            return own and self.boundary(part) == Boundary((source,), (part.end - 1,))
        reading = self.readings[part.first]
        node = reading.node
        return is_plain(reading) and node.shares is None and node.wires == (source,)


def is_plain(reading: LayerReading) -> bool:
    """Whether a layer is a module that is called with nothing but what arrives."""
    layer = reading.node.layer
    return (
        not isinstance(layer, Operation) and not reading.node.keywords
        and not layer.forward_arguments & layer.model_fields_set
    )  # fmt: skip


def numbered(part: Part) -> bool:
    """Whether the parts are called by their numbers."""
    return [inner.label for inner in part.parts] == [str(number) for number in range(len(part.parts))]


def parameter_names(taken: tuple[Source, ...], analysis: Analysis) -> list[str]:
    """What the inputs of a block are called inside; the first is the same whatever it comes from, so that copies of a
    block, of which each takes what the one before it returns, are one class."""
    names = ["x"][: len(taken)]
    for source in taken[1:]:
        whole = analysis.graph.name_of(Source(source.node))
        name = identifier("_".join([whole.rpartition(".")[2], *map(str, source.path)]))
        while name in names:
            name += "_"
        names.append(name)
    return names


def stem(part: Part, analysis: Analysis) -> str:
    """A word for a block: its name, or for one that is called by a number that of the block around it."""
    if not part.label.isdecimal():
        return part.label
    steps = analysis.graph.nodes[part.first].name.split(".")
    place = next((place for place in range(len(steps)) if steps[place] == part.label), 0)
    words = [step for step in steps[:place] if not step.isdecimal()]
    return f"{words[-1]}Block" if words else "Block"
