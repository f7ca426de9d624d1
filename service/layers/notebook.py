"""The notebook of one application of a layer: what is computed, with where it comes from, and what is wrong."""

from typing import Any, Final, NamedTuple, NoReturn

from service.core.faults import Fault
from service.core.formulas import Formula
from service.core.sizes import Size


class Window(NamedTuple):
    """How an output along one spatial axis sees its input: the reach, and where the next one starts."""

    extent: Size
    """Input entries from the first to the last that one output reads."""
    stride: Size
    padding: Size
    upsampling: Size = 1
    """Outputs per input entry, for layers that enlarge."""


class Working(NamedTuple):
    """A figure and where it comes from."""

    formula: Formula
    values: dict[str, Any]
    result: Size
    axis: int | None = None

    @property
    def worked(self) -> str:
        """The formula with the numbers in it and the result."""
        return self.formula.worked(self.values, self.result)


class Rejection(Exception):
    """Raised by a check after which the layer's own arithmetic makes no sense."""


PRESERVED: Final[tuple[Window, ...]] = ()
"""The receptive field of every element is that of the same element of the input."""


class Notebook:
    """What keeps the figures and the faults of one application."""

    __slots__ = ("family", "faults", "field", "macs", "macs_workings", "sizes", "training", "type")

    def __init__(self, type: str, family: str, training: bool) -> None:
        self.type = type
        self.family = family
        self.training = training
        self.faults: list[Fault] = []
        self.sizes: list[Working] = []
        self.macs: Size = 0
        self.macs_workings: list[Working] = []
        self.field: tuple[Window, ...] | None = None

    # What is computed, with where it comes from.

    def size(self, axis: int, formula: Formula, **values: Any) -> Size:
        """The size of output axis ``axis`` by ``formula``."""
        result = formula(**values)
        self.sizes.append(Working(formula, values, result, axis))
        return result

    def count_macs(self, formula: Formula, **values: Any) -> None:
        """Adds multiply-accumulates; biases are left out."""
        result = formula(**values)
        self.macs = self.macs + result
        self.macs_workings.append(Working(formula, values, result))

    def sees(self, windows: tuple[Window, ...]) -> None:
        """Says what one output sees along each of the trailing spatial axes."""
        self.field = windows

    # What PyTorch refuses.

    def note(self, fault: Fault) -> None:
        """Notes a fault; the rule goes on from what the layer declares."""
        self.faults.append(fault)

    def reject(self, fault: Fault) -> NoReturn:
        """Notes a fault after which there is nothing to compute."""
        self.faults.append(fault)
        raise Rejection
