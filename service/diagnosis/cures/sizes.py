"""An argument declares a size, and another arrives: ``in_features``, ``in_channels``, ``num_features``, …"""

from collections.abc import Iterator
from typing import Any

from service.core.faults import SizeMismatch
from service.core.sizes import UNKNOWN, is_known, product
from service.core.tensors import Tensor
from service.diagnosis.cures.geometry import flattening, input_sizes, keeping_padding, pooling_adaptively
from service.diagnosis.cures.producers import feeding_shape, feeding_size, producing
from service.diagnosis.edits import inserting, setting
from service.diagnosis.place import Place, Proposal
from service.diagnosis.provenance import provenance


def explain(place: Place, fault: SizeMismatch) -> str:
    """Where the arriving size comes from."""
    if flatten_missing(fault):
        features = product(fault.tensor.shape[1:])
        return f"{fault.tensor} arrives unflattened; flattened it has {features} features. A Flatten is missing"
    if channels_last(fault):
        return f"{fault.tensor} has its {fault.expected} channels in the last axis; PyTorch wants them in axis 1"
    if features_first(fault):
        return (
            f"{fault.tensor} has {fault.expected} in axis 1, but the layer looks at the last axis, "
            f"which has {fault.received}"
        )
    return provenance(place, fault.axis)


def flatten_missing(fault: SizeMismatch) -> bool:
    """The features would fit if all axes behind the first were one."""
    shape = fault.tensor.shape
    return fault.argument == "in_features" and len(shape) > 2 and product(shape[1:]) == fault.expected


def channels_last(fault: SizeMismatch) -> bool:
    """The channels stand in the last axis, as in images read from files or in sequences of vectors."""
    shape = fault.tensor.shape
    return len(shape) in (3, 4, 5) and fault.axis == 1 and shape[-1] == fault.expected


def features_first(fault: SizeMismatch) -> bool:
    """The features stand in axis 1, as a convolution leaves them."""
    shape = fault.tensor.shape
    return len(shape) in (3, 4, 5) and fault.axis == len(shape) - 1 and shape[1] == fault.expected


def channel_axis_missing(fault: SizeMismatch) -> bool:
    """A batch of images with one channel came without the axis for it, and was taken for a single image."""
    shape = fault.tensor.shape
    return fault.argument == "in_channels" and fault.expected == 1 and fault.axis == 0 and len(shape) > 1


def propose(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    """The ways out, the least change first."""
    if flatten_missing(fault):
        patch = inserting(place, {"type": "Flatten"})
        if patch:
            yield Proposal(f"Put a Flatten before {place.name}.", patch)
    if channel_axis_missing(fault):
        yield from _with_channel_axis(place, fault)
    if channels_last(fault):
        yield from _moved(place, fault, channels_first_order(fault.tensor.rank), "Move the channels to axis 1")
    if features_first(fault):
        order = [0, *range(2, fault.tensor.rank), 1]
        yield from _moved(place, fault, order, "Move axis 1 to the end")
    if known(fault.received) and not flatten_missing(fault):
        yield Proposal(
            f"Set {fault.argument} of {place.name} to {fault.received}.",
            (setting(place.ground, place.pointer, fault.argument or "", fault.received),),
        )
    if not isinstance(fault.expected, list):
        yield from producing(place, fault.expected * fault.step, fault.tensor.shape[fault.axis])
        if not (channels_last(fault) or features_first(fault) or channel_axis_missing(fault)):
            yield from feeding_size(place, fault.axis, fault.expected * fault.step)
    flat = flattening(place) if fault.argument == "in_features" else None
    if flat is not None:
        yield from pooling_adaptively(flat, fault.expected)
        yield from keeping_padding(place)
        yield from input_sizes(flat, fault.expected)


def channels_first_order(rank: int) -> list[int]:
    """The axes of a tensor with channels last, the channels in axis 1."""
    return [0, rank - 1, *range(1, rank - 1)]


def known(size: Any) -> bool:
    """Whether a size, or each of a list of them, is known."""
    return all(map(is_known, size)) if isinstance(size, list) else size is not UNKNOWN


def _moved(place: Place, fault: SizeMismatch, order: list[int], how: str) -> Iterator[Proposal]:
    patch = inserting(place, {"type": "permute", "dims": order})
    if patch:
        yield Proposal(f"{how} before {place.name}: permute {order}.", patch)
    yield from fed_as(place, fault.tensor, [fault.tensor.shape[dim] for dim in order])


def fed_as(place: Place, tensor: Tensor, shape: list[int]) -> Iterator[Proposal]:
    """The model input itself in another shape, where it arrives as it was fed."""
    model_input = place.model_input()
    if model_input is not None and model_input.tensor.shape == tensor.shape:
        yield feeding_shape(model_input, shape)


def _with_channel_axis(place: Place, fault: SizeMismatch) -> Iterator[Proposal]:
    shape = fault.tensor.shape
    yield from fed_as(place, fault.tensor, [shape[0], 1, *shape[1:]])
    patch = inserting(place, {"type": "unsqueeze", "dim": 1})
    if patch:
        yield Proposal(f"Give what arrives an axis for its single channel before {place.name}.", patch)
