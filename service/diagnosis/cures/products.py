"""The factors of a matrix product, which have to meet along one axis of each."""

from collections.abc import Iterator
from typing import Final

from service.diagnosis.cures.producers import producing
from service.diagnosis.cures.ways import Pair, described
from service.diagnosis.edits import inserted
from service.diagnosis.place import Proposal

PRODUCTS: Final = frozenset({"matmul", "bmm", "mm", "mv", "addmm", "baddbmm", "addbmm", "addmv"})


def propose(pair: Pair) -> Iterator[Proposal]:
    """One of the two transposed, or as large along that axis as the other."""
    name = pair.first.name
    layer = {"type": "transpose", "dim0": -2, "dim1": -1}
    for factor, shape in ((pair.second, pair.b), (pair.first, pair.a)):
        if len(shape) > 1:
            yield from inserted(factor, f"Transpose {described(factor)} before {name}.", layer)
    row, column = len(pair.a) - 1, max(len(pair.b) - 2, 0)
    if pair.a[row] != pair.b[column] and pair.a[row] != pair.b[-1] and pair.a[-2:-1] != pair.b[column : column + 1]:
        yield from producing(pair.second, pair.a[row], column)
        yield from producing(pair.first, pair.b[column], row)
