"""Names for what has none from the model, where a document needs one."""

from collections.abc import Mapping

from service.architecture.names import MODULE_ATTRIBUTES
from service.export.writing.blocks import Block, Item, Layer, Placement, Reused, Weight
from service.export.writing.references import INPUT


class Names:
    """What each item is called; what needs no name is called by its index."""

    def __init__(self, placement: Placement, given: tuple[str, ...], needed: Mapping[Item, None]) -> None:
        """``given`` are the names of the model's inputs, ``needed`` is what has to have a name."""
        self.needed = needed
        self.models = {item.name for block in placement.root.within() for item in block.items if item.name is not None}
        self.ours: dict[Item, str] = {}
        self.name(placement.root, {INPUT, *given})

    def of(self, item: Item) -> str | None:
        """An item's name; none if its index will do."""
        return self.ours.get(item, item.name)

    def name(self, block: Block, around: set[str]) -> None:
        """Names what is in a block unlike anything of the model's or in the blocks ``around``."""
        taken = set(around)
        own = {item.name for item in block.items}
        for index, item in enumerate(block.items):
            if item.name is None and (item in self.needed or str(index) in own or str(index) in around):
                self.ours[item] = _free(_kind(item), taken | self.models | _refused(item))
                taken.add(self.ours[item])
        for item in block.items:
            if isinstance(item, Block):
                self.name(item, taken)


def _free(wanted: str, taken: set[str]) -> str:
    number = 2
    name = wanted
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _refused(item: Item) -> frozenset[str]:
    """What an item cannot be called, if it is a part of a model rather than what an operation returns."""
    is_operation = isinstance(item, Reused) or (isinstance(item, Layer) and item.node.module is None)
    return frozenset() if is_operation else MODULE_ATTRIBUTES


def _kind(item: Item) -> str:
    """A word for an item: the operation, or the module that is called."""
    match item:
        case Layer(of=Layer(name=str(name))) | Weight(name=name):
            return name
        case Layer(node=node) if node.module is not None:
            return type(node.module.module).__name__.lower()
        case Layer(node=node):
            return node.layer.type
        case Reused(of=of):
            return of.name or "again"
        case Block():
            unit = None if item.frame is None else item.frame.unit
            name = "block" if unit is None else unit.name or type(unit.module).__name__.lower()
            return name.rpartition(".")[2]
