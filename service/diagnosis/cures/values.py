"""An argument whose value PyTorch refuses whatever arrives."""

from collections.abc import Iterator
from typing import Any

from service.architecture.problems import nearest
from service.core.faults import BadValue
from service.core.issues import Operation
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal

MOST_CHOICES = 3


def explain(_place: Place, fault: BadValue) -> str:
    """What was meant, where a word is close to one that would do."""
    guess = _meant(fault)
    return f'did you mean "{guess}"?' if guess is not None and isinstance(fault.received, str) else ""


def propose(place: Place, fault: BadValue) -> Iterator[Proposal]:
    """The values that would do, nearest first; then PyTorch's default."""
    argument = fault.argument
    if argument is None:
        return
    value = place.given.get(argument)
    for choice in _choices(fault, value):
        if choice != value or type(choice) is not type(value):
            yield Proposal(
                f"Set {argument} of {place.name} to {_shown(choice)}.",
                (setting(place.ground, place.pointer, argument, choice),),
            )
    if argument in place.given and _has_default(place, argument):
        yield Proposal(
            f"Leave {argument} of {place.name} at PyTorch's default.",
            (Operation("remove", f"{place.pointer}/{argument}"),),
        )


def _choices(fault: BadValue, value: Any) -> Iterator[Any]:
    if isinstance(value, list) and len(fault.choices) == 1 and isinstance(fault.choices[0], (int, float)):
        # One number too small among several: the others stay as they are.
        for least in (fault.choices[0], 1):
            yield [max(entry, least) for entry in value if isinstance(entry, (int, float))]
    guess = _meant(fault)
    if guess is not None:
        yield guess
    yield from (choice for choice in fault.choices[:MOST_CHOICES] if choice is not None and choice != guess)
    if not fault.choices and _same_kind(fault.expected, value):
        yield fault.expected


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


def _has_default(place: Place, argument: str) -> bool:
    field = type(place.reading.node.layer).model_fields.get(argument)
    return field is not None and not field.is_required()


def _shown(choice: Any) -> str:
    if isinstance(choice, bool):
        return str(choice).lower()
    return f'"{choice}"' if isinstance(choice, str) else str(choice)
