"""Blocks, repeats and reuse unrolled into single layers, each with its full name."""

from collections.abc import Sequence
from typing import Final, NamedTuple, NoReturn, cast

from service.architecture.bundles import Bundles, one_or_all
from service.architecture.copying import Step
from service.architecture.document import Document
from service.architecture.graph import Copies, Graph, Node, Source, Wire, ordered
from service.architecture.kinds import depth, is_single, is_sourceless
from service.architecture.names import is_plain, name_faults
from service.architecture.problems import DocumentFault, UnreadableDocument, shortened
from service.architecture.resolving import Resolver, unknown_name
from service.architecture.scopes import (
    INPUT,
    Arrival,
    Block,
    Entity,
    Received,
    Scope,
    known_outputs,
    known_wires,
    settled,
)
from service.core.issues import pointer_to
from service.core.records import maker
from service.core.tensors import is_countable
from service.layers.base import Layer
from service.layers.structure import Reuse, Sequential

MOST_LAYERS: Final = 100_000
DEEPEST_NESTING: Final = 100

_node: Final = maker(Node)
_source: Final = maker(Source)


class Pending(NamedTuple):
    """A single layer whose references are not resolved yet, as every name has to be known first."""

    name: str
    pointer: str
    layer: Layer
    arrival: Arrival | None
    shares: int | None


class Progress(NamedTuple):
    """How much there is of what."""

    nodes: int
    unsure: int
    """What waits for the resolver."""
    copies: int
    values: int
    """In bundles."""

    def since(self, before: "Progress") -> "Progress":
        """What has come since."""
        return Progress(*(now - then for now, then in zip(self, before, strict=True)))


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
    model_inputs = tuple(Source(-1 - index) for index in range(len(inputs)))
    only = Source(-1) if len(inputs) == 1 else Received(top, model_inputs)
    unrolling.walk_all(document.layers, top, only)
    resolver = Resolver(model_inputs, lambda node: unrolling.pending[node].layer, unrolling.bundles)
    for block in unrolling.blocks:
        # In this order what a block returns rests on what is known already, so that following it never goes deep.
        resolver.wire_of(block)
    unsure = [index for index, node in enumerate(unrolling.pending) if type(node) is Pending]
    for index in unsure:
        name, pointer, layer, arrival, shares = cast("Pending", unrolling.pending[index])
        unrolling.pending[index] = Node(name, pointer, layer, *resolver.wires(arrival), shares)
    for received in unrolling.received:
        resolver.wire_of(received)
    nodes = cast("list[Node]", unrolling.pending)
    if document.outputs is not None:
        top.outputs = document.outputs
    outputs = resolver.outputs(top, "/outputs")
    resolver.raise_faults()
    order = ordered(nodes, unsure)
    copies = tuple(unrolling.alike) if order == tuple(range(len(nodes))) else ()
    return Graph(inputs, tuple(nodes), order, outputs, copies)


class _Unrolling:
    """One walk over the document, depth first, so that the layers of a block follow one another."""

    def __init__(self) -> None:
        self.pending: list[Pending | Node] = []
        self.blocks: list[Block] = []
        """The blocks whose results are not known yet, each after those within it and before it."""
        self.received: list[Received] = []
        """What blocks receive that is not known yet; followed even if nothing in them takes it."""
        self.bundles = Bundles()
        self.alike: list[Copies] = []
        """Those that were not unrolled one by one."""
        self.copies = 0
        self.unsure = 0
        """How much so far has to wait for the resolver."""
        self.faults: list[DocumentFault] = []
        """What is wrong with names."""

    def walk_all(self, layers: Sequence[Layer], scope: Scope, before: Entity) -> None:
        """Unrolls the whole document; raises :class:`UnreadableDocument` with all names that may not be."""
        further: tuple[DocumentFault, ...] = ()
        try:
            self.walk(layers, scope, before, "/layers")
        except UnreadableDocument as error:
            further = error.faults
        if self.faults or further:
            raise UnreadableDocument(dict.fromkeys([*self.faults, *further]))

    def walk(self, layers: Sequence[Layer], scope: Scope, before: Entity, pointer: str) -> None:
        """Unrolls a list of layers into ``scope``; the first of them takes ``before``."""
        pending, names, prefix = self.pending, scope.names, scope.path
        scope.layers = layers
        for index, layer in enumerate(layers):
            here = f"{pointer}/{index}"
            own_name = layer.name
            name = str(index) if own_name is None else own_name
            given, references = (before, ()) if layer.inputs is None else (None, layer.inputs)
            if name in names or not (own_name is None or is_plain(name)):
                self.faults += name_faults(name, layer, scope, here)
            if "repeat" not in layer.__pydantic_fields_set__ and is_single(type(layer)):
                # Nearly every layer of nearly every document: a single one that takes what stands before it.
                wires = (_source((given, ())),) if type(given) is int else self.known(given, references, scope, here)
                if wires is not None:
                    self.count(here)
                    before = len(pending)
                    pending.append(_node((prefix + name, here, layer, wires, (), None)))
                    if name == INPUT:
                        scope.put(name, before)
                    else:
                        names[name] = before
                    continue
            arrival = Arrival(given, references, scope, here)
            before = self.place(layer, arrival, scope, prefix + name, here)
            scope.put(name, before)
        scope.outputs = (before,)

    def place(self, layer: Layer, arrival: Arrival, home: Scope, name: str, pointer: str) -> Entity:
        """Unrolls a layer that stands in ``home``, as often as it is repeated."""
        if "repeat" not in layer.model_fields_set:
            return self.once(layer, arrival, home, name, pointer)
        start, numbered = len(self.pending), self.opened(home, arrival, name)
        numbered.layers = None
        if layer.repeat > MOST_LAYERS:
            self.count(pointer, layer.repeat)
        copies = numbered.names  # A copy can name what is in those before it.
        rest = arrival.references[1:]  # In place of the first, a copy takes what the one before it returns.
        while len(copies) < layer.repeat:
            before = self.progress
            last = self.once(layer, arrival, home, f"{numbered.path}{len(copies)}", pointer)
            copies[str(len(copies))] = last
            arrival = arrival._replace(before=last, references=rest)
            grown, step = self.progress.since(before), Step(start, before.nodes - start)
            if len(copies) == 2 < layer.repeat and _are_alike(copies["0"], last, step, grown):
                more = layer.repeat - 2
                self.count(pointer, grown.copies * more)
                self.bundles.add(grown.values * more, pointer)
                further = self.copied(last, layer.repeat, step, name)
                copies.update((str(number), entity) for number, entity in enumerate(further, 2))
        numbered.outputs = (copies[str(layer.repeat - 1)],)
        return self.finished(layer, home, numbered, pointer, start)

    @property
    def progress(self) -> Progress:
        """How far the walk has come."""
        return Progress(len(self.pending), self.unsure, self.copies, self.bundles.values)

    def copied(self, second: Entity, repeat: int, step: Step, name: str) -> list[Entity]:
        """The copies that follow the second one, which was the last to be unrolled."""
        nodes = cast("list[Node]", self.pending[step.since + step.by :])
        steps = [step.times(copy - 1) for copy in range(2, repeat)]
        for copy, further in enumerate(steps, 2):
            self.pending += further.nodes(nodes, len(f"{name}.1"), f"{name}.{copy}")
        if nodes:
            self.alike.append(Copies(name, 1, step.since + step.by, step.by, len(steps)))
        return [further.entity(second) for further in steps]

    def once(self, layer: Layer, arrival: Arrival, home: Scope, name: str, pointer: str) -> Entity:
        """Unrolls one copy of a layer."""
        self.count(pointer, depth(layer))
        if isinstance(layer, Sequential):
            return self.block(layer, arrival, home, name, pointer)
        if isinstance(layer, Reuse):
            return self.again(layer, arrival, name, pointer)
        takes_nothing = layer.inputs is None and is_sourceless(type(layer))
        wires = () if takes_nothing else self.known(*arrival)
        if wires is None:
            self.wait(Pending(name, pointer, layer, arrival, None))
        else:
            self.pending.append(_node((name, pointer, layer, wires, (), None)))
        return len(self.pending) - 1

    def known(
        self, before: Entity | None, references: tuple[str, ...], scope: Scope, pointer: str
    ) -> tuple[Wire, ...] | None:
        """What arrives somewhere, if it is known already."""
        wires = known_wires(before, references, scope)
        if wires is not None:
            self.bundles.count(wires, pointer)
        return wires

    def wait(self, layer: Pending) -> None:
        """Leaves what a layer takes to the resolver."""
        self.unsure += 1
        self.pending.append(layer)

    def count(self, pointer: str, copies: int = 1) -> None:
        """Counts copies, also of a block in which nothing stands."""
        self.copies += max(copies, 1)
        if self.copies > MOST_LAYERS:
            _fail("too-many-layers", pointer, f"Unrolled, the document has more than {MOST_LAYERS:,} layers.")

    def block(self, layer: Sequential, arrival: Arrival, home: Scope, name: str, pointer: str) -> Block:
        """Unrolls the layers within."""
        start, scope = len(self.pending), self.opened(home, arrival, name)
        if scope.depth > DEEPEST_NESTING:
            _fail("too-deep", pointer, f"Blocks are nested more than {DEEPEST_NESTING} deep.")
        arriving = self.known(*arrival)
        if arriving is not None and len(arriving) == 1 and type(arriving[0]) is Source:
            received: Entity = arriving[0]
        else:
            received = Received(scope, arriving)
            if arriving is None:
                self.unsure += 1
                self.received.append(received)
        scope.names[INPUT] = received
        self.walk(layer.layers, scope, received, f"{pointer}/layers")
        if layer.outputs is not None:
            scope.outputs = layer.outputs
        return self.finished(layer, home, scope, pointer, start)

    @staticmethod
    def opened(home: Scope, arrival: Arrival, name: str) -> Scope:
        """The names of a block that is about to be read; its own layers can already be found by their full names."""
        scope = Scope(home, arrival, f"{name}.")
        scope.open[scope.path] = scope
        return scope

    def finished(self, layer: Layer, home: Scope, scope: Scope, pointer: str, start: int) -> Block:
        """The block whose layers are those from ``start`` on; kept for the resolver if it leads on to others."""
        outputs = known_outputs(scope)
        returns = None if outputs is None else one_or_all(outputs)
        block = Block(layer, home, scope, pointer, start, len(self.pending), returns)
        if returns is None:
            self.unsure += 1
            self.blocks.append(block)
        else:
            self.bundles.count((returns,), pointer)
        del scope.open[scope.path]
        return block

    def again(self, reuse: Reuse, arrival: Arrival, name: str, pointer: str) -> Entity:
        """Applies what ``reuse`` names once more: the same layers, which own no weights here."""
        target = arrival.scope.find(reuse.layer)
        if isinstance(target, int):
            original = self.pending[target]
            self.wait(Pending(name, pointer, original.layer, arrival, self._owner(target)))
            return len(self.pending) - 1
        if target is not None and not isinstance(target, Block):
            _fail("bad-reference", f"{pointer}/layer", f"{shortened(reuse.layer)} is no layer to apply again.")
        if target is None:
            _fail_unknown(reuse.layer, arrival.scope, f"{pointer}/layer", "a layer or block before it")
        start, alike = len(self.pending), len(self.alike)
        self.unsure += 1
        # A copy of what is repeated is its layer, applied once.
        apply = self.place if target.is_repeated else self.once
        copy = apply(target.layer, arrival, target.home, name, target.pointer)
        del self.alike[alike:]  # Each shares the weights of another.
        for index in range(start, len(self.pending)):
            shares = self._owner(target.start + index - start)
            self.pending[index] = self.pending[index]._replace(shares=shares)
        return copy

    def _owner(self, index: int) -> int:
        shares = self.pending[index].shares
        return index if shares is None else shares


def _are_alike(first: Entity, second: Entity, step: Step, grown: Progress) -> bool:
    """Whether there is nothing but a step between two copies, of which the second made the document grow by ``grown``:
    so it is from each to the next."""
    returned = settled(first)
    return (
        not grown.unsure and grown.nodes == step.by and returned is not None and step.wire(returned) == settled(second)
    )


def _fail(code: str, pointer: str, detail: str) -> NoReturn:
    raise UnreadableDocument([DocumentFault(code, pointer, detail)])


def _fail_unknown(name: str, scope: Scope, pointer: str, what: str) -> NoReturn:
    raise UnreadableDocument([unknown_name(name, scope, pointer, what)])
