"""What flows between the parts of a block, and in and out of it."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final, NamedTuple

from service.reports.abridged.folding import Wiring
from service.reports.abridged.outline import Part

MOST_ENTRIES: Final = 12
MOST_EXITS: Final = 4


class Wish(NamedTuple):
    """A line that should be drawn, by the keys of what it joins."""

    tail: int
    head: int
    node: int
    """Whose result it carries."""
    gone: bool = False
    """Whether it was there in the version before only."""


class Traffic:
    """The lines of one level. Parts go by their first node; what stands around the block, by its key there."""

    def __init__(self, wiring: Wiring, part: Part, outside: Callable[[int], int]) -> None:
        self.wiring = wiring
        self.part = part
        self.outside = outside
        self.firsts = [inner.first for inner in part.parts]
        self.wishes: list[Wish] = []
        self.entries: list[int] = []
        """The keys of what comes in, so far as there is a line for it."""
        for inner in part.parts:
            self.collect(inner)

    def shown(self, node: int) -> int:
        """The node that is drawn for a node of the block: of a run, that of the first time."""
        return self.part.first + (node - self.part.first) % self.part.period

    def key_of(self, node: int) -> int:
        """The key, on this level, of what returns a node's result."""
        if not self.part.first <= node < self.part.end:
            return self.outside(node)
        return self.firsts[bisect_right(self.firsts, self.shown(node)) - 1]

    def collect(self, inner: Part) -> None:
        """Notes what one of the parts takes."""
        found: dict[tuple[int, bool], Wish] = {}
        for node in inner.shown:
            for source in self.wiring.sources[node]:
                if inner.first <= source.node < inner.end:
                    continue
                key = self.key_of(source.node)
                gone = source.node in self.wiring.gone or node in self.wiring.gone
                if key != inner.first:
                    found.setdefault((key, gone), Wish(key, inner.first, source.node, gone))
        self.wishes += found.values()
        firsts = set(self.firsts)
        outside = dict.fromkeys(key for key, _ in found)
        entering = [key for key in outside if key not in firsts and key not in self.entries]
        self.entries += entering[: MOST_ENTRIES - len(self.entries)]

    def exits(self) -> list[tuple[Part, int]]:
        """The parts whose results are taken outside, each with the node that returns them, both the first time."""
        part, found = self.part, list[tuple[Part, int]]()
        takers, shift = self.wiring.last_taker, part.end - part.period - part.first
        for inner in part.parts:
            taken = (node for node in range(inner.end - 1, inner.first - 1, -1) if takers[node + shift] >= part.end)
            node = next(taken, None)
            if node is not None:
                found.append((inner, node))
        return found[-MOST_EXITS:]
