"""What is known of a class while it is being written."""

from dataclasses import dataclass, field

from service.architecture.graph import Source
from service.reports.abridged.outline import Part


@dataclass
class Scope:
    """A class that is being written."""

    part: Part
    names: dict[Source, str]
    """What the values are called that come from outside."""
    init: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    values: dict[int, str] = field(default_factory=dict)
    """What the value of each node is called."""
    live: dict[str, int] = field(default_factory=dict)
    """The last node that uses what a variable holds."""
    taken: set[str] = field(default_factory=set)
    """Attributes that there are."""
