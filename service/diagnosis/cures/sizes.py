"""An argument declares a size, and another arrives: ``in_features``, ``in_channels``, ``num_features``, …"""

from collections.abc import Iterator

from service.core.faults import SizeMismatch
from service.core.sizes import is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.geometry import input_sizes, keeping_padding
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.provenance import provenance


def explain(place: Place, fault: SizeMismatch) -> str:
    """Where the arriving size comes from."""
    if flatten_missing(fault):
        features = product(fault.tensor.shape[1:])
        return f"{fault.tensor} arrives unflattened; flattened it has {features} features. A Flatten is missing"
    if channels_last(fault):
        return f"{fault.tensor} has its {fault.expected} channels in the last axis; PyTorch wants them in axis 1"
    return provenance(place, fault.axis)


def flatten_missing(fault: SizeMismatch) -> bool:
    """The features would fit if all axes behind the first were one."""
    shape = fault.tensor.shape
    return fault.argument == "in_features" and len(shape) > 2 and product(shape[1:]) == fault.expected


def channels_last(fault: SizeMismatch) -> bool:
    """The channels stand in the last axis, as in images read from files."""
    shape = fault.tensor.shape
    return len(shape) in (4, 5) and fault.axis == 1 and shape[-1] == fault.expected


def propose(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    pointer, argument = place.reading.node.pointer, fault.argument or ""
    if flatten_missing(fault):
        patch = place.insert_before({"type": "Flatten"})
        if patch:
            yield Proposal(f"Put a Flatten before {place.name}.", patch)
    if channels_last(fault):
        yield from _channels_first(place, fault)
    if is_known(fault.received):
        yield Proposal(
            f"Set {argument} of {place.name} to {fault.received}.",
            (place.set(pointer, argument, fault.received),),
        )
    yield from _change_producer(place, fault)
    yield from keeping_padding(place)
    yield from input_sizes(place, fault)


def _channels_first(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    rank = fault.tensor.rank
    dims = [0, rank - 1, *range(1, rank - 1)]
    patch = place.insert_before({"type": "permute", "dims": dims})
    if patch:
        yield Proposal(f"Move the channels to axis 1 before {place.name} with permute {dims}.", patch)
    model_input = place.model_input()
    if model_input is not None and model_input[2].shape == fault.tensor.shape:
        shape = [fault.tensor.shape[dim] for dim in dims]
        pointer = model_input[0]
        yield Proposal(f"Feed the channels first: input {shape}.", (place.set(*_split(pointer), shape),))


def _split(pointer: str) -> tuple[str, str]:
    parent, _, key = pointer.rpartition("/")
    return parent, key


def _change_producer(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The layer that made the size makes the declared one instead, if it says so in one argument."""
    for reading in place.upstream():
        layer, output = reading.node.layer, reading.outcome.output
        for argument in ("out_channels", "out_features", "embedding_dim"):
            if hasattr(layer, argument):
                size = getattr(layer, argument)
                if isinstance(output, Tensor) and fault.received == size:
                    yield Proposal(
                        f"Set {argument} of {called(reading)} to {fault.expected}.",
                        (place.set(reading.node.pointer, argument, fault.expected),),
                    )
                return
