"""Every layer and operation by the name documents use. Defining a class in a family's file registers it."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

import service.layers
from service.layers import structure
from service.layers.base import Layer, catalogue_entries, type_name
from service.layers.families import FAMILIES


class Catalogue(Mapping[str, type[Layer]]):
    """The entries by type; a family's file is imported when one of its types is first asked for.

    There are hundreds of entries and a document names a dozen, so that the service starts with what it needs.
    """

    def __init__(self, families: Mapping[str, str]) -> None:
        """``families`` gives the file of each type."""
        self._families = families
        self.imported: dict[str, type[Layer]] = {}

    def __getitem__(self, name: str) -> type[Layer]:
        entry = self.imported.get(name)
        if entry is None:
            module = f"service.layers.{self._families[name]}"
            importlib.import_module(module)
            self.imported |= {type_name(each): each for each in catalogue_entries() if each.__module__ == module}
            entry = self.imported[name]
        return entry

    def load(self) -> None:
        """Imports all families, for whoever is going to be asked for any and has the time before."""
        for name in self:
            self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._families

    def __iter__(self) -> Iterator[str]:
        return iter(self._families)

    def __len__(self) -> int:
        return len(self._families)


CATALOGUE: Final = Catalogue(FAMILIES)


def families() -> dict[str, str]:
    """The file of every entry, by type, found by importing them all; raises where two share a name."""
    for module in pkgutil.iter_modules(service.layers.__path__):
        importlib.import_module(f"service.layers.{module.name}")
    entries: dict[str, type[Layer]] = {}
    for entry in sorted(catalogue_entries(), key=type_name):
        if entries.setdefault(type_name(entry), entry) is not entry:
            raise TypeError(f"{entry} and {entries[type_name(entry)]} are both called {type_name(entry)}")
    return {name: entry.__module__.rpartition(".")[2] for name, entry in entries.items()}


def read_layer(value: Any) -> Layer:
    """The layer that a JSON object describes, by its ``type``; raises ``ValueError``."""
    if type(value) is not dict:
        if isinstance(value, Layer):
            return value
        raise PydanticCustomError("model_attributes_type", "A layer is an object")
    name = value.get("type")
    if type(name) is not str or name not in FAMILIES:
        if "type" not in value:
            raise PydanticCustomError("union_tag_not_found", "A layer has a type")
        raise PydanticCustomError("union_tag_invalid", "There is no such layer")
    entry = CATALOGUE.imported.get(name) or CATALOGUE[name]
    return entry.__pydantic_validator__.validate_python(value)  # type: ignore[no-any-return]


ANY_LAYER: Final = "AnyLayer"
"""The name of the schema of all layers in the OpenAPI document."""


class _ByType:
    """Reads a layer by its type, so that the schemas of others are not made."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(read_layer)

    @staticmethod
    def __get_pydantic_json_schema__(schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"title": ANY_LAYER}


AnyLayer: TypeAlias = Annotated[Layer, _ByType]

# A block's layers are of any kind. Its schema is made with the document's, once, and finds the name here.
vars(structure)["AnyLayer"] = AnyLayer
