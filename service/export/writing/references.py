"""How a document refers to a value from each of its blocks: those that are called take it as one of their inputs."""

from typing import Final, NamedTuple, TypeAlias

from service.export.trace import Given, Owned, Value
from service.export.writing.blocks import Block, Item, Layer, Placement, Reused, Weight

INPUT: Final = "input"


class ByPath(NamedTuple):
    """Something that is found by its name: items from the outside in, a part of what the last one returns."""

    steps: tuple[Item, ...]
    path: tuple[int, ...] = ()
    returned: Value | None = None
    """Which of the outputs of the last step's block."""
    weight: str = ""
    from_top: bool = False
    """Whether the first step is looked for in the outermost block alone, as something nearer has its name."""


class Received(NamedTuple):
    """One of what a block receives."""

    block: Block
    value: Value


Reference: TypeAlias = ByPath | Received | Given


class References:
    """Finds out what goes into each block and comes out of it."""

    def __init__(self, placement: Placement, outputs: tuple[Value, ...]) -> None:
        self.placement = placement
        self.known: dict[tuple[Value, Block], Reference] = {}
        self.is_settled = False
        """Whether it is known what each block returns."""
        self.follow(outputs)
        self.is_settled = True
        self.known.clear()
        self.follow(outputs)
        for block in placement.root.within():
            block.inputs = dict.fromkeys(_in_order_of_arguments(block))

    def follow(self, outputs: tuple[Value, ...]) -> None:
        """Follows everything that is taken to where it comes from."""
        blocks = list(self.placement.root.within())
        for block in blocks:
            self.follow_into(block, Layer)
        for value in outputs:
            self.to(value, self.placement.root)
        before = -1
        while before != len(self.known):
            # What a block is given that is applied again shows only once it is known what the block takes.
            before = len(self.known)
            for block in blocks:
                self.follow_into(block, Reused)

    def follow_into(self, block: Block, kind: type[Layer] | type[Reused]) -> None:
        """Follows what items of a kind take."""
        for item in block.items:
            if isinstance(item, kind):
                for value in item.takes:
                    self.to(value, block)

    def to(self, value: Value, block: Block) -> Reference:
        """How a value is referred to in a block."""
        found = self.known.get((value, block))
        if found is None:
            found = self.known[value, block] = self.found(value, block)
        return found

    def found(self, value: Value, block: Block) -> Reference:
        """Looks for a value: in the block, or in what it receives, or around it."""
        if not isinstance(value.node, Given):
            home, item = self.placement.place(value)
            if block.holds(home):
                return reachable(self.inside(value, block, home, item), block)
            if isinstance(value.node, Owned):
                return self.weight(value.node, block, home, item)
        if block.parent is None:
            assert isinstance(value.node, Given)  # noqa: S101  everything else stands in the outermost block
            return value.node
        if not block.is_called:
            outer = self.to(value, block.parent)
            if isinstance(outer, ByPath) and (outer.from_top or not is_shadowed(outer.steps[0], block)):
                return outer
        self.take_in(value, block)
        return Received(block, value)

    def take_in(self, value: Value, block: Block) -> None:
        """Notes that a block takes a value from around it."""
        block.inputs[value] = None
        assert block.parent is not None  # noqa: S101  the outermost block takes what the model is given
        self.to(value, block.parent)

    def inside(self, value: Value, block: Block, home: Block, item: Item) -> ByPath:
        """A value that is made in the block, or in one within it."""
        steps: list[Item] = []
        while block is not home:
            block = block.child_towards(home)
            steps.append(block)
            if isinstance(value.node, Owned):
                continue
            if not block.is_open:
                block.outputs[value] = None
                self.to(value, block)
                return ByPath(tuple(steps), returned=value)
            # What a mere list of modules returns is known only to those who look up its last one.
            if self.is_settled and block.is_called and value == returned_by(block):
                return ByPath(tuple(steps))
        if isinstance(item, Reused):
            return self.reused(item, item.before(value), (*steps, item))
        if isinstance(value.node, Owned) and isinstance(item, Layer):
            return ByPath((*steps, item), weight=self.key(value.node, home, item))
        return ByPath((*steps, item), value.path)

    def reused(self, item: Reused, before: Value, steps: tuple[Item, ...]) -> ByPath:
        """What a block returns that is applied again, by what it was the first time."""
        first = self.to(before, item.of.parent or item.of)
        assert isinstance(first, ByPath)  # noqa: S101  it is made within
        return first._replace(steps=steps + first.steps[first.steps.index(item.of) + 1 :], from_top=False)

    def weight(self, owned: Owned, block: Block, home: Block, item: Item) -> ByPath:
        """A weight of somewhere else."""
        key = self.key(owned, home, item) if isinstance(item, Layer) else ""
        return path_to(home, item, block)._replace(weight=key)

    def key(self, owned: Owned, home: Block, layer: Layer) -> str:
        """The name of a weight within its layer."""
        names = [block.name for block in reversed(list(home.around())) if block.parent is not None]
        return owned.name.removeprefix("".join(f"{name}." for name in (*names, layer.name)))


def reachable(reference: ByPath, block: Block) -> ByPath:
    """The same by a longer path, if the name it begins with is that of what the block receives."""
    first = reference.steps[0]
    if first.name != INPUT or block.parent is None:
        return reference
    path = path_to(block, first, block)
    return reference._replace(steps=path.steps + reference.steps[1:], from_top=path.from_top)


def path_to(home: Block, item: Item, block: Block) -> ByPath:
    """The items that lead to one in ``home``, as seen from a block: the shortest path whose first name means nothing
    else there."""
    path: list[Item] = [item]
    for around in home.around():
        if around.holds(block) and not (path[0].name == INPUT and around.parent):
            inner = [each for each in block.around() if around.holds(each) and each is not around]
            if not any(is_shadowed(path[0], each) for each in inner):
                return ByPath(tuple(path))
        path.insert(0, around)
    return ByPath(tuple(path[1:]), from_top=True)


def is_shadowed(item: Item, block: Block) -> bool:
    """Whether a name of the model's means something else in a block."""
    if item.name is None:
        return False
    index = int(item.name) if item.name.isdecimal() else len(block.items)
    at_index = block.items[index] if index < len(block.items) else item
    return (
        item.name == INPUT
        or any(other.name == item.name for other in block.items)
        or (at_index is not item and at_index.name is None)
    )


def returned_by(item: Item) -> Value | None:
    """What an item returns as a whole in a document, if that is one value."""
    match item:
        case Layer():
            return Value(item.node)
        case Weight():
            return Value(item.owned)
        case Reused():
            before = returned_by(item.of)
            return None if before is None else item.now(before)
        case Block():
            if item.is_open:
                return returned_by(item.items[-1])
            return next(iter(item.outputs)) if len(item.outputs) == 1 else None


def _in_order_of_arguments(block: Block) -> list[Value]:
    arguments = [] if block.frame is None else block.frame.arguments
    return [value for value in dict.fromkeys(arguments) if value in block.inputs] + [
        value for value in block.inputs if value not in arguments
    ]
