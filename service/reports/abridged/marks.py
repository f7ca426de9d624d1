"""What is wrong, or changed, and where: by layers, and in the few words there is room for at the place."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from service.core.issues import Issue
from service.core.sizes import is_unknown
from service.core.tensors import Value
from service.diagnosis.examination import Examination
from service.reports.abridged.names import cleaned
from service.reports.abridged.words import counted


class Mark(NamedTuple):
    """An issue, and the number under which it is explained."""

    number: int
    issue: Issue

    @property
    def style(self) -> str:
        """The class of the style sheet."""
        return self.issue.severity

    @property
    def words(self) -> tuple[str, ...]:
        """What was expected and received or, where that says nothing, what it is about."""
        expected, received = self.issue.expected, self.issue.received
        if self.style == "warning" or (expected is None and received is None):
            return (self.issue.code.replace("-", " "),)
        found = (("expected", expected), ("received", received))
        return tuple(f"{name} {_brief(value)}" for name, value in found if value is not None)


class Change(NamedTuple):
    """What became of a layer since the version before."""

    style: Literal["added", "changed", "removed", ""]
    """The class of the style sheet; none where it is the same, and returns something else."""
    words: tuple[str, ...]
    former: Value | None
    """What it returned before, if that is something else now."""


UNCHANGED: Final = Change("", (), None)


class Marks(NamedTuple):
    """All that is wrong, and what changed."""

    numbered: tuple[Mark, ...]
    at: dict[int, tuple[Mark, ...]]
    """By node."""
    of_model: tuple[Mark, ...]
    """About no layer, but what the model returns or takes."""
    refused: frozenset[int]
    """The nodes that PyTorch refuses, also where another issue tells about it."""
    changes: Mapping[int, Change] | None = None
    """By node; none where no version before is known."""

    @property
    def told(self) -> frozenset[int]:
        """The nodes that something is said about."""
        return self.refused.union(self.at, self.changed)

    @property
    def changed(self) -> frozenset[int]:
        """The nodes that are new, changed or removed."""
        return frozenset(node for node, change in (self.changes or {}).items() if change.style)

    def change(self, node: int) -> Change:
        """What became of a layer; nothing, where that is not known."""
        return (self.changes or {}).get(node, UNCHANGED)

    def became(self, nodes: Iterable[int]) -> str:
        """What became of several layers, as a class of the style sheet; changed, if something became of some only."""
        styles = {self.change(node).style for node in nodes}
        return next(iter(styles)) if len(styles) == 1 else "changed"


def marks(examination: Examination) -> Marks:
    """The issues of an examination in their order, numbered from 1."""
    readings = examination.analysis.readings
    numbered = tuple(Mark(number, issue) for number, issue in enumerate(examination.issues, 1))
    named = {mark.issue.layer for mark in numbered}
    places = {reading.node.name: index for index, reading in enumerate(readings) if reading.node.name in named}
    at: dict[int, tuple[Mark, ...]] = {}
    of_model: list[Mark] = []
    for mark in numbered:
        place = places.get(mark.issue.layer) if mark.issue.layer is not None else None
        if place is None:
            of_model.append(mark)
        else:
            at[place] = (*at.get(place, ()), mark)
    refused = frozenset(index for index, reading in enumerate(readings) if reading.outcome.faults)
    return Marks(numbered, at, tuple(of_model), refused)


def _brief(value: Any) -> str:
    if is_unknown(value):
        return "?"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return counted(value) if abs(value) >= 10**6 else str(value)
    if isinstance(value, list | tuple) and value and all(isinstance(part, list | tuple) for part in value):
        return " and ".join(map(_brief, value[:4]))
    if isinstance(value, list | tuple):
        return f"[{', '.join(_brief(part) for part in value[:8])}{', …' if len(value) > 8 else ''}]"
    return cleaned(str(value))
