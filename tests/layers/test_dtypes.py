"""Every example with every element type in the place of float32: both accept it, or both refuse."""

import pytest

from service.core.dtypes import ANY, DEFAULT, DType
from service.core.tensors import Tensor, Value, is_tuple
from service.layers.base import Layer, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.structure import Structure
from tests.oracle.run import disagreement

ENTRIES = [name for name, entry in CATALOGUE.items() if not issubclass(entry, Structure)]


@pytest.mark.parametrize("name", ENTRIES)
def test_element_types_are_taken_as_pytorch_takes_them(name: str) -> None:
    entry: type[Layer] = CATALOGUE[name]
    for given in entry.examples:
        layer = entry.model_validate({"type": type_name(entry), **given.arguments})
        for dtype in sorted(ANY):
            inputs = tuple(converted(value, dtype) for value in given.inputs)
            keywords = {key: converted(value, dtype) for key, value in given.keywords.items()}
            assert disagreement(layer, inputs, keywords) is None, (given, dtype)


def converted(value: Value, dtype: DType) -> Value:
    if is_tuple(value):
        return tuple(converted(part, dtype) for part in value)
    return value._replace(dtype=dtype) if isinstance(value, Tensor) and value.dtype == DEFAULT else value
