"""One level of a layered drawing: what stands in a block, or in the model, and the lines between."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, Protocol

from service.reports.svg.arrangement import WORTHWHILE, Arrangement, arranged
from service.reports.svg.canvas import Canvas, number
from service.reports.svg.layering import Box, Layering, Link, layered
from service.reports.svg.traffic import Wish

WAYS: Final = (12, 4, 0)
"""How many lines may pass a layer, and how many where it gets too wide; where none may, none needs to be straight."""


class Drawable(Protocol):
    """Something that stands on a level."""

    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def slack(self) -> float: ...
    @property
    def label_height(self) -> float: ...

    @property
    def entering(self) -> Mapping[int, float]:
        """Where lines from other things on its level enter, right of its middle; there, where nothing is said."""

    @property
    def leaving(self) -> Mapping[int, float]:
        """Where lines leave that carry what a node returns; if from one place only, all do."""

    def noted(self, note: str) -> "Drawable":
        """The same with a remark."""

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draws it with the middle of its upper edge at a point."""


class Thing(NamedTuple):
    """Something on a level; a point where lines come in or go out has nothing to draw."""

    key: int
    place: int
    drawn: Drawable | None
    end: Literal["first", "last", ""] = ""
    floats: bool = False


class Level(NamedTuple):
    """A level with everything in its place."""

    things: dict[int, Thing]
    keys: tuple[int, ...]
    arrangement: Arrangement
    layering: Layering

    @property
    def width(self) -> float:
        """Pixels."""
        return self.arrangement.width

    @property
    def height(self) -> float:
        """Pixels."""
        return self.arrangement.height

    def middle(self, key: int) -> tuple[float, float]:
        """The middle of the upper edge of a thing."""
        return self.arrangement.middles[self.keys.index(key)]

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Draws it with its upper left corner at a point."""
        canvas.pieces.append(f'<g transform="translate({number(x)} {number(y)})">')
        for key, (middle, top) in zip(self.keys, self.arrangement.middles, strict=True):
            drawn = self.things[key].drawn
            if drawn is not None:
                drawn.draw(canvas, middle, top)
        for line, link in zip(self.arrangement.lines, self.layering.drawn, strict=True):
            canvas.path(line.data, "line line-gone" if link.gone else "line")
            drawn = self.things[self.keys[link.head]].drawn
            if drawn is not None and drawn.slack:
                right, down = line.tip
                canvas.polygon(((right, down), (right - 4, down - 7), (right + 4, down - 7)), "head")
        canvas.closed()


class Plan(NamedTuple):
    """What a level is to have."""

    wide: Callable[[], list[Thing]] | None
    """Its things; none where there is room for narrow ones only."""
    narrow: Callable[[], list[Thing]]
    wishes: list[Wish]
    names: Callable[[int], str]
    room: float
    tallest: float


def arranged_level(plan: Plan) -> Level:
    """Puts things in their places: narrow ones, and with fewer lines, where that would be wider than there is room."""
    wide = None if plan.wide is None else _attempted(plan, plan.wide(), WAYS[0])
    if wide is not None and wide.width <= plan.room and wide.height <= plan.tallest:
        return wide
    things = plan.narrow()
    for most_ways in WAYS[:-1]:
        level = _attempted(plan, things, most_ways)
        if level.width <= plan.room:
            # Narrow boxes are higher, but there may be room for more columns of them.
            fits = wide is not None and wide.width <= plan.room
            return wide if wide is not None and fits and wide.height * WORTHWHILE <= level.height else level
    return _attempted(plan, things, WAYS[-1])


def _attempted(plan: Plan, things: Sequence[Thing], most_ways: int) -> Level:
    """Puts things in their places; the lines for which there is no room are told in words."""
    wishes, room = plan.wishes, plan.room
    keys = tuple(thing.key for thing in things)
    index = {key: place for place, key in enumerate(keys)}
    by_key = {thing.key: thing for thing in things}
    lines = [wish for wish in wishes if wish.tail in index]
    links = [_link(wish, by_key, index) for wish in lines]
    layering = layered([_box(thing) for thing in things], links, room, most_ways)
    left = [(link.head, keys[link.tail]) for link in layering.untold if not link.gone]
    left += [(index[wish.head], wish.tail) for wish in wishes if wish.tail not in index and not wish.gone]
    untold: dict[int, list[str]] = {}
    for head, tail in sorted(left):
        untold.setdefault(keys[head], []).append(plan.names(tail))
    for key, tails in untold.items():
        thing = by_key[key]
        if thing.drawn is not None:
            by_key[key] = thing._replace(drawn=thing.drawn.noted(f"also takes {', '.join(dict.fromkeys(tails))}"))
    if untold:
        # A remark may make a frame wider.
        again = {link: _link(wish, by_key, index) for link, wish in zip(links, lines, strict=True)}
        layering = layering._replace(drawn=[again[link] for link in layering.drawn])
    boxes = [_box(by_key[key]) for key in keys]
    return Level(by_key, keys, arranged(boxes, layering, room, plan.tallest, straight=most_ways > 0), layering)


def _link(wish: Wish, things: dict[int, Thing], index: dict[int, int]) -> Link:
    tail, head = things[wish.tail].drawn, things[wish.head].drawn
    enters = head.entering.get(wish.tail, 0.0) if head is not None else 0.0
    leaving = tail.leaving if tail is not None else {}
    only = next(iter(leaving.values())) if len(leaving) == 1 else 0.0
    return Link(index[wish.tail], index[wish.head], leaving.get(wish.node, only), enters, wish.gone)


def _box(thing: Thing) -> Box:
    drawn = thing.drawn
    if drawn is None:
        return Box(0, 0, thing.place, thing.end, thing.floats, pointed=False)
    pointed = drawn.slack > 0
    return Box(
        drawn.width, drawn.height, thing.place, thing.end, thing.floats, drawn.label_height, drawn.slack, pointed
    )
