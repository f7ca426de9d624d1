"""What is known of a class while it is being written."""

from dataclasses import dataclass, field

from service.architecture.graph import Source
from service.reports.abridged.outline import Part
from service.reports.source.layout import Bracketed, Expression, flat, laid_out
from service.reports.source.literals import identifier, is_attribute, quoted


@dataclass
class Scope:
    """A class that is being written."""

    part: Part
    labels: frozenset[str]
    """What parts of the model are called, whose attributes can have no other name."""
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

    def tensor(self, prefix: str, name: str, made: Bracketed, *, is_buffer: bool) -> str:
        """Makes a parameter or a buffer under a name; where it then stands."""
        kind = "buffer" if is_buffer else "parameter"
        access = f"{prefix}.{name}" if is_attribute(name) else f"{prefix}._{kind}s[{quoted(name)}]"
        if is_buffer and is_attribute(name):
            plain = made._replace(notes=())
            registered = Bracketed(f"{prefix}.register_buffer", (quoted(name), plain), notes=made.notes)
            self.init += laid_out(registered, "", "", 2)
        else:
            self.init += laid_out(made, f"{access} = ", "", 2)
        return access

    def attribute(self, prefix: str, name: str, made: Expression, *, is_stateless: bool = False) -> str:
        """Makes a module under a name; where it then stands."""
        attribute = name
        if is_stateless and not is_attribute(name):
            # It has no weights whose names would have to be those of the document.
            attribute = identifier(f"{flat(made).removeprefix('nn.').partition('(')[0]}_{name}")
        elif not is_attribute(name):
            self.init += laid_out(made, f"{prefix}._modules[{quoted(name)}] = ", "", 2)
            return f"{prefix}._modules[{quoted(name)}]"
        while f"{prefix}.{attribute}" in self.taken or (attribute != name and attribute in self.labels):
            attribute += "_"
        self.taken.add(f"{prefix}.{attribute}")
        self.init += laid_out(made, f"{prefix}.{attribute} = ", "", 2)
        return f"{prefix}.{attribute}"
