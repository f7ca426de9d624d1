"""From Pydantic's validation errors to faults in a user's words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.architecture.document import DEVICE, Document, TypedInput, Verification
from service.architecture.foreign import APART, OTHER_DTYPES, USUAL_AXES, layer_of, meant_key, meant_type
from service.architecture.problems import DocumentFault, bare, nearest, shortened
from service.core.faults import listed
from service.core.issues import pointer_to
from service.layers.arguments import AlwaysInferred
from service.layers.base import Layer, key_of, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation

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

_PATTERNS: Final = {DEVICE: "cpu, cuda, cuda:1, … or meta was expected"}

Path = tuple[str | int, ...]


class Whole(NamedTuple):
    """What is read, and what stands under its keys besides layers."""

    called: str
    model: type[BaseModel]
    parts: Mapping[str, tuple[str, type[BaseModel]]]
    """What stands under a key: what to call it, and what it is read as."""

    def part(self, path: Path) -> tuple[str, type[BaseModel]]:
        """What stands at a place."""
        return self.parts.get(str(path[0]), (self.called, self.model)) if path else (self.called, self.model)


DOCUMENT: Final = Whole(
    "The document",
    Document,
    {"input": ("An input", TypedInput), "inputs": ("An input", TypedInput), "verify": ("verify", Verification)},
)


def explained(
    error: ValidationError, raw: dict[str, Any], at: Path = (), whole: Whole = DOCUMENT
) -> Iterator[DocumentFault]:
    """Every fault of what stands at a place of the document once, in its order: the alternatives of a union are told
    as one. Each is put into words only as it is asked for."""
    places: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False, include_context=True):
        places.setdefault((*at, *_place(detail, _value_at(at, raw))), []).append(detail)
    within = {path[:length] for path in places for length in range(len(path))}
    final = {path: details for path, details in places.items() if path not in within or _final(details)}
    meant = {path: layer for path, keys in _unknown_keys(final).items() if (layer := _layer_meant(path, keys, raw))}
    other = _other_way_in(raw) if whole is DOCUMENT else None
    if other is not None and any(path[:1] == (other.pointer[1:],) for path in final):
        yield other
        final = {path: details for path, details in final.items() if path[:1] != (other.pointer[1:],)}
    for path, layer in meant.items():
        yield _layer_fault(path, layer, final, raw, whole)
    for path, details in final.items():
        if path[:-1] not in meant or path[-1] not in tuple(_keys_of(CATALOGUE[meant[path[:-1]]])):
            yield _fault(path, details, raw, whole)


def _other_way_in(raw: dict[str, Any]) -> DocumentFault | None:
    """One input stands where several are named, or several where there is one."""
    one, several = raw.get("input"), raw.get("inputs")
    if isinstance(several, list) or (isinstance(several, dict) and isinstance(several.get("shape"), list)):
        detail = 'inputs gives each of several inputs a name: "inputs": {"image": [1, 3, 32, 32]}. Did you mean input?'
        return DocumentFault("wrong-value", "/inputs", detail, ("input", "inputs"), "input")
    if isinstance(one, dict) and "shape" not in one and one and all(isinstance(v, (list, dict)) for v in one.values()):
        detail = "input is one shape, and here several stand by name. Did you mean inputs?"
        return DocumentFault("wrong-value", "/input", detail, ("input", "inputs"), "inputs")
    return None


def _unknown_keys(places: dict[Path, list[ErrorDetails]]) -> dict[Path, list[str]]:
    """Where keys stand that are not known there, and which."""
    unknown: dict[Path, list[str]] = {}
    for path, details in places.items():
        if details[0]["type"] == "extra_forbidden":
            unknown.setdefault(path[:-1], []).append(str(path[-1]))
    return unknown


def _layer_meant(path: Path, keys: list[str], raw: dict[str, Any]) -> str | None:
    """The layer of the same name as the function that stands there, if these are keys of it."""
    entry = _entry(path, raw)
    if entry is None or not issubclass(entry, Operation):
        return None
    return layer_of(type_name(entry), keys, _spatial_axes(raw))


def _layer_fault(
    path: Path, layer: str, places: dict[Path, list[ErrorDetails]], raw: dict[str, Any], whole: Whole
) -> DocumentFault:
    """A function has keys of the layer of the same name."""
    keys = [shortened(key) for key in _unknown_keys(places)[path] if key in tuple(_keys_of(CATALOGUE[layer]))]
    named = f"{'key' if len(keys) == 1 else 'keys'} {listed(keys, 'and')}"
    function = _owner(path, raw, whole)
    detail = f"{function} is a function and has no {named}, but the layer {layer} has. Did you mean {layer}?"
    return DocumentFault("unknown-key", pointer_to(*path, "type"), detail, (), layer)


def _spatial_axes(raw: dict[str, Any]) -> int:
    """How many axes besides batch and channels the first input has, if it says so; those of an image otherwise."""
    first = raw.get("input")
    if first is None and isinstance(raw.get("inputs"), dict):
        first = next(iter(raw["inputs"].values()), None)
    shape = first.get("shape") if isinstance(first, dict) else first
    return min(max(len(shape) - 2, 1), 3) if isinstance(shape, list) else USUAL_AXES


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


def _fault(path: Path, details: list[ErrorDetails], raw: Any, whole: Whole) -> DocumentFault:
    detail, kind = details[0], details[0]["type"]
    pointer, value = pointer_to(*path), detail["input"]
    match kind:
        case "extra_forbidden":
            return _unknown_key(path, pointer, raw, whole)
        case "missing":
            owner = _owner(path[:-1], raw, whole)
            return DocumentFault("missing-key", pointer, f"{owner} needs the key {shortened(path[-1])}.")
        case "union_tag_invalid":
            given = value.get("type") if isinstance(value, dict) else value
            return unknown_type(f"{pointer}/type", given, _spatial_axes(raw))
        case "union_tag_not_found":
            return DocumentFault("missing-key", pointer, 'A layer needs the key "type": a class of torch.nn.')
        case "input_missing":
            return DocumentFault("missing-key", pointer, f"{detail['msg']}.", ("input", "inputs"))
    expected = list(dict.fromkeys(_EXPECTED[d["type"]] for d in details if d["type"] in _EXPECTED))
    if expected and _all_types(details):
        message = f"{shortened(value)} was given; {' or '.join(expected)} was expected."
        return DocumentFault("wrong-type", pointer, message, tuple(expected))
    choices = _choices(details)
    if choices:
        reason = f"{listed([*expected, *map(repr, choices)])} was expected"
    else:
        reason = next(_reason(d) for d in details if d["type"] not in _EXPECTED)
    guess = _choice_meant(value, choices) if isinstance(value, str) else None
    hint = f" Did you mean {guess}?" if guess else ""
    allowed = (*expected, *choices) if choices else ()
    return DocumentFault("wrong-value", pointer, f"{shortened(value)} was given; {reason}.{hint}", allowed, guess)


def _choice_meant(value: str, choices: tuple[str, ...]) -> str | None:
    """One of several words that was probably meant; element types have other names in PyTorch, too."""
    other = OTHER_DTYPES.get(value.removeprefix("torch."))
    return other if other in choices else nearest(value, choices)


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
            return _PATTERNS.get(context["pattern"], "a name without dots, brackets and equals signs was expected")
    return detail["msg"][0].lower() + detail["msg"][1:]


def _choices(details: list[ErrorDetails]) -> tuple[Any, ...]:
    for detail in details:
        if detail["type"] == "literal_error":
            return tuple(detail.get("ctx", {}).get("expected", "").replace("'", "").replace(" or ", ", ").split(", "))
    return ()


def unknown_type(pointer: str, given: Any, axes: int = USUAL_AXES) -> DocumentFault:
    """The fault of a layer's name that is none; ``axes`` spatial ones arrive."""
    if not isinstance(given, str):
        return DocumentFault("wrong-type", pointer, f"{shortened(given)} was given; a layer's name was expected.")
    guess = meant_type(given, axes)
    hint = f" Did you mean {guess}?" if guess else " GET /layers lists the types there are."
    return DocumentFault("unknown-type", pointer, f"There is no layer {shortened(given)}.{hint}", (), guess)


def _unknown_key(path: Path, pointer: str, raw: Any, whole: Whole) -> DocumentFault:
    key = str(path[-1])
    allowed = tuple(_keys(path[:-1], raw, whole))
    guess = meant_key(key, allowed)
    hint = f" Did you mean {guess}?" if guess else ""
    if guess is None and bare(key) in APART and _entry(path[:-1], raw):
        hint = " It is a layer of its own, which stands behind this one."
    detail = f"{_owner(path[:-1], raw, whole)} has no key {shortened(key)}.{hint}"
    return DocumentFault("unknown-key", pointer, detail, allowed, guess)


def _value_at(path: Path, raw: Any) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _entry(path: Path, raw: Any) -> type[Layer] | None:
    value = _value_at(path, raw)
    return CATALOGUE.get(value["type"]) if isinstance(value, dict) and isinstance(value.get("type"), str) else None


def _owner(path: Path, raw: Any, whole: Whole) -> str:
    return str(_value_at(path, raw)["type"]) if _entry(path, raw) else whole.part(path)[0]


def _keys(path: Path, raw: Any, whole: Whole) -> Iterator[str]:
    return _keys_of(_entry(path, raw) or whole.part(path)[1])


def _keys_of(model: Any) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if field.annotation is not AlwaysInferred:
            yield key_of(name, field)
