"""What is expected of the fixes of a mistake."""

from typing import NamedTuple

from tests.diagnosis.architectures import Raw


class Lesson(NamedTuple):
    """A document with a mistake, which its first issue is about."""

    document: Raw
    first: str
    """How the fix begins that is offered first."""
    others: tuple[str, ...]
    """How some of the other fixes begin."""


def lesson(raw: Raw, first: str, *others: str) -> Lesson:
    return Lesson(raw, first, others)
