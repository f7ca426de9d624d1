"""What building and running a model will take, known before it is tried."""

from typing import NamedTuple

from service.analysis.reading import Analysis
from service.core.sizes import Size, above, is_known


class Need(NamedTuple):
    """Bytes of memory and multiply-accumulates; none where nothing is known of them."""

    memory: Size
    work: Size


def need(analysis: Analysis, *, backward: bool) -> Need:
    """An upper bound of the memory, since not all that layers return is kept, and the work.

    With gradients every weight has one more number, and every layer works three times.
    """
    totals = analysis.totals
    inputs: Size = 0
    for _, tensor in analysis.graph.inputs:
        inputs = inputs + tensor.bytes
    weights = totals.weight_bytes * (2 if backward else 1)
    activations = totals.activation_bytes * (2 if backward else 1)
    return Need(weights + activations + inputs, totals.macs * (3 if backward else 1))


def exceeded(found: Need, memory: int, work: int) -> str | None:
    """Why it does not fit, with both figures; none if it may."""
    if above(found.memory, memory):
        return f"the model needs some {found.memory:,} bytes, and a job may take {memory:,}"
    if above(found.work, work):
        return f"the model needs {found.work:,} multiply-accumulates, and a job may take {work:,}"
    return None


def known(size: Size) -> int | None:
    """A size for an answer."""
    return size if is_known(size) else None
