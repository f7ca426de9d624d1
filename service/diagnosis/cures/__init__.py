"""A file a kind of fault: where it comes from (``explain``), and what might cure it (``propose``)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from service.core import faults
from service.core.faults import Fault
from service.diagnosis.cures import (
    dims,
    divisors,
    dtypes,
    inputs,
    joins,
    ranks,
    sizes,
    statistics,
    values,
    views,
    windows,
)
from service.diagnosis.place import Place, Proposal


class Remedy(NamedTuple):
    """What diagnosis knows of a kind of fault."""

    explain: Callable[[Place, Any], str]
    propose: Callable[[Place, Any], Iterator[Proposal]]


REMEDIES: Final[dict[type[Fault], Remedy]] = {
    faults.SizeMismatch: Remedy(sizes.explain, sizes.propose),
    faults.WrongRank: Remedy(ranks.explain, ranks.propose),
    faults.WindowTooLarge: Remedy(windows.explain, windows.propose),
    faults.Indivisible: Remedy(divisors.explain, divisors.propose),
    faults.BadValue: Remedy(values.explain, values.propose),
    faults.WrongDType: Remedy(dtypes.explain, dtypes.propose),
    faults.TooFewValues: Remedy(statistics.explain, statistics.propose),
    faults.DimOutOfRange: Remedy(dims.explain, dims.propose),
    faults.ShapesDisagree: Remedy(joins.explain, joins.propose),
    faults.WrongElementCount: Remedy(views.explain_count, views.propose_count),
    faults.NotViewable: Remedy(views.explain_layout, views.propose_layout),
    faults.TupleArrives: Remedy(inputs.explain_tuple, inputs.propose_tuple),
    faults.WrongInputs: Remedy(inputs.explain_inputs, inputs.propose_inputs),
    faults.BadIndex: Remedy(inputs.explain_index, inputs.propose_index),
}
"""Every kind of fault there is; a test holds it to that."""
