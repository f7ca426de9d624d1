"""JSON Patches (RFC 6902) applied without copying more of the document than they change."""

from collections.abc import Iterable
from typing import Any

from service.core.issues import Operation


def steps(pointer: str) -> list[str]:
    """A JSON Pointer (RFC 6901) taken apart."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def value_at(document: Any, pointer: str) -> Any:
    """What a pointer leads to; raises ``KeyError`` or ``IndexError`` where nothing stands."""
    for step in steps(pointer):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def patched(document: Any, patch: Iterable[Operation]) -> Any:
    """The document with the patch applied; whatever the patch does not touch is shared with the original."""
    for operation in patch:
        document = _applied(document, steps(operation.path), operation)
    return document


def _applied(container: Any, path: list[str], operation: Operation) -> Any:
    first, *rest = path
    if isinstance(container, list):
        copy: Any = list(container)
        index = len(copy) if first == "-" else int(first)
        if rest:
            copy[index] = _applied(copy[index], rest, operation)
        elif operation.op == "add":
            copy.insert(index, operation.value)
        elif operation.op == "replace":
            copy[index] = operation.value
        else:
            del copy[index]
        return copy
    copy = dict(container)
    if rest:
        copy[first] = _applied(copy[first], rest, operation)
    elif operation.op == "remove":
        del copy[first]
    else:
        copy[first] = operation.value
    return copy
