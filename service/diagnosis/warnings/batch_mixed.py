"""A view or flatten that mixes the samples of a batch.

``view(-1, n)`` with the wrong ``n`` runs whenever the numbers multiply up, and makes another number of rows than there
are samples; ``torch.flatten`` starts at axis 0 unless it is told otherwise, where ``nn.Flatten`` starts at axis 1. Axes
that are merged or taken apart as a whole, as time steps that a layer is to see one by one, are not reported.
"""

from collections.abc import Iterator
from typing import Final

from service.core.dtypes import INEXACT
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.families import HANDED_ON, LINEAR
from service.diagnosis.warnings.rule import Finding, Rule, with_next
from service.diagnosis.warnings.samples import witness
from service.diagnosis.warnings.view import View

VIEWS: Final = frozenset({"view", "reshape"})
FLATTENS: Final = frozenset({"flatten", "Flatten"})


def find(view: View, node: int) -> Finding | None:
    """A batch that is no batch any more."""
    reading = view.readings[node]
    given, output = reading.inputs[0] if reading.inputs else None, reading.outcome.output
    if not isinstance(given, Tensor) or not isinstance(output, Tensor) or given.dtype not in INEXACT:
        return None
    if given.shape[:1] == output.shape[:1] and output.rank > 1:
        return None
    if given.rank < 2 or not all(map(is_known, (*given.shape, *output.shape))) or 0 in given.shape:
        return None
    samples = {tensor.shape[:1] for _, tensor in view.ground.analysis.graph.inputs}
    if samples != {given.shape[:1]}:
        return None
    if output.rank == 1:
        return _flattened(view, node, given)
    return _rearranged(view, node, given, output) if reading.node.layer.type in VIEWS else None


def _flattened(view: View, node: int, given: Tensor) -> Finding | None:
    """All samples made one row of features."""
    reading = view.readings[node]
    if given.rank < 4 or not _taken_by_linear(view, node) or witness(view, view.source(node)) is None:
        return None
    if reading.node.layer.type in FLATTENS:
        return Finding(
            f"{{layer}} flattens {list(given.shape)} from axis 0 on, the batch included",
            "start_dim", with_next(view.place(node), "start_dim", 1, product(given.shape[1:])), 1, 0,
        )  # fmt: skip
    return Finding(
        f"{{layer}} makes one row of {list(given.shape)}, the batch included",
        "shape", _by_sample(view, node, given), given.shape[0], None,
    )  # fmt: skip


def _rearranged(view: View, node: int, given: Tensor, output: Tensor) -> Finding | None:
    """Rows that are parts of samples, or of several."""
    samples, rows = given.shape[0], output.shape[0]
    each, row = product(given.shape[1:]), product(output.shape[1:])
    if not row:
        return None
    crossing = each % row and row % each
    if not crossing:
        if output.rank > 2 or not _taken_by_linear(view, node) or _aligned(given, row):
            return None
        if witness(view, view.source(node)) is None:
            return None
    across = ", across the borders between them" if crossing else ""
    return Finding(
        f"{{layer}} makes {rows} rows of the {samples} samples of {list(given.shape)}{across}",
        "shape", _by_sample(view, node, given), samples, rows,
    )  # fmt: skip


def _aligned(given: Tensor, row: int) -> bool:
    """Whether rows are what stands along the last axes, or parts of the last one."""
    return any(row == product(given.shape[axis:]) for axis in range(2, given.rank)) or given.shape[-1] % row == 0


def _taken_by_linear(view: View, node: int) -> bool:
    """Whether rows are features of a layer, and not things of their own."""
    taken = [node]
    for taker in taken:
        for consumer in view.consumers.get(taker, ()):
            kind = view.layer(consumer).type
            if kind in LINEAR:
                return True
            if kind in HANDED_ON and len(taken) < 4:
                taken.append(consumer)
    return False


def _by_sample(view: View, node: int, given: Tensor) -> Iterator[Proposal]:
    features = product(given.shape[1:])
    yield from with_next(view.place(node), "shape", [-1, features], features)


RULE = Rule("batch-mixed", VIEWS | FLATTENS, find)
