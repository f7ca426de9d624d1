"""From blocks to the document: what each item says, and what repeats."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from service.export.recording.expressing import written
from service.export.trace import Given, Trace, Value
from service.export.writing.blocks import Block, Item, Layer, Placement, Reused, Weight
from service.export.writing.naming import Names
from service.export.writing.references import INPUT, ByPath, Received, Reference, References, path_to, returned_by
from service.layers import base
from service.layers.base import key_of, type_name

Json: TypeAlias = dict[str, Any]


class Writer:
    """Writes the blocks of one trace."""

    def __init__(self, placement: Placement, trace: Trace) -> None:
        self.placement, self.trace = placement, trace
        self.references = References(placement, trace.outputs)
        self.targets = dict(self.reused())
        needed = dict.fromkeys(step for path in (*self.targets.values(), *self.paths()) for step in path.steps)
        self.names = Names(placement, tuple(given.name for given in trace.given), needed)
        self.contents: dict[Item, Json] = {}
        self.repetitions: dict[Block, Repeated | None] = {}

    def paths(self) -> Iterator[ByPath]:
        """Each reference that will be written, whose items have to be named."""
        for block in self.placement.root.within():
            written = self.outputs(block)
            for index in range(len(block.items)):
                inputs, keywords = self.inputs(block, index)
                written += [*inputs, *keywords.values()]
            for value in written:
                reference = self.references.to(value, block)
                if isinstance(reference, ByPath):
                    yield reference

    def reused(self) -> Iterator[tuple[Item, ByPath]]:
        """The items that apply another one again, with the path that leads to it."""
        for block in self.placement.root.within():
            for item in block.items:
                of = item.of if isinstance(item, (Layer, Reused)) else None
                if of is not None:
                    home = of.parent if isinstance(of, Block) else self.placement.places[of.node][0]
                    yield item, path_to(home or self.placement.root, of, block)

    def document(self) -> Json:
        """The layers and outputs of the document."""
        root = self.placement.root
        return {"layers": self.layers(root)} | self.returned(root)

    def layers(self, block: Block) -> list[Json]:
        """What stands in a block."""
        return [self.item(block, index) for index in range(len(block.items))]

    def item(self, block: Block, index: int) -> Json:
        """One item, as a document writes it."""
        item = block.items[index]
        name = self.names.of(item)
        named: Json = {} if name is None or name == str(index) else {"name": name}
        repeated = self.repeated(item)
        if repeated is None:
            said, (inputs, keywords) = self.content(item), self.inputs(block, index)
        else:
            said, inputs, keywords = repeated.content, repeated.takes, {}
            if len(inputs) == 1:
                inputs = self.explicit(block, index, inputs)
        texts = [self.text(value, block) for value in inputs]
        texts += [f"{keyword}={self.text(value, block)}" for keyword, value in keywords.items()]
        repeat: Json = {} if repeated is None else {"repeat": repeated.times}
        return {"type": said["type"]} | named | repeat | ({"inputs": texts} if texts else {}) | said

    def content(self, item: Item) -> Json:
        """What an item is, wherever it stands."""
        if item not in self.contents:
            self.contents[item] = self.found(item)
        return self.contents[item]

    def found(self, item: Item) -> Json:
        match item:
            case Block():
                return {"type": "Sequential", "layers": self.layers(item)} | self.returned(item)
            case Layer(of=None):
                return as_json(item.node.layer)
            case Weight():
                return _weight(item)
            case _:
                return {"type": "reuse", "layer": self.dotted(self.targets[item])}

    def inputs(self, block: Block, index: int) -> tuple[list[Value], dict[str, Value]]:
        """What an item has to say about what it takes, by place and by keyword."""
        item = block.items[index]
        match item:
            case Layer() if item.node.keywords:
                return list(item.node.inputs), dict(item.node.keywords)
            case Layer() | Reused():
                return self.explicit(block, index, list(item.takes)), {}
            case Block():
                return self.explicit(block, index, list(item.inputs)), {}
            case Weight():
                return [], {}

    def explicit(self, block: Block, index: int, taken: list[Value]) -> list[Value]:
        """What is taken, unless it is what stands before."""
        if index:
            return [] if taken == [returned_by(block.items[index - 1])] else taken
        given = [Value(given) for given in self.trace.given]
        return [] if taken == (list(block.inputs) if block.parent else given) else taken

    def outputs(self, block: Block) -> list[Value]:
        """What a block has to say that it returns, unless it is what its last layer does."""
        outputs = list(self.trace.outputs if block.parent is None else block.outputs)
        if block.is_open and block.parent is not None:
            return []
        return [] if block.items and outputs == [returned_by(block.items[-1])] else outputs

    def returned(self, block: Block) -> Json:
        """What a block returns, as far as it has to be said."""
        outputs = self.outputs(block)
        return {"outputs": [self.text(value, block) for value in outputs]} if outputs else {}

    def text(self, value: Value, block: Block) -> str:
        """How a block refers to a value."""
        reference: Reference = self.references.to(value, block)
        match reference:
            case Given():
                return reference.name
            case Received():
                received = list(reference.block.inputs)
                return INPUT if len(received) == 1 else f"{INPUT}[{received.index(reference.value)}]"
            case ByPath():
                last = reference.steps[-1]
                path = reference.path
                if reference.returned is not None:
                    outputs = list(last.of.outputs if isinstance(last, Reused) else last.outputs)  # type: ignore[union-attr]
                    path = (outputs.index(reference.returned),) if len(outputs) > 1 else ()
                return ".".join(filter(None, (self.dotted(reference), reference.weight))) + "".join(
                    f"[{step}]" for step in path
                )

    def dotted(self, path: ByPath) -> str:
        """The names of items, from the outside in."""
        return "." * path.from_top + ".".join(self.names.of(step) or "" for step in path.steps)

    def repeated(self, item: Item) -> "Repeated | None":
        """A list of modules that are all alike, each taking what the one before it returns, as one of them."""
        if not isinstance(item, Block) or not item.is_open or len(item.items) < 2:
            return None
        if item not in self.repetitions:
            self.repetitions[item] = self.compared(item)
        return self.repetitions[item]

    def compared(self, block: Block) -> "Repeated | None":
        items = block.items
        if [item.name for item in items] != [str(index) for index in range(len(items))]:
            return None
        if any(not isinstance(item, (Block, Layer)) or self.repeated(item) or _keywords(item) for item in items):
            return None
        takes, *others = map(_taken, items)
        if not takes or others != [[returned_by(before), *takes[1:]] for before in items[:-1]]:
            return None
        if block in self.placement.reused and takes != list(block.inputs):
            return None
        first = self.content(items[0])
        if first["type"] == "reuse" or any(self.content(item) != first for item in items):
            return None
        return Repeated(first, len(items), takes)


class Repeated(NamedTuple):
    """A list of modules that are all alike, as one of them."""

    content: Json
    times: int
    takes: list[Value]


def _keywords(item: Item) -> bool:
    return isinstance(item, Layer) and bool(item.node.keywords)


def _taken(item: Item) -> list[Value]:
    return list(item.inputs) if isinstance(item, Block) else list(item.takes) if isinstance(item, Layer) else []


def _weight(weight: Weight) -> Json:
    tensor = weight.owned.tensor
    said: Json = {"type": "buffer" if weight.owned.is_buffer else "parameter", "shape": list(tensor.shape)}
    dtype = written(tensor.dtype)
    said |= {} if dtype == "float32" else {"dtype": dtype}
    return said | ({} if tensor.requires_grad or weight.owned.is_buffer else {"requires_grad": False})


def as_json(layer: base.Layer) -> Json:
    """A layer with its arguments, as a document writes it."""
    entry = type(layer)
    given = {
        key_of(name, entry.model_fields[name]): _plain(getattr(layer, name))
        for name in entry.model_fields
        if name in layer.model_fields_set and name not in base.COMMON_KEYS
    }
    return {"type": type_name(entry), **given}


def _plain(value: Any) -> Any:
    if isinstance(value, base.Layer):
        return as_json(value)
    return list(map(_plain, value)) if isinstance(value, (tuple, list)) else value


def given_as_json(given: tuple[Given, ...]) -> Json:
    """What goes into the model."""
    shapes = {node.name: _input(node) for node in given}
    return {"input": shapes[INPUT]} if list(shapes) == [INPUT] else {"inputs": shapes}


def _input(node: Given) -> Any:
    dtype = written(node.result.dtype)
    shape = list(node.result.shape)
    return shape if dtype == "float32" else {"shape": shape, "dtype": dtype}
