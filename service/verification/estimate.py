"""What building and running a model will take, known before it is tried."""

from typing import Final, NamedTuple

from service.analysis.reading import Analysis
from service.core.sizes import Size, above, is_known, largest
from service.verification.liveness import freed
from service.verification.protocol import Json

BACKWARD_WORK: Final = 3
"""A backward pass takes twice the work of the forward pass before it."""


class Need(NamedTuple):
    """Bytes of memory and multiply-accumulates; unknown where nothing is known of them."""

    memory: Size
    work: Size


def need(analysis: Analysis, *, backward: bool) -> Need:
    """The memory that weights and results take while the model runs, and the work.

    A result is kept until the last layer has taken it; with gradients all are kept to the end, and each weight
    has a gradient. What layers need in between comes on top of that and is not known.
    """
    totals = analysis.totals
    inputs: Size = 0
    for _, tensor in analysis.graph.inputs:
        inputs = inputs + tensor.bytes * 2  # They are copied, as layers may overwrite them.
    most = _most_at_a_time(analysis)
    if backward:
        return Need(2 * totals.weight_bytes + totals.activation_bytes + most + inputs, totals.macs * BACKWARD_WORK)
    return Need(totals.weight_bytes + most + inputs, totals.macs)


def _most_at_a_time(analysis: Analysis) -> Size:
    """Bytes of results, at the layer where there are most."""
    sizes = [_made(analysis, index) for index in range(len(analysis.readings))]
    held: Size = 0
    most: Size = 0
    for index, gone in zip(analysis.graph.order, freed(analysis.graph), strict=True):
        held = held + sizes[index]
        most = largest(most, held)
        for node in gone:
            held = held - sizes[node]
    return most


def _made(analysis: Analysis, index: int) -> Size:
    """Bytes of what a layer returns, unless that is what it was given."""
    outcome = analysis.readings[index].outcome
    return outcome.counts.output_bytes if outcome.returned is None else 0


def exceeded(found: Need, memory: int, work: int) -> str | None:
    """Why it does not fit, with both figures; none if it may."""
    if above(found.memory, memory):
        return f"the model needs some {found.memory:,} bytes, and a job may take {memory:,}"
    if above(found.work, work):
        return f"the model needs {found.work:,} multiply-accumulates, and a job may take {work:,}"
    return None


def too_large(found: Need, *, memory: int, work: int) -> Json | None:
    """The answer to a model that cannot fit; none if it may."""
    why = exceeded(found, memory, work)
    if why is None:
        return None
    return {
        "status": "too_large",
        "error": f'It was not tried: {why}. With "device": "meta" it takes no memory.',
        "estimate": {"memory_bytes": known(found.memory), "macs": known(found.work)},
        "limit": {"memory_bytes": memory, "macs": work},
        "discrepancies": [],
    }


def known(size: Size) -> int | None:
    """A size for an answer."""
    return size if is_known(size) else None
