"""From Pydantic's validation errors to faults in a user's words."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.architecture.document import Document, TypedInput
from service.architecture.problems import DocumentFault, nearest, shortened
from service.core.issues import pointer_to
from service.layers.arguments import AlwaysInferred
from service.layers.base import Layer, key_of
from service.layers.catalogue import CATALOGUE

_EXPECTED: Final = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing_size": "an integer of 64 bits",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "a string",
    "string_unicode": "a string of valid Unicode",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "none_required": "null",
}

Path = tuple[str | int, ...]


def explained(error: ValidationError, raw: dict[str, Any]) -> list[DocumentFault]:
    """Every fault once, in the order of the document: the alternatives of a union are told as one."""
    places: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False, include_context=True):
        places.setdefault(_place(detail, raw), []).append(detail)
    within = {path[:length] for path in places for length in range(len(path))}
    return [_fault(path, details, raw) for path, details in places.items() if path not in within or _final(details)]


def _final(details: list[ErrorDetails]) -> bool:
    """Whether a place is at fault itself, not merely as an alternative to a deeper reading of it."""
    return any(detail["type"] not in _EXPECTED for detail in details)


def _place(detail: ErrorDetails, raw: Any) -> Path:
    """The error's location in the document, without the names of a union's members that Pydantic puts in."""
    path: list[str | int] = []
    value = raw
    location = detail["loc"]
    for step in location:
        present = step in value if isinstance(value, dict) else _indexes(value, step)
        if present:
            value = value[step]
        if present or (detail["type"] == "missing" and step is location[-1]):
            path.append(step)
    return tuple(path)


def _indexes(value: Any, step: str | int) -> bool:
    return isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)


def _fault(path: Path, details: list[ErrorDetails], raw: Any) -> DocumentFault:
    detail, kind = details[0], details[0]["type"]
    pointer, value = pointer_to(*path), detail["input"]
    match kind:
        case "extra_forbidden":
            return _unknown_key(path, pointer, raw)
        case "missing":
            owner = _owner(path[:-1], raw)
            return DocumentFault("missing-key", pointer, f"{owner} needs the key {shortened(path[-1])}.")
        case "union_tag_invalid":
            given = value.get("type") if isinstance(value, dict) else value
            return _unknown_type(f"{pointer}/type", given)
        case "union_tag_not_found":
            return DocumentFault("missing-key", pointer, 'A layer needs the key "type": a class of torch.nn.')
        case "input_missing":
            return DocumentFault("missing-key", pointer, f"{detail['msg']}.", ("input", "inputs"))
    expected = list(dict.fromkeys(_EXPECTED[d["type"]] for d in details if d["type"] in _EXPECTED))
    if expected and _all_types(details):
        message = f"{shortened(value)} was given; {' or '.join(expected)} was expected."
        return DocumentFault("wrong-type", pointer, message, tuple(expected))
    reason = next(_reason(d) for d in details if d["type"] not in _EXPECTED)
    return DocumentFault("wrong-value", pointer, f"{shortened(value)} was given; {reason}.", _choices(details))


def _all_types(details: list[ErrorDetails]) -> bool:
    return all(detail["type"] in _EXPECTED for detail in details)


def _reason(detail: ErrorDetails) -> str:
    """What was expected, in a document's words rather than Pydantic's."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "greater_than_equal":
            return f"at least {context['ge']} was expected"
        case "less_than_equal":
            return f"at most {context['le']} was expected"
        case "too_short":
            return f"at least {context['min_length']} entries were expected"
        case "too_long":
            return f"at most {context['max_length']} entries were expected"
        case "string_too_short":
            return "a text that is not empty was expected"
        case "string_too_long":
            return f"at most {context['max_length']} characters were expected"
        case "string_pattern_mismatch":
            return "a name without dots, brackets and equals signs was expected"
        case "literal_error":
            return f"{context['expected']} was expected"
    return detail["msg"][0].lower() + detail["msg"][1:]


def _choices(details: list[ErrorDetails]) -> tuple[Any, ...]:
    for detail in details:
        if detail["type"] == "literal_error":
            return tuple(detail.get("ctx", {}).get("expected", "").replace("'", "").replace(" or ", ", ").split(", "))
    return ()


def _unknown_type(pointer: str, given: Any) -> DocumentFault:
    if not isinstance(given, str):
        return DocumentFault("wrong-type", pointer, f"{shortened(given)} was given; a layer's name was expected.")
    guess = nearest(given, CATALOGUE)
    hint = f" Did you mean {guess}?" if guess else " GET /layers lists the types there are."
    return DocumentFault("unknown-type", pointer, f"There is no layer {shortened(given)}.{hint}", (), guess)


def _unknown_key(path: Path, pointer: str, raw: Any) -> DocumentFault:
    key = str(path[-1])
    allowed = tuple(_keys(path[:-1], raw))
    guess = nearest(key, allowed)
    hint = f" Did you mean {guess}?" if guess else ""
    detail = f"{_owner(path[:-1], raw)} has no key {shortened(key)}.{hint}"
    return DocumentFault("unknown-key", pointer, detail, allowed, guess)


def _value_at(path: Path, raw: Any) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _entry(path: Path, raw: Any) -> type[Layer] | None:
    value = _value_at(path, raw)
    return CATALOGUE.get(value["type"]) if isinstance(value, dict) and isinstance(value.get("type"), str) else None


def _owner(path: Path, raw: Any) -> str:
    entry = _entry(path, raw)
    return (
        _value_at(path, raw)["type"]
        if entry
        else "An input"
        if path[:1] in (("input",), ("inputs",))
        else "The document"
    )


def _keys(path: Path, raw: Any) -> Iterator[str]:
    entry = _entry(path, raw)
    model: Any = entry or (TypedInput if path[:1] in (("input",), ("inputs",)) else Document)
    for name, field in model.model_fields.items():
        if field.annotation is not AlwaysInferred:
            yield key_of(name, field)
