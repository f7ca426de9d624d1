"""An argument whose value PyTorch refuses whatever arrives."""

from collections.abc import Iterator
from typing import Any, Final

from service.architecture.problems import nearest
from service.core.dtypes import DEFAULT, INTEGRAL
from service.core.faults import BadValue
from service.core.issues import Operation
from service.core.sizes import is_known, is_unknown
from service.core.tensors import Tensor
from service.diagnosis.cures import numbers
from service.diagnosis.cures.geometry import LINEAR_MODES
from service.diagnosis.cures.padding import explicit_padding
from service.diagnosis.cures.producers import producing
from service.diagnosis.edits import inserted, setting
from service.diagnosis.place import Place, Proposal
from service.layers.base import COMMON_KEYS

MOST_CHOICES: Final = 3
MOST_AXES: Final = 4
ORDERED: Final = {
    "start_dim": "end_dim", "lower": "upper", "min_val": "max_val", "min": "max", "low": "high",
    "proj_size": "hidden_size",
}  # fmt: skip
"""Arguments of which the first must not be behind the second."""
HALF: Final = 0.5
DOUBLED: Final = 2
"""By what most decoders enlarge."""


def explain(_place: Place, fault: BadValue) -> str:
    """What was meant, where a word is close to one that would do."""
    guess = _meant(fault)
    return f'did you mean "{guess}"?' if guess is not None and isinstance(fault.received, str) else ""


def propose(place: Place, fault: BadValue) -> Iterator[Proposal]:
    """What was probably meant; other values that would do, nearest first; then PyTorch's default."""
    argument = fault.argument
    if argument is None:
        return
    value = place.given.get(argument)
    if argument == "stride" and getattr(place.reading.node.layer, "padding", None) == "same":
        yield from explicit_padding(place)
    yield from _exchanged(place, argument)
    yield from _beside(place, argument)
    yield from _along_another_axis(place, argument)
    for choice in _choices(place, fault, value):
        if choice != value or type(choice) is not type(value):
            yield Proposal(
                f"Set {argument} of {place.name} to {numbers.shown(choice)}.",
                (setting(place.ground, place.pointer, argument, choice),),
            )
    yield from _made_to_measure(place, fault, value)
    yield from _left_out(place, argument)
    if fault.bounds is None and fault.counts is None and not fault.choices:
        yield from _as_floats(place)
        # What two arguments say together may be said by either of them.
        for other in [name for name in place.given if name not in (argument, "dim", *COMMON_KEYS)][:MOST_CHOICES]:
            yield from _left_out(place, other)


def _choices(place: Place, fault: BadValue, value: Any) -> Iterator[Any]:
    if fault.bounds is not None:
        yield from numbers.within(value, *fault.bounds, share=isinstance(fault.received, float))
    if fault.counts is not None:
        yield from numbers.counted(value, fault.counts)
    yield from _of_axes(place, fault, value)
    if _is_total(fault.expected, fault.received):
        yield from numbers.summing(value, fault.expected)
    elif _is_range(fault.expected, fault.received):
        low, high = fault.expected
        yield replaced(value, fault.received, min(max(fault.received, low), high))
    elif not fault.choices and _same_kind(fault.expected, value):
        yield fault.expected
    guess = _meant(fault)
    if guess is not None:
        yield guess
    yield from (choice for choice in fault.choices[:MOST_CHOICES] if choice is not None and choice != guess)


def _is_total(expected: Any, received: Any) -> bool:
    """Whether parts were to make up a whole."""
    return isinstance(expected, int) and isinstance(received, list)


def _is_range(expected: Any, received: Any) -> bool:
    """Whether a number was to lie between two."""
    return isinstance(expected, list) and len(expected) == 2 and isinstance(received, int)


def _of_axes(place: Place, fault: BadValue, value: Any) -> Iterator[list[int]]:
    """A list that stands for the axes of what arrives: with each once, and with one size at most left open."""
    arriving = place.arriving
    if fault.received != value or not isinstance(value, list) or not all(isinstance(entry, int) for entry in value):
        return
    if fault.argument in ("dims", "dim"):
        missing = [axis for axis in range(len(value)) if axis not in value]
        repeated = [at for at, entry in enumerate(value) if value.count(entry) > 1]
        if len(missing) == len(repeated) - 1 == 1:
            yield from ([*value[:at], missing[0], *value[at + 1 :]] for at in reversed(repeated))
        yield list(dict.fromkeys(value))
    elif value.count(-1) > 1 and isinstance(arriving, Tensor):
        first = value.index(-1)
        if first < arriving.rank and is_known(arriving.shape[first]):
            yield [*value[:first], arriving.shape[first], *value[first + 1 :]]


def _exchanged(place: Place, argument: str) -> Iterator[Proposal]:
    """Two bounds in the wrong order."""
    given, pairs = place.given, ORDERED | {upper: lower for lower, upper in ORDERED.items()}
    other = pairs.get(argument)
    if other is not None and other in given and argument in given:
        yield Proposal(
            f"Exchange {argument} and {other} of {place.name}.",
            (
                setting(place.ground, place.pointer, argument, given[other]),
                setting(place.ground, place.pointer, other, given[argument]),
            ),
        )


def _along_another_axis(place: Place, argument: str) -> Iterator[Proposal]:
    """What does not fit one axis may be meant for another, though hardly for that of the samples."""
    layer, arriving = place.reading.node.layer, place.arriving
    dim = getattr(layer, "dim", None)
    if type(dim) is int and argument != "dim" and "dim" not in place.given and isinstance(arriving, Tensor):
        for axis in [other for other in range(1, arriving.rank) if other != dim % arriving.rank][:MOST_AXES]:
            yield Proposal(f"Set dim of {place.name} to {axis}.", (setting(place.ground, place.pointer, "dim", axis),))


def _made_to_measure(place: Place, fault: BadValue, value: Any) -> Iterator[Proposal]:
    """What arrives made as large as the parts are that it is taken apart into."""
    dim, arriving = getattr(place.reading.node.layer, "dim", None), place.arriving
    if not _is_total(fault.expected, fault.received) or not numbers.are_numbers(value):
        return
    if isinstance(dim, int) and isinstance(arriving, Tensor) and -arriving.rank <= dim < arriving.rank:
        yield from producing(place, int(sum(value)), dim % arriving.rank)


def _beside(place: Place, argument: str) -> Iterator[Proposal]:
    """Another argument that goes with this one."""
    given, layer, arriving = place.given, place.reading.node.layer, place.arriving
    others: dict[str, Any] = {}
    match argument:
        case "output_padding" if isinstance(given.get(argument), int) and "stride" not in given:
            others["stride"] = given[argument] + 1
        case "align_corners" if isinstance(arriving, Tensor):
            others["mode"] = LINEAR_MODES.get(arriving.rank)
        case "size" if argument not in given and "scale_factor" in type(layer).model_fields:
            others["scale_factor"] = DOUBLED
        case "output_size" if argument not in given and "output_ratio" in type(layer).model_fields:
            others["output_ratio"] = HALF
    for name, value in others.items():
        if value is not None and given.get(name) != value:
            yield Proposal(
                f"Set {name} of {place.name} to {numbers.shown(value)}.",
                (setting(place.ground, place.pointer, name, value),),
            )


def _as_floats(place: Place) -> Iterator[Proposal]:
    """What integers are not computed with may be computed with floats."""
    arriving = place.arriving
    if isinstance(arriving, Tensor) and arriving.dtype in INTEGRAL:
        description = f"Convert what arrives at {place.name} to {DEFAULT}."
        yield from inserted(place, description, {"type": "to", "dtype": DEFAULT})


def _left_out(place: Place, argument: str) -> Iterator[Proposal]:
    field = type(place.reading.node.layer).model_fields.get(argument)
    if argument not in place.given or field is None or field.is_required():
        return
    if argument in [parameter.name for parameter in place.reading.node.layer.signature().parameters]:
        # Without the number a tensor would have to arrive.
        return
    inferred = is_unknown(field.get_default(call_default_factory=True))
    way = "out, so that it is inferred from what arrives" if inferred else "at PyTorch's default"
    yield Proposal(f"Leave {argument} of {place.name} {way}.", (Operation("remove", f"{place.pointer}/{argument}"),))


def _meant(fault: BadValue) -> str | None:
    words = [choice for choice in fault.choices if isinstance(choice, str)]
    return nearest(fault.received, words) if isinstance(fault.received, str) and words else None


def _same_kind(expected: Any, value: Any) -> bool:
    """Whether what was expected is a value rather than a description of some."""
    if isinstance(expected, bool) or isinstance(value, bool):
        return isinstance(expected, bool)
    if isinstance(expected, (int, float)):
        return value is None or isinstance(value, (int, float))
    return isinstance(expected, list) and isinstance(value, list)


def replaced(value: Any, old: Any, new: Any) -> Any:
    """A number, or the list in which it stands, with ``old`` replaced."""
    return [replaced(entry, old, new) for entry in value] if isinstance(value, list) else new if value == old else value
