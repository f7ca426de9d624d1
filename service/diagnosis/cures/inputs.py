"""What is passed to a layer: a tuple for a tensor, too few or too many inputs, an index that leads nowhere."""

import re
from collections.abc import Iterator
from typing import Any, Final

from service.architecture.problems import nearest
from service.core.faults import BadIndex, TupleArrives, WrongInputs
from service.core.issues import Operation, Patch
from service.core.sizes import differ
from service.core.tensors import Tensor, tensors_in
from service.diagnosis.cures import supplied, surplus
from service.diagnosis.edits import feeding, setting
from service.diagnosis.place import Place, Proposal, called, owner_of

MOST_MEMBERS: Final = 3
RETURNED: Final = {
    "LSTM": "output, (h_n, c_n)", "GRU": "output, h_n", "RNN": "output, h_n", "LSTMCell": "h, c",
    "MultiheadAttention": "output, weights", "max": "values, indices", "min": "values, indices",
    "median": "values, indices", "topk": "values, indices", "sort": "values, indices",
}  # fmt: skip

_LAST_INDEX: Final = re.compile(r"^(.*)\[(-?\d+)\]$")


def explain_tuple(place: Place, _fault: TupleArrives) -> str:
    """What PyTorch's names for the parts are."""
    kind = _kind(place)
    article = "an" if kind.startswith(("LSTM", "RNN")) else "a"
    return f"{article} {kind} returns ({RETURNED[kind]})" if kind in RETURNED else ""


def _kind(place: Place) -> str:
    """The type of the layer whose whole result arrives, if one's does."""
    source = place.source
    whole = source is not None and source.node >= 0 and not source.path
    return place.analysis.readings[source.node].node.layer.type if source is not None and whole else ""


def propose_tuple(place: Place, fault: TupleArrives) -> Iterator[Proposal]:
    """Each part of the tuple in its place."""
    found = place.reference()
    if found is None:
        return
    for member in fault.members[:MOST_MEMBERS]:
        path = tuple(int(index) for index in re.findall(r"\d+", member))
        edit = feeding(place, f"{found[1]}{member}", path)
        if edit is not None:
            proposal = Proposal(f"Take {found[1]}{member} as the input of {place.name}.", *edit)
            # What else a layer returns, states or where it looked, is seldom what the next one is to work on.
            yield proposal._replace(far_fetched=member != fault.members[0] and _kind(place) in RETURNED)
            yield from _fitted(place, f"{found[1]}{member}", edit.patch, fault.members.index(member))
    yield from _without_indices(place)


def _without_indices(place: Place) -> Iterator[Proposal]:
    """The layer before returns where it found its values only if it is asked to."""
    source = place.source
    owner = owner_of(place.analysis, place.analysis.readings[source.node]) if source and source.node >= 0 else None
    if owner is not None and getattr(owner.node.layer, "return_indices", False) is True:
        operation = Operation("replace", f"{owner.node.pointer}/return_indices", value=False)
        yield Proposal(f"Set return_indices of {called(owner)} to false.", (operation,))


def _fitted(place: Place, reference: str, patch: Patch, member: int) -> Iterator[Proposal]:
    """The part together with the size that it brings, where the layer declares another."""
    layer, arriving = place.reading.node.layer, place.arriving
    tensors = tensors_in(arriving) if arriving is not None else []
    tensor = tensors[member] if member < len(tensors) else None
    if not isinstance(tensor, Tensor) or not tensor.shape:
        return
    for argument in ("in_features", "input_size", "normalized_shape"):
        declared = getattr(layer, argument, None)
        if isinstance(declared, int) and differ(declared, tensor.shape[-1]):
            operation = setting(place.ground, place.pointer, argument, tensor.shape[-1])
            yield Proposal(
                f"Take {reference} as the input of {place.name}, and set its {argument} to {tensor.shape[-1]}.",
                (*patch, operation),
            )


def explain_inputs(_place: Place, _fault: WrongInputs) -> str:
    """The message says it all."""
    return ""


def propose_inputs(place: Place, fault: WrongInputs) -> Iterator[Proposal]:
    """As many inputs as the layer takes."""
    references = place.references()
    if references is None:
        return
    positional = [reference for reference in references if "=" not in reference]
    named = [reference for reference in references if "=" in reference]
    count = len(positional)
    if fault.received is None:
        yield from _first_member(place)
    for position, reference in enumerate(named):
        keyword, _, name = reference.partition("=")
        guess = nearest(keyword, fault.names)
        if keyword not in fault.names and guess is not None:
            renamed = [*named[:position], f"{guess}={name}", *named[position + 1 :]]
            yield supplied.taking(place, [*positional, *renamed])
    if fault.code == "state-not-pair":
        yield from surplus.other_state(place, fault)
    elif count == 1 and fault.code != "unexpected-input":
        yield from supplied.propose(place, fault, positional, named)
    if count > len(fault.names) and "tensors" not in fault.names:
        if len(fault.names) == 1 and not named:
            yield from surplus.joined(place, positional)
        yield from surplus.kept(place, fault.names, positional)


def _first_member(place: Place) -> Iterator[Proposal]:
    """What stands before the None in the same tuple."""
    found = place.reference()
    match = _LAST_INDEX.match(found[1]) if found is not None else None
    edit = feeding(place, f"{match[1]}[0]") if match is not None else None
    if match is not None and edit is not None:
        yield Proposal(f"Take {match[1]}[0] as the input of {place.name}.", *edit)


def explain_index(_place: Place, _fault: BadIndex) -> str:
    """The message says it all."""
    return ""


def propose_index(place: Place, fault: BadIndex) -> Iterator[Proposal]:
    """An index that there is, or none at all."""
    found = place.reference()
    for reference in corrected(found[1], fault) if found is not None else ():
        edit = feeding(place, reference)
        if edit is not None:
            yield Proposal(f"Take {reference} as the input of {place.name}.", *edit)


def propose_output_index(raw: dict[str, Any], position: int, fault: BadIndex) -> Iterator[Proposal]:
    """The same for what the model returns."""
    outputs = raw.get("outputs") or []
    if position < len(outputs):
        for reference in corrected(outputs[position], fault):
            yield Proposal(f"Return {reference}.", (Operation("replace", f"/outputs/{position}", reference),))


def corrected(reference: str, fault: BadIndex) -> Iterator[str]:
    """References near to one that leads nowhere."""
    match = _LAST_INDEX.match(reference)
    if match is not None:
        if fault.length > 0:
            last = fault.length - 1
            yield from dict.fromkeys(f"{match[1]}[{index}]" for index in (last, 0))
        yield match[1]
