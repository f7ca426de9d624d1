"""What is expected of the diagnosis of a document."""

from typing import Any, NamedTuple

from tests.diagnosis.architectures import Raw


class Expected(NamedTuple):
    code: str
    pointer: str
    fix: str | None
    """How one of the fixes begins; none where no fix is expected."""
    says: str = ""
    """Words of the message."""


class Case(NamedTuple):
    document: Raw
    issues: tuple[Expected, ...]


def case(raw: Raw, *issues: tuple[Any, ...]) -> Case:
    return Case(raw, tuple(Expected(*issue) for issue in issues))
