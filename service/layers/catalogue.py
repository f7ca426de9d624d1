"""Every layer and operation by the name documents use. Defining a class in a family's file registers it."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, Union

from pydantic import Field

import service.layers
from service.layers import structure
from service.layers.base import Layer, catalogue_entries, type_name

for _module in pkgutil.iter_modules(service.layers.__path__):
    if _module.name != "catalogue":
        importlib.import_module(f"service.layers.{_module.name}")


def _catalogue() -> Mapping[str, type[Layer]]:
    entries: dict[str, type[Layer]] = {}
    for entry in sorted(catalogue_entries(), key=type_name):
        if entries.setdefault(type_name(entry), entry) is not entry:
            raise TypeError(f"{entry} and {entries[type_name(entry)]} are both called {type_name(entry)}")
    return MappingProxyType(entries)


CATALOGUE: Final = _catalogue()

if TYPE_CHECKING:
    AnyLayer: TypeAlias = Layer
else:
    AnyLayer = Annotated[Union[tuple(CATALOGUE.values())], Field(discriminator="type")]  # noqa: UP007

# A block's layers are of any kind. Its schema is made with the document's, once, and finds the name here.
vars(structure)["AnyLayer"] = AnyLayer
