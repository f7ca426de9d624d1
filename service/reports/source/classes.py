"""Blocks as classes with ``__init__`` and ``forward``; equal blocks are one class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from service.analysis.reading import Analysis
from service.architecture.graph import Node, Source, Wire, sources_in
from service.layers.operation import Operation
from service.reports.abridged.outline import Part
from service.reports.source.calls import applied, called, constructor, operation
from service.reports.source.layout import INDENT, WIDTH, Bracketed, Expression, flat, in_loops, laid_out, repeated
from service.reports.source.literals import (
    Code,
    attributes,
    class_name,
    identifier,
    literal,
    quoted,
    shape,
)
from service.reports.source.parts import Cutting, numbered, parameter_names, stem
from service.reports.source.scope import Scope

Notes: TypeAlias = Mapping[int, Sequence[str]]
"""Lines of comments by node."""
GENERIC: Final = ("x", "out")
"""What a value is called that is soon forgotten."""


class Writer:
    """Writes the classes of a model, those of its blocks before those that use them."""

    def __init__(self, analysis: Analysis, notes: Notes, changes: Notes) -> None:
        """``notes`` are what is to be said where single nodes are called, ``changes`` where they are made."""
        self.analysis, self.notes, self.changes = analysis, notes, changes
        self.cutting = Cutting(analysis)
        self.labels = frozenset(step for reading in analysis.readings for step in reading.node.name.split("."))
        """What parts of the model are called, whose attributes can have no other name."""
        self.classes: dict[str, list[str]] = {}
        """The lines of each class behind its first, by its name."""
        self.by_text: dict[tuple[str, ...], str] = {}
        self.access: dict[int, str] = {}
        """Where the module, or the tensor, of each node stands in the class that is being written."""
        self.known: dict[int, Expression] = {}
        """What makes each block that was looked at, by the identity of its part, all of which the outline holds."""

    def model(self, whole: Part, name: str, inputs: list[str]) -> str:
        """Writes the class of the whole model; its name."""
        if len(inputs) == 1 and self.cutting.is_chain(whole) and numbered(whole):
            return self.added(name, self._chain_class(whole))
        names = {Source(-1 - position): given for position, given in enumerate(inputs)}
        outputs = self.analysis.graph.outputs
        lines = self._class_body(whole, names, inputs, [output.wire for output in outputs])
        return self.added(name, lines)

    def added(self, wanted: str, lines: list[str]) -> str:
        """The name of the class with these lines; a new one, or one that there is already."""
        known = self.by_text.get(tuple(lines))
        if known is not None:
            return known
        name, number = wanted, 2
        while name in self.classes:
            name, number = f"{wanted}{number}", number + 1
        self.classes[name] = lines
        self.by_text[tuple(lines)] = name
        return name

    def _chain_class(self, part: Part) -> list[str]:
        """A model that is nothing but modules one behind the other: the weights are called by their numbers."""
        lines = ["(nn.Sequential):", f"{INDENT}def __init__(self):", f"{INDENT * 2}super().__init__("]
        for inner in part.parts:
            *before, last = laid_out(self._made(inner), "", ",", 3)
            lines += [*before, self._commented(last, inner.end - 1)]
        return [*lines, f"{INDENT * 2})"]

    def _made(self, part: Part) -> Expression:
        """What makes the module of a layer, or of a block that is one of its own."""
        if not part.parts:
            made = constructor(self.analysis.readings[part.first])
            return made._replace(notes=(*self.changes.get(part.first, ()), *self.notes.get(part.first, ())))
        if id(part) not in self.known:
            is_chain = self.cutting.is_chain(part)
            self.known[id(part)] = self._sequential(part) if is_chain else self._block(part)
        return self.known[id(part)]

    def _block(self, part: Part) -> Expression:
        """What makes the module of a block with a class of its own."""
        boundary = self.cutting.boundary(part)
        names = parameter_names(boundary.taken, self.analysis)
        wires: list[Wire] = [Source(node) for node in boundary.returned]
        outer = self.access
        self.access = {}
        body = self._class_body(part, dict(zip(boundary.taken, names, strict=True)), names, wires)
        self.access = outer
        return Bracketed(self.added(class_name(stem(part, self.analysis)), body), ())

    def _sequential(self, part: Part) -> Expression:
        made = [self._made(inner) for inner in part.parts]
        if not numbered(part):
            pairs = (Bracketed("", (quoted(inner.label), each)) for inner, each in zip(part.parts, made, strict=True))
            return Bracketed("nn.Sequential", (Bracketed("OrderedDict", (Bracketed("", tuple(pairs), "[]"),)),))
        return Bracketed("nn.Sequential", tuple(in_loops(made)))

    def _class_body(self, part: Part, names: dict[Source, str], parameters: list[str], wires: list[Wire]) -> list[str]:
        scope = Scope(part, self.labels, names)
        for source, name in names.items():
            scope.live[name] = self._last_use(source, part)
        for parameter in parameters:
            scope.live.setdefault(parameter, -1)
        end = part.end
        for wire in wires:
            for source in sources_in(wire):
                if source in names:
                    scope.live[names[source]] = end
        if self.cutting.in_order:
            self._write(scope, part.parts, "self")
        else:
            self._write_flat(scope, part)
        returned = [self._value(scope, wire) for wire in wires]
        written = [literal(value) for value in returned]
        result: Expression = ", ".join(map(flat, written))
        if len(result) > WIDTH - len(f"{INDENT * 2}return "):
            result = written[0] if len(written) == 1 else Bracketed("", tuple(written))
        returning = laid_out(result, "return ", "", 2) if wires else []
        return [
            "(nn.Module):", f"{INDENT}def __init__(self):", f"{INDENT * 2}super().__init__()", *scope.init, "",
            *laid_out(Bracketed("forward", ("self", *parameters)), "def ", ":", 1),
            *([*scope.forward, *returning] or [f"{INDENT * 2}pass"]),
        ]  # fmt: skip

    def _last_use(self, source: Source, part: Part) -> int:
        return max((node for node in range(part.first, part.end) if source in self.cutting.taken[node]), default=-1)

    def _write(self, scope: Scope, parts: tuple[Part, ...], prefix: str) -> None:
        """Makes and calls parts in their order; those that are no modules of their own are taken apart."""
        for part in parts:
            if not part.parts:
                self._own(scope, part, prefix)
                self._call_layer(scope, part.first)
            elif self.cutting.is_own(part) and self._loop(scope, part, prefix):
                continue
            elif self.cutting.is_own(part):
                access = scope.attribute(prefix, part.label, self._made(part))
                self._call_block(scope, part, access)
            else:
                self._write(scope, part.parts, scope.attribute(prefix, part.label, Bracketed("nn.Module", ())))

    def _loop(self, scope: Scope, part: Part, prefix: str) -> bool:
        """Makes and calls copies of one module in a loop, where each takes what the one before it returns."""
        carried = self.cutting.carried(part)
        if carried is None or self.cutting.is_chain(part):
            return False
        made = [self._made(inner) for inner in part.parts]
        arriving = self._value(scope, carried)
        is_free = arriving in scope.live and scope.live[arriving] < part.end
        name = arriving if is_free else self._variable(scope, part.end - 1, part.first - 1, ())
        module = "module"
        while scope.live.get(module, -1) >= part.first or module == name:
            module += "_"
        calls: list[Expression] = []
        for source, inner in zip((carried, *(Source(inner.end - 1) for inner in part.parts)), part.parts, strict=False):
            names = scope.names | {source: name}
            calls.append(self._called(replace(scope, names=names), inner, module))
        if made.count(made[0]) < len(made) or calls.count(calls[0]) < len(calls):
            return False
        listed = Bracketed("nn.ModuleList", (repeated(made[0], len(made)),))
        access = scope.attribute(prefix, part.label, listed)
        if not is_free:
            scope.forward.append(f"{INDENT * 2}{name} = {arriving}")
        scope.forward.append(f"{INDENT * 2}for {module} in {access}:")
        *before, line = laid_out(calls[0], f"{name} = ", "", 3)
        scope.forward += [*before, self._commented(line, part.end - 1)]
        scope.values[part.end - 1] = name
        scope.live[name] = self._last_taker(scope, part.end - 1, part.end - 1)
        return True

    def _called(self, scope: Scope, part: Part, access: str) -> Expression:
        """The call of a module that a layer or a block is."""
        if part.parts:
            taken = self.cutting.boundary(part).taken
            return called(access, tuple(self._value(scope, source) for source in taken), {})
        node = self.analysis.readings[part.first].node
        return applied(access, node.layer, *self._taken(scope, node))

    def _taken(self, scope: Scope, node: Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What a layer takes by position, and what by keyword, as source."""
        named = {name: self._value(scope, wire) for name, wire in node.keywords}
        return tuple(self._value(scope, wire) for wire in node.wires), named

    def _write_flat(self, scope: Scope, whole: Part) -> None:
        """Makes everything, then calls it in an order that is not the document's."""
        self._make_all(scope, whole.parts, "self")
        for node in self.analysis.graph.order:
            self._call_layer(scope, node)

    def _make_all(self, scope: Scope, parts: tuple[Part, ...], prefix: str) -> None:
        for part in parts:
            if part.parts:
                inner = scope.attribute(prefix, part.label, Bracketed("nn.Module", ()))
                self._make_all(scope, part.parts, inner)
            else:
                self._own(scope, part, prefix)

    def _own(self, scope: Scope, part: Part, prefix: str) -> None:
        """Makes what a layer owns: a module, a parameter or a buffer."""
        reading = self.analysis.readings[part.first]
        layer = reading.node.layer
        if reading.node.shares is not None or (isinstance(layer, Operation) and not layer.is_owned):
            return
        if not isinstance(layer, Operation):
            made = constructor(reading)._replace(notes=tuple(self.changes.get(part.first, ())))
            self.access[part.first] = scope.attribute(
                prefix, part.label, made, is_stateless=not reading.outcome.weights
            )
            return
        (weight,) = reading.outcome.weights or layer.weights()
        keywords = {} if weight.dtype == "float32" else {"dtype": weight.dtype}
        tensor = called("torch.zeros", (tuple(weight.shape),), keywords)
        if not weight.buffer:
            frozen = () if weight.trainable else ("requires_grad=False",)
            tensor = Bracketed("nn.Parameter", (tensor, *frozen))
        unused = () if self.cutting.takers.get(part.first) else self.notes.get(part.first, ())
        tensor = tensor._replace(notes=(*self.changes.get(part.first, ()), *unused))
        self.access[part.first] = scope.tensor(prefix, part.label, tensor, is_buffer=weight.buffer)

    def _call_layer(self, scope: Scope, index: int) -> None:
        reading = self.analysis.readings[index]
        node = reading.node
        owner = index if node.shares is None else node.shares
        is_owned = isinstance(node.layer, Operation) and node.layer.is_owned
        is_used = not is_owned or self.cutting.takers.get(index)
        if is_used or node.shares is not None:
            # Otherwise it stands where the tensor is made.
            scope.forward += self._told(index)
        if not is_used:
            return
        if isinstance(node.layer, Operation):
            made = self.access[owner] if is_owned else operation(node.layer, *self._taken(scope, node))
        else:
            made = applied(self.access[owner], node.layer, *self._taken(scope, node))
        self._assign(scope, (index,), made, index)

    def _call_block(self, scope: Scope, part: Part, access: str) -> None:
        # Also if nobody takes anything of it: it may overwrite what it takes.
        self._assign(scope, self.cutting.boundary(part).returned, self._called(scope, part, access), part.end - 1)

    def _assign(self, scope: Scope, nodes: tuple[int, ...], made: Expression, at: int) -> None:
        """Calls the values of nodes something, and says of what shape they are."""
        names: list[str] = []
        if not any(self.cutting.takers.get(node) for node in nodes):
            scope.forward += laid_out(made, "", "", 2)
            return
        for node in nodes:
            name = self._variable(scope, node, at, tuple(names))
            scope.values[node] = name
            scope.live[name] = self._last_taker(scope, node, at)
            names.append(name)
        *before, line = laid_out(made, f"{', '.join(names)} = ", "", 2)
        scope.forward += [*before, self._commented(line, nodes[-1])]

    def _last_taker(self, scope: Scope, node: int, at: int) -> int:
        """The last node that takes what a node returns."""
        inside = [taker for taker in self.cutting.takers.get(node, ()) if taker < scope.part.end]
        outside = len(inside) < len(self.cutting.takers.get(node, ()))
        return scope.part.end if outside else max(inside, default=at)

    def _variable(self, scope: Scope, node: int, at: int, taken: tuple[str, ...]) -> str:
        """A name that nothing has that is still needed."""
        own = identifier(self.analysis.readings[node].node.name.rpartition(".")[2])
        for name in (*GENERIC, own, *(f"{own}_{number}" for number in range(2, len(scope.live) + 3))):
            if name not in taken and scope.live.get(name, -1) <= at:
                return name
        raise AssertionError("there is always a further number")

    def _value(self, scope: Scope, wire: Wire) -> Any:
        """What a wire carries, as source."""
        if not isinstance(wire, Source):
            return tuple(self._value(scope, part) for part in wire)
        if wire in scope.names:
            return Code(scope.names[wire])
        if wire.path and isinstance(wire.path[0], str):
            value, rest = f"{self.access[wire.node]}.{attributes(wire.path[0])}", wire.path[1:]
        else:
            value, rest = scope.values.get(wire.node) or scope.names[Source(wire.node)], wire.path
        return Code(value + "".join(f"[{step}]" for step in rest))

    def _told(self, node: int) -> Iterator[str]:
        """What is to be said where a node is called; all of it there, where nothing is made."""
        is_made = node in self.access and self.analysis.readings[node].node.shares is None
        said = (*(() if is_made else self.changes.get(node, ())), *self.notes.get(node, ()))
        return (f"{INDENT * 2}# {note}" for note in said)

    def _commented(self, line: str, node: int) -> str:
        """A line with the shape of what it makes behind it, where there is room."""
        commented = f"{line}  # {shape(self.analysis.readings[node].outcome.output)}"
        return commented if len(commented) <= WIDTH else line
