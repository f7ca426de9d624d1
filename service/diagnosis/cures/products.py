"""The factors of a matrix product, which have to meet along one axis of each."""

from collections.abc import Iterator
from typing import Final

from service.core.sizes import is_known
from service.core.tensors import Tensor
from service.diagnosis.cures import exchanged
from service.diagnosis.cures.producers import feeding_size, producing, redeclared
from service.diagnosis.cures.ways import Pair, described
from service.diagnosis.edits import inserted
from service.diagnosis.place import Place, Proposal

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
    if len(pair.a) > 1 < len(pair.b) and pair.b[-1] == pair.a[-2]:
        yield from exchanged.factors(pair.first)
    yield from feeding_size(pair.second, column, pair.a[row])
    yield from feeding_size(pair.first, row, pair.b[column])


def with_weight(place: Place) -> Iterator[Proposal]:
    """A weight that arrives, ``[out_features, in_features]``, for the features that arrive."""
    arriving, weight = (*place.reading.inputs, None, None)[:2]
    if not isinstance(arriving, Tensor) or not isinstance(weight, Tensor) or weight.rank != 2 or not arriving.rank:
        return
    features, rows, other = arriving.shape[-1], weight.shape[0], place._replace(input=1)
    if not is_known(features) or not is_known(rows):
        return
    if rows == features:
        yield from redeclared(other, [weight.shape[1], features])
        layer = {"type": "transpose", "dim0": 0, "dim1": 1}
        yield from inserted(other, f"Transpose {described(other)} before {place.name}.", layer)
    else:
        yield from redeclared(other, [rows, features])
    yield from producing(place._replace(input=0), weight.shape[1], arriving.rank - 1)
