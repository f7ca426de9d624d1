"""A file a kind of fault: where it comes from (``explain``), and what might cure it (``propose``)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from service.core import faults
from service.core.faults import Fault
from service.diagnosis.cures import (
    capacity,
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
    codes: dict[str, str]
    """The codes of its issues, each with a line that says what it means; ``<…>`` stands for what differs by layer."""


REMEDIES: Final[dict[type[Fault], Remedy]] = {
    faults.SizeMismatch: Remedy(sizes.explain, sizes.propose, {
        "<family>-<argument>": "An argument declares a size, such as `in_features`, and another size arrives.",
    }),
    faults.WrongRank: Remedy(ranks.explain, ranks.propose, {
        "wrong-rank": "A tensor has more or fewer axes than the layer takes.",
    }),
    faults.WindowTooLarge: Remedy(windows.explain, windows.propose, {
        "window-too-large": "A kernel, a padding or a pool reaches beyond what arrives.",
        "empty-axis": "An axis has no entries left where the layer needs some.",
    }),
    faults.Indivisible: Remedy(divisors.explain, divisors.propose, {
        "not-divisible": "Heads or groups do not divide the features or channels.",
    }),
    faults.BadValue: Remedy(values.explain, values.propose, {
        "bad-value": "An argument has a value that PyTorch refuses whatever arrives.",
        "<family>-<detail>": "An argument has a value that PyTorch refuses beside the others, or beside what arrives.",
    }),
    faults.NoSuchRow: Remedy(values.explain, values.propose, {
        "no-such-row": "A table has too few rows for an index that follows from shapes, such as a position.",
    }),
    faults.WrongDType: Remedy(dtypes.explain, dtypes.propose, {
        "wrong-dtype": "The layer does not compute with the element type that arrives.",
    }),
    faults.Uncountable: Remedy(capacity.explain, capacity.propose, {
        "too-large": "A weight or a result has more bytes than PyTorch can count in 64 bits.",
    }),
    faults.TooFewValues: Remedy(statistics.explain, statistics.propose, {
        "one-value": "A mean and variance would be taken over a single value.",
    }),
    faults.DimOutOfRange: Remedy(dims.explain, dims.propose, {
        "dim-out-of-range": "A `dim` names an axis that the tensor does not have.",
    }),
    faults.ShapesDisagree: Remedy(joins.explain, joins.propose, {
        "shapes-disagree": "Tensors that are added, joined or multiplied do not fit each other.",
    }),
    faults.WrongElementCount: Remedy(views.explain_count, views.propose_count, {
        "wrong-element-count": "A view or reshape asks for another number of elements than there are.",
    }),
    faults.NotViewable: Remedy(views.explain_layout, views.propose_layout, {
        "not-viewable": "The memory is not laid out for a view without a copy.",
    }),
    faults.TupleArrives: Remedy(inputs.explain_tuple, inputs.propose_tuple, {
        "tuple-input": "A layer that returns a tuple, as an LSTM does, feeds one that takes a tensor.",
    }),
    faults.WrongInputs: Remedy(inputs.explain_inputs, inputs.propose_inputs, {
        "missing-input": "A layer gets fewer inputs than it takes.",
        "unexpected-input": "A layer gets more inputs than it takes, or one under a name it does not know.",
        "state-not-pair": "A recurrent state is a pair of tensors, and something else arrives.",
    }),
    faults.BadIndex: Remedy(inputs.explain_index, inputs.propose_index, {
        "bad-index": "A reference such as `lstm[2]` names a part that is not there.",
    }),
}  # fmt: skip
"""Every kind of fault there is; a test holds it to that."""
