"""Faults gathered into mistakes: what has one cause is told once.

- The copies of a repeated layer stand at one place of the document, so the same fault in each is one mistake.
- Several layers may take the same tensor and refuse it on the same grounds.
- One layer may refuse the same tensors on several grounds.
"""

from collections.abc import Hashable, Iterator
from typing import Final, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source
from service.core import faults
from service.core.dtypes import INTEGRAL
from service.core.faults import Fault
from service.core.tensors import Tensor
from service.diagnosis.place import FARTHEST, owner_of
from service.diagnosis.provenance import PRODUCERS

_TOLD_ONCE: Final = (faults.ShapesDisagree, faults.WindowTooLarge)
"""Kinds of which one layer may well have several that are cured together."""

Root = tuple[int, tuple[int | str, ...]]
"""The layer that gave a tensor its shape, and which part of what it returns."""


class Mistake(NamedTuple):
    """A fault, and every layer that is refused for it."""

    node: int
    fault: Fault
    copies: tuple[int, ...]
    """All nodes with the fault, the first included."""


def mistakes(analysis: Analysis) -> list[Mistake]:
    """Every mistake once, in the document's order."""
    found: list[tuple[int, Fault, dict[int, None]]] = []
    by_identity: dict[Hashable, int] = {}
    for node, reading in enumerate(analysis.readings):
        for fault in reading.outcome.faults:
            if _said_otherwise(fault, reading):
                continue
            identities = [_identity(fault, reading, analysis), *_grounds(fault, reading, analysis)]
            known = next((by_identity[identity] for identity in identities if identity in by_identity), None)
            if known is None:
                known = len(found)
                found.append((node, fault, {}))
            found[known][2][node] = None
            for identity in identities:
                by_identity.setdefault(identity, known)
    return [Mistake(node, fault, tuple(copies)) for node, fault, copies in found]


def _said_otherwise(fault: Fault, reading: LayerReading) -> bool:
    """Whether another fault of the same layer says what this one merely follows from."""
    for other in reading.outcome.faults:
        match fault, other:
            case faults.SizeMismatch(), faults.WrongDType(tensor=tensor):
                # Integers that should have been embedded first.
                if tensor.dtype in INTEGRAL and other.input == fault.input:
                    return True
            case faults.WindowTooLarge(), faults.SizeMismatch(argument="in_channels", axis=0, tensor=tensor):
                # A batch of images taken for a single volume.
                if tensor.rank > 2 and tensor.shape[1] == other.expected:
                    return True
    return False


def _identity(fault: Fault, reading: LayerReading, analysis: Analysis) -> Hashable:
    """What the copies of a layer have in common."""
    if isinstance(fault, _TOLD_ONCE):
        return reading.node.pointer, type(fault)
    if fault.argument is None:
        return reading.node.pointer, fault.code, fault.input, str(fault.received)
    return owner_of(analysis, reading).node.pointer, fault.code, fault.argument, str(fault.received)


def _grounds(fault: Fault, reading: LayerReading, analysis: Analysis) -> Iterator[Hashable]:
    """Whose tensor is refused, and on which grounds."""
    match fault:
        case faults.SizeMismatch(axis=axis, expected=expected, received=received):
            yield _root(fault.input or 0, reading, analysis), axis, str(expected), str(received)
        case faults.WrongRank():
            yield _root(fault.input or 0, reading, analysis), "axes"
        case faults.WrongElementCount(tensor=tensor, shape=shape):
            yield _root(fault.input or 0, reading, analysis)[0], tensor.shape, shape
        case faults.ShapesDisagree(shapes=(a, b), axis=axis):
            sides = _sides(a, b, reading)
            if sides is None:
                return
            first, second = (_root(side, reading, analysis) for side in sides)
            if len(a) != len(b):
                yield first, "axes"
                yield second, "axes"
            elif axis is not None:
                yield first, axis % len(a), str(b[axis]), str(a[axis])
                yield second, axis % len(a), str(a[axis]), str(b[axis])


def _sides(a: tuple[int, ...], b: tuple[int, ...], reading: LayerReading) -> tuple[int, int] | None:
    """The inputs that have these shapes."""
    shapes = [value.shape if isinstance(value, Tensor) else None for value in reading.inputs]
    first = shapes.index(a) if a in shapes else None
    second = next((at for at, shape in enumerate(shapes) if shape == b and at != first), None)
    return None if first is None or second is None else (first, second)


def _root(input: int, reading: LayerReading, analysis: Analysis) -> Root:
    """Where an input got its shape: the layers that merely hand it on are passed over."""
    wires = reading.node.wires
    wire = wires[input] if input < len(wires) else None
    for _ in range(FARTHEST):
        if not isinstance(wire, Source):
            break
        if wire.node < 0 or wire.path or not _hands_on(analysis.readings[wire.node]):
            return wire.node, wire.path
        wire = analysis.readings[wire.node].node.wires[0]
    return id(reading), ()


def _hands_on(reading: LayerReading) -> bool:
    """Whether a layer returns the shape that it takes, and does not say so in an argument of its own."""
    output, given = reading.outcome.output, reading.inputs[0] if reading.inputs else None
    same = isinstance(output, Tensor) and isinstance(given, Tensor) and output.shape == given.shape
    return same and len(reading.node.wires) == 1 and not any(hasattr(reading.node.layer, name) for name in PRODUCERS)
