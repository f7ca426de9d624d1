"""Blocks in frames, level by level."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Final, NamedTuple

from service.analysis.reading import Analysis
from service.reports.abridged.folding import Wiring
from service.reports.abridged.names import cleaned
from service.reports.abridged.outline import Part
from service.reports.svg.canvas import Canvas, Span, number
from service.reports.svg.captions import SMALL, TITLE
from service.reports.svg.fonts import shortened, width
from service.reports.svg.layer_boxes import BoxMaker
from service.reports.svg.levels import Drawable, Level, Plan, Thing, arranged_level
from service.reports.svg.traffic import Traffic, Wish

PAD: Final = 12.0
HEADER: Final = 26.0
NOTE: Final = 15.0
FOOT: Final = 12.0
TALLEST: Final = (1300.0, 1300.0, 3000.0)
"""Pixels from which on a level is broken into columns: the model's own, of blocks in it, and of all within those."""
LONGEST_LABEL: Final = 240.0
BESIDE_LINE: Final = 10.0


class Surroundings(NamedTuple):
    """What a block needs to know of the level that it stands on."""

    names: Callable[[int], str]
    """What things there are called."""
    key_of: Callable[[int], int]
    """Which thing there returns a node's result."""
    room: float
    """Pixels that there are for its width."""
    depth: int
    """Frames around it."""


class Scene(NamedTuple):
    """What every level is drawn from."""

    analysis: Analysis
    wiring: Wiring
    maker: BoxMaker
    positions: list[int]
    """When each node is computed."""

    @classmethod
    def of(cls, analysis: Analysis, wiring: Wiring, maker: BoxMaker) -> "Scene":
        """Looks up the order of computation."""
        positions = [0] * len(analysis.graph.nodes)
        for place, node in enumerate(analysis.graph.order):
            positions[node] = place
        return cls(analysis, wiring, maker, positions)

    def narrowed(self) -> "Scene":
        """The same with narrow boxes."""
        return self._replace(maker=self.maker.narrowed())

    def thing(self, part: Part, lag: int, around: Surroundings) -> Thing:
        """A part as a thing on its level; ``lag`` nodes later it stands the last time."""
        place = min(self.positions[node] for node in part.shown)
        drawn: Drawable = framed(self, part, lag, around) if part.parts else self.maker.of_part(part, lag)
        floats = not any(self.wiring.sources[node] for node in part.shown)
        return Thing(part.first, place, drawn, floats=floats)


@dataclass(frozen=True)
class Frame:
    """A block, drawn open."""

    level: Level
    label: str
    count: int
    entries: dict[int, float]
    """Where what comes in enters, from the left edge of the level."""
    exits: dict[int, float]
    """Where results go out, by the nodes that return them."""
    room: float
    """Pixels that there are for its width."""
    gone: frozenset[int]
    """The lines in and out that were there before only, by their keys."""
    note: str = ""
    slack: float = 0.0
    label_height: float = 0.0

    @property
    def header(self) -> float:
        """The height of what stands above the level."""
        return HEADER + (NOTE if self.note else 0)

    @cached_property
    def corner(self) -> tuple[float, float]:
        """Where its label begins and how wide it may be: left of the lines that come in, right of them or between."""
        wanted = self.label_width
        inner = self.level.width
        stops = [-BESIDE_LINE, *sorted(self.entries.values()), inner + BESIDE_LINE]
        gaps = [(right - left - 2 * BESIDE_LINE, left + BESIDE_LINE) for left, right in pairwise(stops)]
        for gap, left in (gaps[0], gaps[-1]):
            if wanted <= gap:
                return PAD + left, gap
        _, last = gaps[-1]
        if last + wanted + 2 * PAD <= self.room:
            return PAD + last, wanted
        gap, left = max(gaps)
        return PAD + left, gap

    @property
    def label_width(self) -> float:
        """The width of what stands above the level."""
        return max(width(self.label, TITLE, bold=True), width(self.note, SMALL))

    @property
    def width(self) -> float:
        """Pixels."""
        left, room = self.corner
        return max(PAD + self.level.width, left + min(self.label_width, room)) + PAD

    @property
    def height(self) -> float:
        """Pixels."""
        return self.header + self.level.height + FOOT

    @property
    def entering(self) -> Mapping[int, float]:
        """Where lines from other things enter, from the frame's middle."""
        return {key: PAD + entry - self.width / 2 for key, entry in self.entries.items()}

    @property
    def leaving(self) -> Mapping[int, float]:
        """Where lines leave that carry what a node returns."""
        return {node: PAD + leaves - self.width / 2 for node, leaves in self.exits.items()}

    def noted(self, note: str) -> "Frame":
        """The frame with a remark below its label."""
        return replace(self, note=shortened(note, min(self.corner[1], LONGEST_LABEL), SMALL))

    def line(self, key: int) -> str:
        """The classes of a line in or out."""
        return "line line-gone" if key in self.gone else "line"

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draws it with the middle of its upper edge at a point."""
        left = x - self.width / 2
        canvas.opened("block")
        if self.count > 1:
            canvas.rectangle((left + 5, y + 5), self.width, self.height, "frame behind", 8)
        canvas.rectangle((left, y), self.width, self.height, "frame", 8)
        beside, room = self.corner
        canvas.text(left + beside, y + 18, (Span(shortened(self.label, room, TITLE, bold=True), bold=True),), TITLE)
        if self.note:
            canvas.text(left + beside, y + 18 + NOTE, (Span(shortened(self.note, room, SMALL), "muted"),), SMALL)
        inner, top = left + PAD, y + self.header
        for key, entry in self.entries.items():
            end = top + self.level.middle(key)[1]
            canvas.path(f"M{number(inner + entry)} {number(y)}V{number(end)}", self.line(key))
        for thing in self.level.things.values():
            if thing.end == "last":
                right, down = self.level.middle(thing.key)
                data = f"M{number(inner + right)} {number(top + down)}V{number(y + self.height)}"
                canvas.path(data, self.line(thing.key))
        self.level.draw(canvas, inner, top)
        canvas.closed()


def framed(scene: Scene, part: Part, lag: int, around: Surroundings) -> Frame:
    """A block with everything in it; ``lag`` nodes later it stands the last time."""
    traffic = Traffic(scene.wiring, part, around.key_of)
    labels = {inner.first: named(inner, scene) for inner in part.parts}
    here = Surroundings(
        lambda key: labels.get(key) or around.names(key), traffic.key_of, around.room - 2 * PAD, around.depth + 1
    )
    last_time = part.end - part.first - part.period
    behind = len(scene.analysis.graph.nodes)
    nodes: dict[int, int] = {}
    wishes = list(traffic.wishes)
    for key, (inner, node) in enumerate(traffic.exits(), behind):
        nodes[key] = node
        wishes.append(Wish(inner.first, key, node, node in scene.wiring.gone))

    def things(chosen: Scene) -> list[Thing]:
        return [
            *(Thing(key, -1, None, "first") for key in traffic.entries),
            *(chosen.thing(inner, lag + last_time, here) for inner in part.parts),
            *(Thing(key, behind, None, "last") for key in nodes),
        ]

    wide = None if scene.maker.narrow else partial(things, scene)
    level = arranged_level(
        Plan(wide, partial(things, scene.narrowed()), wishes, here.names, here.room, TALLEST[min(here.depth, 2)])
    )
    exits = {node + last_time: level.middle(key)[0] for key, node in nodes.items()}
    entries = {key: level.middle(key)[0] for key in traffic.entries}
    there = {key for wish in wishes if not wish.gone for key in (wish.tail, wish.head)}
    gone = frozenset((*entries, *nodes)) - there
    return Frame(level, _label(part), part.count, entries, exits, around.room, gone)


def _label(part: Part) -> str:
    times = f", {part.count:,} in parallel" if part.parallel else f" ×{part.count:,}" if part.count > 1 else ""
    return shortened(cleaned(part.label), LONGEST_LABEL, TITLE, bold=True) + times


def named(part: Part, scene: Scene) -> str:
    """What a part is called where a line to it is not drawn."""
    return cleaned(part.label) if part.label else scene.analysis.graph.nodes[part.first].layer.type
