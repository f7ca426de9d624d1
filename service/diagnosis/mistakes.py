"""Faults gathered into mistakes: what has one cause is told once.

- The copies of a repeated layer stand at one place of the document, so the same fault in each is one mistake.
- Several layers may take the same tensor and refuse it on the same grounds.
- One layer may refuse the same tensors on several grounds.
"""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, Wire
from service.core import faults
from service.core.dtypes import INTEGRAL
from service.core.faults import Fault
from service.core.sizes import is_known
from service.core.tensors import Tensor
from service.diagnosis.ground import Ground
from service.diagnosis.place import owner_of
from service.diagnosis.trails import FARTHEST, PRODUCERS, merged
from service.layers.doubts import IN_AND_OUT

_TOLD_ONCE: Final = (faults.ShapesDisagree, faults.WindowTooLarge)
"""Kinds of which one layer may well have several that are cured together."""


class Root(NamedTuple):
    """The layer that gave a tensor the size of an axis, or its shape."""

    node: int
    axis: int | None
    path: tuple[int | str, ...] = ()
    """Which part of what the layer returns, where that is several tensors and the shape is concerned."""


class Mistake(NamedTuple):
    """What is wrong, and every layer that is refused for it."""

    faults: dict[int, Fault]
    """By the node that has it, in the document's order."""

    @property
    def node(self) -> int:
        """The first layer that is refused."""
        return next(iter(self.faults))

    @property
    def fault(self) -> Fault:
        """What is told of it."""
        return self.faults[self.node]

    def apart(self, ground: Ground) -> "list[Mistake]":
        """What is told of it where the layers have no cure in common: a mistake for each place of the document."""
        found: dict[str, Mistake] = {}
        for node, fault in self.faults.items():
            pointer = owner_of(ground.analysis, ground.analysis.readings[node]).node.pointer
            found.setdefault(pointer, Mistake({})).faults[node] = fault
        return list(found.values())


def mistakes(ground: Ground) -> list[Mistake]:
    """Every mistake once, in the document's order."""
    found: list[Mistake] = []
    by_identity: dict[Hashable, int] = {}
    analysis = ground.analysis
    for node, reading in enumerate(analysis.readings):
        for fault in reading.outcome.faults:
            if _said_otherwise(fault, reading):
                continue
            identities = [_identity(fault, reading, analysis), *_grounds(fault, node, reading, ground)]
            known = next((by_identity[identity] for identity in identities if identity in by_identity), None)
            if known is None:
                known = len(found)
                found.append(Mistake({}))
            found[known].faults.setdefault(node, fault)
            for identity in identities:
                by_identity.setdefault(identity, known)
    return found


def _said_otherwise(fault: Fault, reading: LayerReading) -> bool:
    """Whether another fault of the same layer says what this one merely follows from."""
    for other in reading.outcome.faults:
        match fault, other:
            case faults.SizeMismatch(axis=axis), faults.WrongDType(tensor=tensor):
                # Integers that should have been embedded first, which gives them features.
                features = axis is None or axis % max(tensor.rank, 1) == tensor.rank - 1
                if tensor.dtype in INTEGRAL and other.input == fault.input and features:
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
        arriving: Hashable = fault.input
        if isinstance(fault, faults.WrongDType) and (fault.input or 0) < len(reading.node.wires):
            # The same tensor may well arrive more than once, as in an attention.
            arriving = reading.node.wires[fault.input or 0]
        return reading.node.pointer, fault.code, arriving, str(fault.received)
    return owner_of(analysis, reading).node.pointer, fault.code, fault.part, fault.argument, str(fault.received)


def _grounds(fault: Fault, node: int, reading: LayerReading, ground: Ground) -> Iterator[Hashable]:
    """Whose tensor is refused, and on which grounds.

    Sizes are compared by their ratio: a mistake in the channels is the same in the features they are flattened to.
    """
    arriving = fault.input or 0
    match fault:
        case faults.SizeMismatch():
            yield from _sizes(fault, node, reading, ground)
        case faults.WrongRank():
            yield _root(arriving, None, reading, ground), "axes"
        case faults.WrongElementCount(shape=shape):
            yield _root(arriving, None, reading, ground).node, shape
        case faults.ShapesDisagree(shapes=(a, b), axis=axis):
            sides = _sides(a, b, reading)
            if sides is not None and len(a) != len(b):
                yield from ((_root(side, None, reading, ground), "axes") for side in sides)
            elif sides is not None and axis is not None:
                sizes = a[axis], b[axis]
                for side, (own, other) in zip(sides, (sizes, sizes[::-1]), strict=True):
                    if is_known(own) and is_known(other) and own > 0 < other:
                        yield _root(side, axis % len(a), reading, ground), Fraction(other, own)


def _sizes(fault: faults.SizeMismatch, node: int, reading: LayerReading, ground: Ground) -> Iterator[Hashable]:
    expected, received = fault.expected, fault.received
    root = _root(fault.input or 0, fault.axis, reading, ground)
    if not isinstance(expected, int) or not isinstance(received, int) or min(expected, received) < 1:
        yield root, str(expected), str(received)
        return
    yield root, Fraction(expected, received)
    if fault.argument in IN_AND_OUT:
        # It goes on with what it declares, which it may be that is wrong.
        yield Root(node, fault.axis % fault.tensor.rank), Fraction(received, expected)


def _sides(a: tuple[int, ...], b: tuple[int, ...], reading: LayerReading) -> tuple[int, int] | None:
    """The inputs that have these shapes."""
    shapes = [value.shape if isinstance(value, Tensor) else None for value in reading.inputs]
    first = shapes.index(a) if a in shapes else None
    second = next((at for at, shape in enumerate(shapes) if shape == b and at != first), None)
    return None if first is None or second is None else (first, second)


def _root(input: int, axis: int | None, reading: LayerReading, ground: Ground) -> Root:
    """Where an input got the size of an axis, or its shape: the layers that merely hand it on are passed over."""
    wires = reading.node.wires
    wire = wires[input] if input < len(wires) else None
    if axis is None:
        return _shape_root(wire, ground.analysis) or Root(id(reading), None)
    trail = ground.trails.follow(wire, axis)
    while trail.maker is not None:
        # Flattened, the channels come first, and everything else is a factor.
        first = merged(trail.maker)
        if first is None:
            return Root(trail.maker.node, trail.maker.axis)
        trail = ground.trails.follow(trail.maker.reading.node.wires[0], first)
    return Root(id(reading) if trail.model_input is None else trail.model_input.node, trail.axis)


def _shape_root(wire: Wire | None, analysis: Analysis) -> Root | None:
    """The layer or model input that gave a tensor its shape."""
    for _ in range(FARTHEST):
        if not isinstance(wire, Source):
            return None
        if wire.node < 0 or wire.path:
            break
        before = analysis.readings[wire.node]
        output, given = before.outcome.output, before.inputs[0] if before.inputs else None
        kept = isinstance(output, Tensor) and isinstance(given, Tensor) and output.shape == given.shape
        if not kept or len(before.node.wires) != 1 or any(hasattr(before.node.layer, name) for name in PRODUCERS):
            break
        wire = before.node.wires[0]
    return Root(wire.node, None, wire.path) if isinstance(wire, Source) else None
