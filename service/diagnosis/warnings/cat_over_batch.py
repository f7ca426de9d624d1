"""Features of one input put behind each other along the batch axis.

``torch.cat`` works along axis 0 unless it is told otherwise; the branches of a model meet along channels or features.
Reported is only what different layers make of the model's one input, and what is not taken apart again.
"""

from collections.abc import Iterator
from typing import Any, Final

from service.analysis.reading import LayerReading
from service.architecture.graph import Source
from service.core.tensors import Tensor
from service.diagnosis.place import Proposal, called
from service.diagnosis.warnings.axes import along_first
from service.diagnosis.warnings.rule import Finding, Rule, with_next
from service.diagnosis.warnings.samples import witness
from service.diagnosis.warnings.view import View

JOINS: Final = frozenset({"cat", "concat", "concatenate"})
APART: Final = frozenset({"chunk", "getitem", "narrow", "select", "split", "tensor_split", "unbind", "vsplit"})


def find(view: View, node: int) -> Finding | None:
    """A concatenation along axis 0 of branches that count their samples there."""
    reading, ground = view.readings[node], view.ground
    layer: Any = reading.node.layer
    shapes = [value.shape for value in reading.inputs if isinstance(value, Tensor)]
    wires = {wire for wire in reading.node.wires if isinstance(wire, Source) and wire.node >= 0}
    if len(shapes) < 2 or len(wires) < len(reading.inputs) or layer.dim not in (0, -len(shapes[0])):
        return None
    if len(shapes[0]) < 2 or len(ground.analysis.graph.inputs) > 1 or len({shape[0] for shape in shapes}) > 1:
        return None
    if ground.shares_weights or any(view.layer(taker).type in APART for taker in view.consumers.get(node, ())):
        return None
    before: LayerReading | None = None
    for wire in sorted(wires, key=lambda wire: wire.node, reverse=True):
        before = witness(view, wire)
        if before is None:
            return None
    assert before is not None  # noqa: S101 (there are two wires at least)
    samples = shapes[0][0]
    return Finding(
        f"{{layer}} is a {layer.type} along axis 0, which {called(before)} takes for the batch: it makes "
        f"{len(shapes) * samples} samples of {samples}",
        "dim", _along_features(view, node, shapes), 1, layer.dim,
    )  # fmt: skip


def _along_features(view: View, node: int, shapes: list[tuple[int, ...]]) -> Iterator[Proposal]:
    dim = 1 if len(shapes[0]) != 3 else 2
    yield from with_next(view.place(node), "dim", dim, sum(shape[dim] for shape in shapes))


RULE = Rule("cat-over-batch", JOINS, find, when=along_first)
