"""What a user reads: issues, and fixes as JSON Patches that were proven on the whole document."""

from typing import Any, Literal, NamedTuple, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


class Operation(NamedTuple):
    """One step of a JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace"]
    path: str
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        """The step as RFC 6902 writes it."""
        if self.op == "remove":
            return {"op": self.op, "path": self.path}
        return {"op": self.op, "path": self.path, "value": self.value}


Patch: TypeAlias = tuple[Operation, ...]


class Fix(NamedTuple):
    """A patch that cures an issue, and what it does to the rest."""

    description: str
    patch: Patch
    valid: bool
    """Whether the whole document is free of errors once the patch is applied."""
    parameters: int | None
    """How many parameters it adds or, if negative, takes away; none where a total is not known."""
    macs: int | None


class Issue(NamedTuple):
    """One mistake, told in the user's own names and numbers."""

    severity: Severity
    code: str
    layer: str | None
    pointer: str
    message: str
    expected: Any = None
    received: Any = None
    fixes: tuple[Fix, ...] = ()


def pointer_to(*steps: str | int) -> str:
    """A JSON Pointer (RFC 6901) to what these steps lead to."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
