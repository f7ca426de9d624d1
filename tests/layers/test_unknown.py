"""Behind a rejected layer sizes may be unknown: whatever is not known is no fault, and no rule stumbles over it."""

import itertools
from collections.abc import Iterator

import pytest

from service.core.sizes import UNKNOWN_SIZE
from service.core.tensors import Tensor, Value, is_tuple
from service.layers.applying import apply
from service.layers.catalogue import CATALOGUE
from service.layers.structure import Structure


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if not issubclass(entry, Structure)])
def test_what_is_unknown_is_no_fault(name: str) -> None:
    for given in CATALOGUE[name].examples:
        layer = CATALOGUE[name].model_validate({"type": name, **given.arguments})
        for inputs in itertools.islice(with_unknowns(given.inputs), 64):
            outcome = apply(layer, inputs, given.keywords, training=False)
            assert not outcome.faults, (given, inputs, outcome.faults[0].message)


def with_unknowns(inputs: tuple[Value, ...]) -> Iterator[tuple[Value, ...]]:
    """The inputs with one size unknown, or all of one tensor's, or where its entries lie in memory."""
    for position, value in enumerate(inputs):
        for changed in _changed(value):
            yield (*inputs[:position], changed, *inputs[position + 1 :])


def _changed(value: Value) -> Iterator[Value]:
    if is_tuple(value):
        yield from with_unknowns(value)
    elif isinstance(value, Tensor):
        unknown = (UNKNOWN_SIZE,) * value.rank
        yield value._replace(shape=unknown, strides=unknown if value.rank else None)
        yield value._replace(strides=unknown if value.rank else None)
        for axis in range(value.rank):
            yield value._replace(shape=(*value.shape[:axis], UNKNOWN_SIZE, *value.shape[axis + 1 :]), strides=None)
