"""A chain of layers as stations: what is done, and the tensor that comes of it."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from service.analysis.reading import Analysis
from service.architecture.graph import Source
from service.layers.spatial import SpatialLayer
from service.reports.abridged.marks import Mark
from service.reports.abridged.names import cleaned
from service.reports.abridged.outline import Part
from service.reports.abridged.words import details
from service.reports.svg.canvas import Span
from service.reports.svg.captions import SMALL, TITLE, Line, small
from service.reports.svg.fonts import shortened, wrapped
from service.reports.svg.layer_boxes import BoxMaker, kind_of
from service.reports.svg.views import View, spatial_axes, view_of

OP_ROOM: Final = 150.0
"""The width of what is written at an arrow, at most."""
MOST_DETAILS: Final = 5


class Station(NamedTuple):
    """A tensor, and what led to it."""

    above: tuple[Line, ...]
    """Stands above the arrow to it."""
    below: tuple[Line, ...]
    first: View
    last: View
    """What comes of it the last of several times."""
    under: tuple[Line, ...]
    style: str
    marks: tuple[Mark, ...] = ()


class Bracket(NamedTuple):
    """What several stations belong to."""

    label: str
    first: int
    end: int
    depth: int


class Chain(NamedTuple):
    """Stations in a row."""

    stations: tuple[Station, ...]
    """The first is the model's input."""
    brackets: tuple[Bracket, ...]
    skips: tuple[tuple[int, int], ...] = ()
    """From which stations to which something passes all those between."""


def is_stack(analysis: Analysis) -> bool:
    """Whether a model is a single chain, with layers among it that move windows over their input."""
    graph = analysis.graph
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or not graph.nodes:
        return False
    output = graph.outputs[0].wire
    return (
        type(output) is Source
        and output.node == len(graph.nodes) - 1
        and all(_follows(index, node.wires, node.keywords) for index, node in enumerate(graph.nodes))
        and any(isinstance(node.layer, SpatialLayer) and analysis.readings[index].outcome.field
                for index, node in enumerate(graph.nodes))
    )  # fmt: skip


def _follows(index: int, wires: Sequence[object], keywords: Sequence[object]) -> bool:
    """Whether a node takes what the one before it returns, and nothing else."""
    wire = wires[0] if len(wires) == 1 and not keywords else None
    return type(wire) is Source and wire.node == index - 1 and not any(isinstance(step, str) for step in wire.path)


def chain(analysis: Analysis, part: Part, maker: BoxMaker) -> Chain:
    """The stations of a model that is a chain."""
    return _Chaining(analysis, maker).chain(part)


class _Chaining:
    def __init__(self, analysis: Analysis, maker: BoxMaker) -> None:
        self.analysis = analysis
        self.maker = maker
        self.axes = list(spatial_axes(analysis, range(len(analysis.readings))))
        self.stations: list[Station] = []
        self.brackets: list[Bracket] = []

    def chain(self, part: Part) -> Chain:
        name, tensor = self.analysis.graph.inputs[0]
        view = view_of(tensor, self.axes[0])
        title = (Span(shortened(cleaned(name), OP_ROOM, SMALL, bold=True), bold=True),)
        dtype = () if tensor.dtype == "float32" else small(tensor.dtype, "muted", room=OP_ROOM)
        self.stations.append(Station((), (), view, view, ((title, SMALL), *dtype), "terminal"))
        self.walk(part, 0, 0)
        final = self.stations[-1]
        told = ((Span("output", bold=True),), SMALL)
        self.stations[-1] = final._replace(under=(*final.under, told))
        return Chain(tuple(self.stations), tuple(self.brackets))

    def walk(self, part: Part, lag: int, depth: int) -> None:
        """Adds what stands in a part; ``lag`` nodes later it stands the last time."""
        lag += part.end - part.first - part.period
        for inner in part.parts:
            if not inner.parts:
                self.stations.append(self.station(inner, lag))
                continue
            first = len(self.stations)
            self.walk(inner, lag, depth + 1)
            times = f" ×{inner.count:,}" if inner.count > 1 else ""
            self.brackets.append(Bracket(f"{cleaned(inner.label)}{times}".strip(), first, len(self.stations), depth))

    def station(self, part: Part, lag: int) -> Station:
        """A layer, or a block that is not drawn open, and what it returns."""
        readings = self.analysis.readings
        final = min(part.end - 1 + lag, len(readings) - 1)
        first = view_of(readings[part.shown[-1]].outcome.output, self.axes[part.shown[-1] + 1])
        last = view_of(readings[final].outcome.output, self.axes[final + 1])
        found = self.maker.marks_in(part)
        under = list(self.under(part))
        if readings[part.shown[-1]].assumed:
            under += small("assumed", "muted", room=OP_ROOM)
        style = self.maker.style(part, "closed" if part.kind != "layer" else kind_of(readings[part.first]), found)
        return Station(tuple(self.above(part)), tuple(self.below(part, found)), first, last, tuple(under), style, found)

    def above(self, part: Part) -> Iterator[Line]:
        """Name and type."""
        if part.kind != "layer":
            box = self.maker.of_closed(part, 0)
            yield from _fitted(box.lines[:1])
            return
        node = self.analysis.readings[part.first].node
        yield from small(self.maker.name(part, node), "muted", room=OP_ROOM)
        times = f" ×{part.count:,}" if part.count > 1 else ""
        yield ((Span(shortened(node.layer.type + times, OP_ROOM, TITLE, bold=True), bold=True),), TITLE)

    def below(self, part: Part, found: Sequence[Mark]) -> Iterator[Line]:
        """Kernel, stride, padding and their like, and what was expected and received."""
        if part.kind != "layer":
            box = self.maker.of_closed(part, 0)
            yield from _fitted(box.lines[1:])
            return
        for words in details(self.analysis.readings[part.first])[:MOST_DETAILS]:
            yield from small(words, room=OP_ROOM)
        yield from small(self.maker.parameter_words(part), "muted", room=OP_ROOM)
        yield from _fitted(self.maker.words_of(found))
        if not found and part.first in self.maker.marks.refused:
            yield from small("refused, too", "error", room=OP_ROOM, bold=True)

    def under(self, part: Part) -> Iterator[Line]:
        """The layers that follow without changing the shape."""
        if part.kind == "layer":
            for node in part.shown[1:]:
                yield from small(self.analysis.readings[node].node.layer.type, room=OP_ROOM)


def _fitted(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines that were made for a box, no wider than what is written at an arrow."""
    for spans, size in lines:
        span = spans[0]
        for text in wrapped(span.text, OP_ROOM, size, 2, bold=span.bold):
            yield ((span._replace(text=text),), size)
