"""From bytes to a document, strictly: what JSON leaves open (duplicate keys, NaN, depth) is closed here."""

import json
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from pydantic import TypeAdapter, ValidationError

from service.architecture.document import Document
from service.architecture.explaining import explained
from service.architecture.problems import DocumentFault, UnreadableDocument, shortened
from service.core.issues import pointer_to
from service.layers.catalogue import AnyLayer


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``; raises :class:`UnreadableDocument`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _fail("not-utf-8", f"The document is not UTF-8: byte {error.start} cannot be decoded.")
    try:
        value = _decoded(text, _STRICT)
    except _DuplicateKeyError:
        raise UnreadableDocument(_duplicates(_decoded(text, _LENIENT), ())) from None
    if not isinstance(value, dict):
        detail = f"The document is {shortened(value)}; an object was expected."
        raise UnreadableDocument([DocumentFault("wrong-type", "", detail)])
    return value


def _decoded(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except RecursionError:
        _fail("too-deep", "The document is nested too deeply.")
    except json.JSONDecodeError as error:
        _fail(
            "not-json",
            f"The document is not JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}.",
        )
    except ValueError:
        # Python reads no integer of more digits than sys.get_int_max_str_digits() allows.
        _fail("number-too-large", "The document has an integer of thousands of digits; 64 bits were expected.")


def read(raw: dict[str, Any]) -> Document:
    """The document that a JSON object describes; raises :class:`UnreadableDocument` with every fault."""
    try:
        return Document.model_validate(raw)
    except ValidationError:
        raise UnreadableDocument(_misread(raw)) from None
    except RecursionError:
        _fail("too-deep", "The document is nested too deeply.")


def _misread(raw: dict[str, Any]) -> Iterator[DocumentFault]:
    """The faults one by one, each layer looked at by itself, so that no more of them are found than are told."""
    layers = raw.get("layers")
    if not isinstance(layers, list):
        layers = []
    try:
        Document.model_validate({**raw, "layers": []} if layers else raw)
    except ValidationError as error:
        yield from explained(error, raw)
    yield from _misread_layers(layers, ("layers",), raw)


def _misread_layers(layers: list[Any], path: tuple[str | int, ...], raw: dict[str, Any]) -> Iterator[DocumentFault]:
    for index, layer in enumerate(layers):
        here = (*path, index)
        block = isinstance(layer, dict) and layer.get("type") == "Sequential" and isinstance(layer.get("layers"), list)
        try:
            _LAYER.validate_python({**layer, "layers": []} if block else layer)
        except ValidationError as error:
            yield from explained(error, raw, here)
        if block:
            yield from _misread_layers(layer["layers"], (*here, "layers"), raw)


class _DuplicateKeyError(Exception):
    """A key stands twice in an object; where, a second look finds out."""


class _Pairs(list[tuple[str, Any]]):
    """An object with its keys as they were written, twice where they stand twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _DuplicateKeyError
    return result


def _duplicates(value: Any, path: tuple[str | int, ...]) -> Iterator[DocumentFault]:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, inner in value:
            here = (*path, key)
            if key in seen:
                yield DocumentFault("duplicate-key", pointer_to(*here), f"The key {shortened(key)} stands twice.")
            seen.add(key)
            yield from _duplicates(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _duplicates(inner, (*path, index))


def _refuse_constant(name: str) -> NoReturn:
    _fail("not-json", f"{name} is not JSON; numbers have to be finite.")


def _fail(code: str, detail: str) -> NoReturn:
    raise UnreadableDocument([DocumentFault(code, "", detail)], syntax=True)


_LAYER: Final[TypeAdapter[Any]] = TypeAdapter(AnyLayer)
_STRICT: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_LENIENT: Final = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
"""Takes a key twice, to find out where that is."""
