"""JSON Patches (RFC 6902) applied without copying more of the document than they change."""

from collections.abc import Iterable
from typing import Any

from service.core.issues import Operation


def steps(pointer: str) -> list[str]:
    """A JSON Pointer (RFC 6901) taken apart."""
    found = pointer.split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in found] if "~" in pointer else found


def value_at(document: Any, pointer: str) -> Any:
    """What a pointer leads to; raises ``KeyError`` or ``IndexError`` where nothing stands."""
    for step in steps(pointer):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def patched(document: Any, patch: Iterable[Operation]) -> Any:
    """The document with the patch applied; whatever the patch does not touch is shared with the original."""
    copies: dict[int, Any] = {}
    for operation in patch:
        document = _applied(document, steps(operation.path), operation, copies)
    return document


def _applied(container: Any, path: list[str], operation: Operation, copies: dict[int, Any]) -> Any:
    """The list or object with a step of the patch applied; ``copies`` are those that were copied for it already."""
    copy = container
    if id(container) not in copies:
        copy = container.copy()
        copies[id(copy)] = copy
    first, *rest = path
    key: Any = first
    if isinstance(copy, list):
        key = len(copy) if first == "-" else int(first)
    if rest:
        copy[key] = _applied(copy[key], rest, operation, copies)
    elif operation.op == "remove":
        del copy[key]
    elif operation.op == "add" and isinstance(copy, list):
        copy.insert(key, operation.value)
    else:
        copy[key] = operation.value
    return copy
