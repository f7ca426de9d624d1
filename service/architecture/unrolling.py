"""Blocks, repeats and reuse unrolled into single layers, each with its full name."""

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple, NoReturn, cast

from service.architecture.document import Document
from service.architecture.graph import Graph, Node, Source, ordered
from service.architecture.names import check_name, is_plain
from service.architecture.problems import DocumentFault, UnreadableDocument, shortened
from service.architecture.resolving import Resolver, unknown_name
from service.architecture.scopes import INPUT, Arrival, Block, Entity, ParsedReference, Received, Scope, settled
from service.core.issues import pointer_to
from service.core.records import maker
from service.core.tensors import is_countable
from service.layers.arguments import Stacked
from service.layers.base import Layer
from service.layers.structure import Reuse, Sequential, Structure

MOST_LAYERS: Final = 100_000
DEEPEST_NESTING: Final = 100

_node: Final = maker(Node)
_source: Final = maker(Source)


@cache
def is_sourceless(kind: type[Layer]) -> bool:
    """Whether entries of a kind take no input, as ``parameter`` does."""
    signature = None if issubclass(kind, Structure) else kind.signature()
    return signature is not None and not signature.parameters and not signature.variadic


@cache
def stacked(kind: type[Layer]) -> tuple[str, ...]:
    """The arguments that say how many layers an entry is, if it is many in one."""
    return tuple(
        name for name, field in kind.model_fields.items() if any(isinstance(mark, Stacked) for mark in field.metadata)
    )


def depth(layer: Layer) -> int:
    """How many layers an entry is in one, perhaps a mistaken number of them."""
    depths = stacked(type(layer))
    return sum([getattr(layer, name) for name in depths]) if depths else 1


@cache
def _is_single(kind: type[Layer]) -> bool:
    """Whether an entry is one layer that takes something, as nearly all are."""
    return not issubclass(kind, Structure) and not stacked(kind) and not is_sourceless(kind)


class Pending(NamedTuple):
    """A single layer whose references are not resolved yet, as every name has to be known first."""

    name: str
    pointer: str
    layer: Layer
    arrival: Arrival | None
    shares: int | None


def unrolled(document: Document) -> Graph:
    """The document as a graph; raises :class:`UnreadableDocument` where names don't lead anywhere."""
    try:
        return _unrolled(document)
    except RecursionError:
        _fail("too-deep", "/layers", "What the blocks take leads forward through too many of them.")


def _unrolled(document: Document) -> Graph:
    inputs = document.input_tensors
    top = Scope(None, None)
    for index, (name, tensor) in enumerate(inputs):
        if not is_countable(tensor):
            pointer = "/input" if document.inputs is None else pointer_to("inputs", name)
            _fail("too-large", pointer, f"An input {tensor} of {tensor.dtype} has more bytes than 64 bits can count.")
        top.names[name] = Source(-1 - index)
    unrolling = _Unrolling()
    only = Source(-1) if len(inputs) == 1 else Received(top)
    unrolling.walk(document.layers, top, only, "", "/layers")
    model_inputs = tuple(Source(-1 - index) for index in range(len(inputs)))
    resolver = Resolver(model_inputs, lambda node: unrolling.pending[node].layer)
    for block in unrolling.blocks:
        # In this order what a block returns rests on what is known already, so that following it never goes deep.
        resolver.wire_of(block)
    unsure = [index for index, node in enumerate(unrolling.pending) if type(node) is Pending]
    for index in unsure:
        name, pointer, layer, arrival, shares = cast("Pending", unrolling.pending[index])
        unrolling.pending[index] = Node(name, pointer, layer, *resolver.wires(arrival), shares)
    nodes = cast("list[Node]", unrolling.pending)
    if document.outputs is not None:
        top.outputs = document.outputs
    outputs = resolver.outputs(top, "/outputs")
    resolver.raise_faults()
    return Graph(inputs, tuple(nodes), ordered(nodes, unsure), outputs)


class _Unrolling:
    """One walk over the document, depth first, so that the layers of a block follow one another."""

    def __init__(self) -> None:
        self.pending: list[Pending | Node] = []
        self.blocks: list[Block] = []
        """The blocks whose results are not known yet, each after those within it and before it."""
        self.copies = 0

    def walk(self, layers: Iterable[Layer], scope: Scope, before: Entity, prefix: str, pointer: str) -> None:
        """Unrolls a list of layers into ``scope``; the first of them takes ``before``."""
        pending, names = self.pending, scope.names
        for index, layer in enumerate(layers):
            here = f"{pointer}/{index}"
            own_name, references = layer.name, layer.inputs
            name = str(index) if own_name is None else own_name
            if name in names or not (own_name is None or is_plain(name)):
                check_name(name, layer, scope, here)
            if "repeat" not in layer.__pydantic_fields_set__ and _is_single(type(layer)):
                # Nearly every layer of nearly every document: a single one that takes what stands before it.
                if references is None and type(before) is int:
                    wires: tuple[Source, ...] | None = (_source((before, ())),)
                else:
                    wires = (
                        known_wires(before, (), scope) if references is None else known_wires(None, references, scope)
                    )
                if wires is not None:
                    self.count(here)
                    before = len(pending)
                    pending.append(_node((prefix + name, here, layer, wires, (), None)))
                    if name == INPUT:
                        scope.put(name, before)
                    else:
                        names[name] = before
                    continue
            given, references = (before, ()) if references is None else (None, references)
            arrival = Arrival(given, references, scope, here)
            before = self.place(layer, arrival, scope, prefix + name, here)
            scope.put(name, before)
        scope.outputs = (before,)

    def place(self, layer: Layer, arrival: Arrival, home: Scope, name: str, pointer: str) -> Entity:
        """Unrolls a layer that stands in ``home``, as often as it is repeated."""
        if "repeat" not in layer.model_fields_set:
            return self.once(layer, arrival, home, name, pointer)
        start, numbered = len(self.pending), Scope(home, arrival)
        if layer.repeat > MOST_LAYERS:
            self.count(pointer, layer.repeat)
        rest = arrival.references[1:]  # In place of the first, a copy takes what the one before it returns.
        for copy in range(layer.repeat):
            entity = self.once(layer, arrival, home, f"{name}.{copy}", pointer)
            numbered.names[str(copy)] = entity
            arrival = arrival._replace(before=entity, references=rest)
        numbered.outputs = (entity,)
        return self.finished(layer, home, numbered, pointer, start)

    def once(self, layer: Layer, arrival: Arrival, home: Scope, name: str, pointer: str) -> Entity:
        """Unrolls one copy of a layer."""
        self.count(pointer, depth(layer))
        if isinstance(layer, Sequential):
            return self.block(layer, arrival, home, name, pointer)
        if isinstance(layer, Reuse):
            return self.again(layer, arrival, name, pointer)
        takes_nothing = layer.inputs is None and is_sourceless(type(layer))
        wires = () if takes_nothing else known_wires(arrival.before, arrival.references, arrival.scope)
        if wires is None:
            self.pending.append(Pending(name, pointer, layer, arrival, None))
        else:
            self.pending.append(_node((name, pointer, layer, wires, (), None)))
        return len(self.pending) - 1

    def count(self, pointer: str, copies: int = 1) -> None:
        """Counts copies, also of a block in which nothing stands."""
        self.copies += max(copies, 1)
        if self.copies > MOST_LAYERS:
            _fail("too-many-layers", pointer, f"Unrolled, the document has more than {MOST_LAYERS:,} layers.")

    def block(self, layer: Sequential, arrival: Arrival, home: Scope, name: str, pointer: str) -> Block:
        """Unrolls the layers within."""
        start, scope = len(self.pending), Scope(home, arrival)
        if scope.depth > DEEPEST_NESTING:
            _fail("too-deep", pointer, f"Blocks are nested more than {DEEPEST_NESTING} deep.")
        arriving = known_wires(arrival.before, arrival.references, arrival.scope)
        received = arriving[0] if arriving is not None and len(arriving) == 1 else Received(scope)
        scope.names[INPUT] = received
        self.walk(layer.layers, scope, received, f"{name}.", f"{pointer}/layers")
        if layer.outputs is not None:
            scope.outputs = layer.outputs
        return self.finished(layer, home, scope, pointer, start)

    def finished(self, layer: Layer, home: Scope, scope: Scope, pointer: str, start: int) -> Block:
        """The block whose layers are those from ``start`` on; kept for the resolver if it leads on to others."""
        returns = None
        if len(scope.outputs) == 1:
            (output,) = scope.outputs
            if isinstance(output, str):
                wires = known_wires(None, (output,), scope)
                returns = None if wires is None else wires[0]
            else:
                returns = settled(output)
        block = Block(layer, home, scope, pointer, start, len(self.pending), returns)
        if returns is None:
            self.blocks.append(block)
        return block

    def again(self, reuse: Reuse, arrival: Arrival, name: str, pointer: str) -> Entity:
        """Applies what ``reuse`` names once more: the same layers, which own no weights here."""
        target = arrival.scope.find(reuse.layer)
        if isinstance(target, int):
            original = self.pending[target]
            self.pending.append(Pending(name, pointer, original.layer, arrival, self._owner(target)))
            return len(self.pending) - 1
        if target is not None and not isinstance(target, Block):
            _fail("bad-reference", f"{pointer}/layer", f"{shortened(reuse.layer)} is no layer to apply again.")
        if target is None:
            _fail_unknown(reuse.layer, arrival.scope, f"{pointer}/layer", "a layer or block before it")
        start = len(self.pending)
        copy = self.place(target.layer, arrival, target.home, name, target.pointer)
        for index in range(start, len(self.pending)):
            shares = self._owner(target.start + index - start)
            self.pending[index] = self.pending[index]._replace(shares=shares)
        return copy

    def _owner(self, index: int) -> int:
        shares = self.pending[index].shares
        return index if shares is None else shares


def known_wires(before: Entity | None, references: tuple[str, ...], scope: Scope) -> tuple[Source, ...] | None:
    """What an arrival brings, if it is all known already and nothing that comes later can change what it means."""
    if not references:
        source = None if before is None else settled(before)
        return None if source is None else (source,)
    found: list[Source] = []
    if before is not None:
        source = settled(before)
        if source is None:
            return None
        found.append(source)
    for reference in references:
        parsed = ParsedReference.parse(reference)
        if parsed is None or parsed.keyword is not None:
            return None
        entity = scope.names.get(parsed.name)
        source = None if entity is None else settled(entity)
        if source is None:
            return None
        found.append(source if not parsed.indices else source._replace(path=source.path + parsed.indices))
    return tuple(found)


def _fail(code: str, pointer: str, detail: str) -> NoReturn:
    raise UnreadableDocument([DocumentFault(code, pointer, detail)])


def _fail_unknown(name: str, scope: Scope, pointer: str, what: str) -> NoReturn:
    raise UnreadableDocument([unknown_name(name, scope, pointer, what)])
