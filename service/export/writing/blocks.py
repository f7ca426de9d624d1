"""A trace as the nested blocks of a document: every layer stands where the name of its weights says."""

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from torch.nn import Sequential

from service.export.trace import Applied, Frame, Node, Owned, Trace, Value
from service.export.writing.again import Again, Repetition


class Block:
    """A list of layers: what happens within one call of a module, or the modules that a list of modules holds."""

    def __init__(self, name: str | None, parent: "Block | None", frame: Frame | None) -> None:
        """``name`` is that of the module, none for a block whose name is ours to choose."""
        self.name, self.parent, self.frame = name, parent, frame
        self.items: list[Item] = []
        self.inputs: dict[Value, None] = {}
        """What is taken from outside, in the order of the module's arguments."""
        self.outputs: dict[Value, None] = {}
        """What is used outside, unless it is open."""

    @property
    def is_called(self) -> bool:
        """Whether somebody calls the module, with arguments."""
        return self.frame is not None

    @property
    def is_open(self) -> bool:
        """Whether it is a mere list of modules, each of which is referred to from outside by its own name."""
        return self.frame is None or getattr(type(self.frame.unit.module), "forward", None) is Sequential.forward

    def holds(self, other: "Block") -> bool:
        """Whether ``other`` is it, or is nested in it."""
        while other is not self and other.parent is not None:
            other = other.parent
        return other is self

    def child_towards(self, other: "Block") -> "Block":
        """The block in it that holds ``other``."""
        while other.parent is not self:
            other = other.parent  # type: ignore[assignment]
        return other

    def around(self) -> "Iterator[Block]":
        """It and the blocks around it, the innermost first."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def within(self) -> "Iterator[Block]":
        """It and the blocks in it."""
        yield self
        for item in self.items:
            if isinstance(item, Block):
                yield from item.within()


class Layer:
    """What stands for one application: a layer, an operation, or ``reuse`` of a layer before."""

    def __init__(self, node: Applied, name: str | None, of: "Layer | None" = None) -> None:
        self.node, self.name, self.of = node, name, of

    @property
    def takes(self) -> tuple[Value, ...]:
        """Everything that goes in."""
        return self.node.takes


class Weight:
    """What stands for a parameter or buffer that no layer owns."""

    def __init__(self, owned: Owned) -> None:
        self.owned, self.name = owned, owned.key


class Reused:
    """What stands for a whole block that is applied once more."""

    name = None

    def __init__(self, repetition: Repetition, of: Block) -> None:
        self.repetition, self.of = repetition, of

    @property
    def takes(self) -> tuple[Value, ...]:
        """What goes in, in the order in which the block takes it."""
        outer = self.repetition.outer
        return tuple(outer.get(value, value) for value in self.of.inputs)

    def before(self, value: Value) -> Value:
        """What a value of this time was the first time."""
        return Value(self.repetition.inner[value.node], value.path)

    def now(self, value: Value) -> Value | None:
        """What a value of the first time is this time; none if it was not made within."""
        node = self._later.get(value.node)
        return None if node is None else Value(node, value.path)

    @cached_property
    def _later(self) -> dict[Node, Node]:
        return {before: now for now, before in self.repetition.inner.items()}


Item: TypeAlias = Block | Layer | Weight | Reused


def insert(home: Block, item: Item, caller: Block) -> None:
    """Puts an item behind what stands in a block, or before what calls it from within: it may do so again."""
    if caller is not home and home.holds(caller):
        home.items.insert(home.items.index(home.child_towards(caller)), item)
    else:
        home.items.append(item)


class Placement:
    """Puts everything of a trace into blocks."""

    def __init__(self, trace: Trace, again: Again) -> None:
        self.again = again
        self.root = Block("", None, trace.model)
        self.places: dict[Node, tuple[Block, Item]] = {}
        """Where each node stands."""
        self.reused: set[Block] = set()
        self.layers: dict[str, Layer] = {}
        self.blocks: dict[str, Block] = {"": self.root}
        self.fill(self.root, trace.model)
        for owned in trace.owned.values():
            self.place_weight(owned)
        for block in list(self.root.within()):
            self.tidy(block)

    def fill(self, block: Block, frame: Frame) -> None:
        """Puts what happened in a call into a block."""
        for item in frame.items:
            if isinstance(item, Frame):
                self.place_frame(block, item)
            elif item in self.again.kept:
                self.place_layer(block, item)

    def place_layer(self, block: Block, node: Applied) -> None:
        """Puts an application where the module's name says, or where it happened if it is no module."""
        name = None if node.module is None else node.module.name
        if not name:
            self.put(block, Layer(node, None), node)
        elif name in self.layers:
            self.put(block, Layer(node, None, self.layers[name]), node)
        else:
            path, _, key = name.rpartition(".")
            layer = self.layers[name] = Layer(node, key)
            home = self.block_at(path, block)
            insert(home, layer, block)
            self.places[node] = (home, layer)

    def place_frame(self, block: Block, frame: Frame) -> None:
        """Puts a call of a module where its name says; a later one that does something else where it happened."""
        name = frame.unit.name
        repetition = self.again.repetitions.get(frame)
        is_first = name is not None and name not in self.layers and not self.is_placed(name)
        if repetition is not None:
            self.reuse(block, repetition)
        elif name == "" or (name and is_first):
            here = self.block_at(name, block)
            here.frame = here.frame or frame
            self.fill(here, frame)
        else:
            here = Block(None, block, frame)
            block.items.append(here)
            self.fill(here, frame)

    def is_placed(self, name: str) -> bool:
        """Whether a module's block holds a call of it."""
        return name in self.blocks and self.blocks[name].is_called

    def reuse(self, block: Block, repetition: Repetition) -> None:
        """Puts a call that does what the first one did, if that is anything."""
        if self.again.kept.isdisjoint(repetition.inner):
            return
        of = self.blocks[repetition.first.unit.name or ""]
        item = Reused(repetition, of)
        block.items.append(item)
        self.reused.add(of)
        for node in repetition.inner:
            self.places[node] = (block, item)

    def put(self, block: Block, item: Item, node: Node) -> None:
        """Puts an item behind what stands in a block."""
        block.items.append(item)
        self.places[node] = (block, item)

    def block_at(self, path: str, caller: Block) -> Block:
        """The block of a module that is called in ``caller``, and those around it, as they are needed."""
        if path not in self.blocks:
            around, _, key = path.rpartition(".")
            parent = self.block_at(around, caller)
            block = self.blocks[path] = Block(key, parent, None)
            insert(parent, block, caller)
        return self.blocks[path]

    def place_weight(self, owned: Owned) -> None:
        """A weight belongs to the layer that is its module, or stands for itself before what its block does."""
        path = owned.name
        while path:
            path = path.rpartition(".")[0]
            if path in self.layers:
                layer = self.layers[path]
                self.places[owned] = (self.places[layer.node][0], layer)
                return
        block = self.block_at(owned.module, self.root)
        weight = Weight(owned)
        self.places[owned] = (block, weight)
        block.items.insert(sum(isinstance(item, Weight) for item in block.items), weight)

    def tidy(self, block: Block) -> None:
        """A module that does one operation is that operation, under its name; one that does nothing is none."""
        parent = block.parent
        if parent is None:
            return
        if not block.items:
            parent.items.remove(block)
            self.tidy(parent)
        elif block not in self.reused and block.is_called and self.is_one_operation(block):
            (layer,) = block.items
            assert isinstance(layer, Layer)  # noqa: S101  is_one_operation says so
            layer.name = block.name
            parent.items[parent.items.index(block)] = layer
            self.places[layer.node] = (parent, layer)

    def is_one_operation(self, block: Block) -> bool:
        """Whether all that happens in a block is an operation that is no module."""
        first = block.items[0]
        return len(block.items) == 1 and isinstance(first, Layer) and first.name is None and first.of is None

    def place(self, value: Value) -> tuple[Block, Item]:
        """Where a value is made."""
        return self.places[value.node]
