"""What can go wrong between a client and the service."""

from typing import Any


class PlumblineError(Exception):
    """Anything that went wrong."""


class UnreachableError(PlumblineError):
    """The service could not be reached, or did not answer in time."""


class GarbledError(PlumblineError):
    """What came back is no answer of the service: something else listens there, or the answer was cut off."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"The answer is not understood: {reason}. It begins: {text[:100]!r}")
        self.reason, self.text = reason, text


class RefusedError(PlumblineError):
    """The service answered with a problem document (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        found = problem.get("faults")
        self._faults = [fault for fault in found if isinstance(fault, dict)] if isinstance(found, list) else []
        pointed = "".join(f"\n  {fault.get('pointer') or '/'}: {fault.get('detail')}" for fault in self._faults[1:])
        super().__init__(f"{status} {problem.get('title', '')}: {problem.get('detail', '')}{pointed}")
        self.status, self.problem = status, problem

    @property
    def code(self) -> str | None:
        """Stable, for programs: ``unreadable-document``."""
        return self.problem.get("code")

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Each thing that could not be read, with its JSON Pointer."""
        return list(self._faults)
