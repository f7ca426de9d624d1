"""How the sizes progress along a model's longest path, as volumes: a station wherever height or width change."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile
from typing import Final

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, sources_in
from service.core.sizes import Shape, is_known
from service.core.tensors import Tensor
from service.reports.abridged.folding import Wiring
from service.reports.abridged.words import details, plural
from service.reports.svg.canvas import Span
from service.reports.svg.captions import SMALL, TITLE, Line, small
from service.reports.svg.fonts import shortened
from service.reports.svg.layer_boxes import kind_of
from service.reports.svg.stations import OP_ROOM, Chain, Station
from service.reports.svg.views import View, spatial_axes, view_of

FEWEST_CHANGES: Final = 2
MOST_CHANGES: Final = 14
MOST_DETAILS: Final = 3


def progress(analysis: Analysis, wiring: Wiring) -> Chain | None:
    """The stations, as far as there are volumes; none where those are too few to compare, or too many to be seen."""
    path = longest_path(analysis, wiring)
    axes = list(spatial_axes(analysis, path))
    start = analysis.graph.inputs[_input_of(path, wiring)][1]
    views = [view_of(start, axes[0])]
    views += [view_of(analysis.readings[node].outcome.output, kept) for node, kept in zip(path, axes[1:], strict=True)]
    volumes = list(takewhile(_is_known_volume, views))
    if not volumes:
        return None
    for place, node in enumerate(path[: len(volumes) - 1], 1):
        if analysis.readings[node].node.layer.family == "pad":
            # What pads a convolution's input is no station of its own.
            volumes[place] = volumes[place - 1]
    changes = [place for place in range(1, len(volumes)) if volumes[place].sizes != volumes[place - 1].sizes]
    if len(changes) > MOST_CHANGES:
        # Convolutions without padding take a little away each; what matters is where sizes halve or double.
        changes = [place for place in changes if _leaps(volumes[place - 1].sizes, volumes[place].sizes)]
    if not FEWEST_CHANGES <= len(changes) <= MOST_CHANGES:
        return None
    inputs = Station((), (), views[0], views[0], (((Span("input", bold=True),), SMALL),), "terminal")
    stations = [inputs]
    if volumes[changes[0] - 1] != views[0]:
        stations.append(_first(analysis, path[: changes[0] - 1], volumes[changes[0] - 1]))
    starts = [0, *([1] if len(stations) > 1 else []), *changes]
    for place, end in pairwise([*changes, len(volumes)]):
        stations.append(_station(analysis.readings[path[place - 1]], end - place, volumes[end - 1]))
    return Chain(tuple(stations), (), tuple(_skips(path[: len(volumes) - 1], starts, wiring)))


def _skips(path: list[int], starts: list[int], wiring: Wiring) -> Iterator[tuple[int, int]]:
    """Which stations what a node takes comes from, beside the one before it; ``starts`` is where each begins."""
    places = {node: place for place, node in enumerate(path, 1)}
    found = set[tuple[int, int]]()
    for node, place in places.items():
        for source in wiring.sources[node]:
            tail = source.node
            while tail >= 0 and tail not in places and wiring.sources[tail]:
                tail = wiring.sources[tail][0].node
            skip = bisect_right(starts, places.get(tail, place)) - 1, bisect_right(starts, place) - 1
            if skip[0] + 1 < skip[1] and skip not in found:
                found.add(skip)
                yield skip


def _leaps(before: Shape, after: Shape) -> bool:
    """Whether a size is another by more than a third."""
    return any(not 3 * new < 4 * old < 6 * new for old, new in zip(before, after, strict=False))


def _is_known_volume(view: View) -> bool:
    return view.kind == "volume" and all(map(is_known, (view.channels, *view.sizes)))


def longest_path(analysis: Analysis, wiring: Wiring) -> list[int]:
    """The nodes on the way from an input to an output that leads through most layers.

    Where several tensors come together, it goes on from those of the shape of the result: not from a gate, say.
    """
    graph = analysis.graph
    lengths = [0] * len(graph.nodes)
    before = [-1] * len(graph.nodes)
    for node in graph.order:
        lengths[node] = 1
        for source in _alike(analysis, wiring.sources[node], node):
            if source.node >= 0 and lengths[source.node] >= lengths[node]:
                lengths[node], before[node] = lengths[source.node] + 1, source.node
    returned = [source.node for output in graph.outputs for source in sources_in(output.wire) if source.node >= 0]
    path: list[int] = []
    node = max(returned, key=lengths.__getitem__, default=-1)
    while node >= 0:
        path.append(node)
        node = before[node]
    return path[::-1]


def _alike(analysis: Analysis, sources: tuple[Source, ...], node: int) -> Iterable[Source]:
    """The sources of a node that have its result's shape; all of them, if none has."""
    if len(sources) < 2:
        return sources
    shape = _shape(analysis, node)
    return [source for source in sources if _shape(analysis, source.node) == shape] or sources


def _shape(analysis: Analysis, node: int) -> Shape | None:
    value = analysis.graph.inputs[-node - 1][1] if node < 0 else analysis.readings[node].outcome.output
    return value.shape if isinstance(value, Tensor) else None


def _input_of(path: list[int], wiring: Wiring) -> int:
    """Which of the model's inputs a path begins at."""
    taken = (source.node for source in wiring.sources[path[0]] if source.node < 0) if path else iter(())
    return -next(taken, -1) - 1


def _first(analysis: Analysis, path: list[int], view: View) -> Station:
    """What the layers return that leave the input's height and width."""
    return Station(tuple(_layers(len(path))), (), view, view, (), kind_of(analysis.readings[path[0]]))


def _station(reading: LayerReading, layers: int, view: View) -> Station:
    """What a layer that changes height or width returns and, after it, the layers that don't."""
    kind = shortened(reading.node.layer.type, OP_ROOM, TITLE, bold=True)
    below = [line for words in details(reading)[:MOST_DETAILS] for line in small(words, room=OP_ROOM)]
    above = ((Span(kind, bold=True),), TITLE)
    return Station((above,), tuple(below), view, view, tuple(_layers(layers)), kind_of(reading))


def _layers(count: int) -> list[Line]:
    return small(plural(count, "layer"), "muted", room=OP_ROOM)
