"""The document that is built where another batch or another element type is asked for than the document's own."""

import json
from typing import Any, Final

from service.architecture.document import Verification
from service.architecture.reading import parse
from service.core.dtypes import DEFAULT
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.verification.protocol import Json

_NESTED: Final = ("layers", "layer")
"""Keys under which layers stand inside others."""


def variant_body(body: bytes, options: Verification) -> bytes:
    """The body to build, given the one that was sent."""
    if options.batch is None and options.dtype is None:
        return body
    return json.dumps(variant(parse(body), options)).encode()


def variant(raw: Json, options: Verification) -> Json:
    """The document to build, given the one that was sent; both say the same if nothing else is asked for."""
    if options.batch is None and options.dtype is None:
        return raw
    key = "input" if raw.get("inputs") is None else "inputs"
    given = raw["inputs"] if key == "inputs" else {"input": raw["input"]}
    inputs = {name: _input(each, options) for name, each in given.items()}
    changed = {**raw, key: inputs if key == "inputs" else inputs["input"]}
    if options.dtype is not None:
        changed["layers"] = [_layer(layer, options.dtype) for layer in raw["layers"]]
    return changed


def _input(given: Any, options: Verification) -> Json:
    described: Json = given if isinstance(given, dict) else {"shape": given}
    shape, dtype = described["shape"], described.get("dtype", DEFAULT)
    if options.batch is not None and shape:
        shape = [options.batch, *shape[1:]]
    return {"shape": shape, "dtype": options.dtype if options.dtype is not None and dtype == DEFAULT else dtype}


def _layer(given: Json, dtype: str) -> Json:
    """A layer whose weights are of that type, unless it says otherwise; what operations make is left as it is."""
    entry = CATALOGUE.get(given.get("type", ""))
    changed = dict(given)
    if entry is not None and "dtype" in entry.model_fields and _has_weights_by_default(entry):
        changed.setdefault("dtype", dtype)
    for key in _NESTED:
        inner = changed.get(key)
        if isinstance(inner, list):
            changed[key] = [_layer(each, dtype) if isinstance(each, dict) else each for each in inner]
        elif isinstance(inner, dict):
            changed[key] = _layer(inner, dtype)
    return changed


def _has_weights_by_default(entry: type[Any]) -> bool:
    return not issubclass(entry, Operation) or entry.is_owned
