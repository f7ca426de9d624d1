"""Layers as arguments of other layers: what they have to say, and whose faults are whose."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

from pydantic_core import PydanticCustomError

from service.core.sizes import is_unknown
from service.layers.base import Layer, inferable
from service.layers.call import Call

AnyLayer = TypeVar("AnyLayer", bound=Layer)

OUTSIDE: Final = ("name", "inputs", "repeat")
"""The keys that place a layer in a document, and mean nothing within another layer's arguments."""


def explicit(layer: AnyLayer) -> AnyLayer:
    """A nested layer is built before anything arrives, and is called by the layer around it."""
    ignored = [name for name in (*OUTSIDE, *layer.forward_arguments) if name in layer.model_fields_set]
    if ignored:
        raise PydanticCustomError("nested_key", "{key} has no meaning for a nested layer", {"key": ignored[0]})
    missing = [name for name in inferable(type(layer)) if is_unknown(getattr(layer, name))]
    if missing:
        raise PydanticCustomError("missing", "{key} of a nested layer cannot be left out", {"key": missing[0]})
    return layer


@contextmanager
def as_part(call: Call, field: str) -> Iterator[None]:
    """What is noted within is a fault of the layer that is the value of ``field``."""
    before = len(call.faults)
    try:
        yield
    finally:
        call.faults[before:] = [replace(fault, part=field) for fault in call.faults[before:]]
