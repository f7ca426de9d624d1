"""A file a kind of fault: where it comes from (``explain``), and what might cure it (``propose``)."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from service.core import faults
from service.core.faults import Fault
from service.diagnosis.cures import sizes
from service.diagnosis.place import Place, Proposal


class Remedy(NamedTuple):
    """What diagnosis knows of a kind of fault."""

    explain: Callable[[Place, Any], str]
    propose: Callable[[Place, Any], Iterator[Proposal]]


REMEDIES: Final[dict[type[Fault], Remedy]] = {
    faults.SizeMismatch: Remedy(sizes.explain, sizes.propose),
}
