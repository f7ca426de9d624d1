"""Random arguments and inputs for any entry of the catalogue, sound and unsound.

A case starts from one of the entry's examples and changes a few things: arguments by their types, the
inputs' sizes, ranks and element types. So about half of the cases stay near what is accepted.
"""

import random
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo

from service.core.dtypes import ANY, FLOATING, DType
from service.core.tensors import Tensor, Value, contiguous_strides, is_tuple, strided
from service.layers.base import COMMON_KEYS, Layer, type_name
from service.layers.catalogue import CATALOGUE

INTEGERS = (-3, -2, -1, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 12, 16)
FLOATS = (-1.0, 0.0, 0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.3)


class Case(NamedTuple):
    """A layer and what arrives."""

    layer: Layer
    inputs: tuple[Value, ...]
    keywords: dict[str, Value]
    training: bool

    def __str__(self) -> str:
        given = {name: getattr(self.layer, name) for name in self.layer.model_fields_set - {"type"}}
        return f"{self.layer.type} {given} on {self.inputs} {self.keywords} training={self.training}"


def cases(entry: type[Layer], seed: int, count: int) -> Iterator[Case]:
    """``count`` random cases of one entry, the same for the same seed."""
    rng = random.Random(f"{type_name(entry)} {seed}")
    made = 0
    while made < count:
        case = random_case(entry, rng)
        if case is not None:
            made += 1
            yield case


def random_case(entry: type[Layer], rng: random.Random) -> Case | None:
    """One random case; none if the arguments could not even be read."""
    start = rng.choice(entry.examples)
    arguments = changed_arguments(entry, start.arguments, rng.choice((0, 0, 1, 1, 1, 2, 3)), rng)
    if "dtype" in entry.model_fields and rng.random() < 0.05:
        arguments["dtype"] = rng.choice(sorted(ANY))
    try:
        layer = entry.model_validate({"type": type_name(entry), **arguments})
    except ValidationError:
        return None
    changed = changed_inputs((*start.inputs, *start.keywords.values()), rng)
    inputs = tuple(changed[id(value)] for value in start.inputs)
    if rng.random() < 0.02:
        # A tensor in the place of a flag would be taken for true, one without axes in the place of a number for that.
        surplus = inputs[0] if inputs and not entry.forward_arguments else Tensor(())
        fewer = rng.random() < 0.5 or (isinstance(surplus, Tensor) and not surplus.shape)
        inputs = inputs[:-1] if fewer else (*inputs, *inputs[:1])
    keywords = {name: changed[id(value)] for name, value in start.keywords.items() if rng.random() < 0.9}
    return Case(layer, inputs, keywords, rng.random() < 0.3)


def changed_arguments(entry: type[Layer], given: dict[str, Any], changes: int, rng: random.Random) -> dict[str, Any]:
    """The arguments with some of them changed."""
    arguments = dict(given)
    fields = [name for name in entry.model_fields if name not in COMMON_KEYS | {"device", "dtype"}]
    for _ in range(changes if fields else 0):
        name = rng.choice(fields)
        field = entry.model_fields[name]
        alias = field.validation_alias
        key = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name
        arguments[key] = random_value(field, arguments.get(key), rng)
    return arguments


def changed_inputs(values: tuple[Value, ...], rng: random.Random) -> dict[int, Value]:
    """Each input changed, by its identity; half of the time alike, so that what fitted each other still does."""
    alike = rng.random() if rng.random() < 0.5 else None
    return {id(value): random_input(value, rng if alike is None else random.Random(alike)) for value in values}


def random_value(field: Any, current: Any, rng: random.Random) -> Any:
    """A value for an argument by its type, often near the one it has."""
    if isinstance(current, dict) and "type" in current:
        return changed_arguments(CATALOGUE[current["type"]], current, 1, rng)
    if isinstance(current, int) and not isinstance(current, bool) and rng.random() < 0.4:
        return current + rng.choice((-2, -1, 1, 2))
    if isinstance(current, (list, tuple)) and current and rng.random() < 0.4:
        changed = list(current)
        position = rng.randrange(len(changed))
        changed[position] = rng.choice(INTEGERS)
        return changed
    values = field.examples or ()
    if values and rng.random() < 0.7:
        return rng.choice(values)
    return _of_type(field.annotation, rng)


def _of_type(annotation: Any, rng: random.Random) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        given = [value for data in metadata if isinstance(data, FieldInfo) for value in data.examples or ()]
        return rng.choice(given) if given else _of_type(inner, rng)
    if origin in (Union, types.UnionType):
        return _of_type(rng.choice(get_args(annotation)), rng)
    if origin is tuple:
        inner = get_args(annotation)[0]
        return [_of_type(inner, rng) for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 6)))]
    if origin is Literal:
        return rng.choice(get_args(annotation))
    if annotation is bool:
        return rng.random() < 0.5
    if annotation is int:
        return rng.choice(INTEGERS)
    if annotation is float:
        return rng.choice(FLOATS)
    return None


def random_input(value: Value, rng: random.Random) -> Value:
    """An arriving tensor, changed a little or not at all."""
    if is_tuple(value):
        return tuple(random_input(part, rng) for part in value)
    if not isinstance(value, Tensor):
        return value
    shape, dtype = list(value.shape), value.dtype
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2))):
        if shape:
            position = rng.randrange(len(shape))
            shape[position] = rng.choice((0, 1, 2, 3, 4, 5, 7, 8, 16, shape[position] + 1, shape[position] * 2))
    if rng.random() < 0.06 and shape:
        del shape[rng.randrange(len(shape))]
    if rng.random() < 0.06:
        shape.insert(rng.randrange(len(shape) + 1), rng.choice((0, 1, 2, 3)))
    if rng.random() < 0.04:
        dtype = cast("DType", rng.choice(sorted(ANY)))
    elif rng.random() < 0.04 and dtype in FLOATING:
        dtype = cast("DType", rng.choice(sorted(FLOATING)))
    if rng.random() < 0.08 and len(shape) > 1:
        return permuted(Tensor(tuple(shape), dtype), random_order(len(shape), rng))
    return Tensor(tuple(shape), dtype, value.strides if tuple(shape) == value.shape else None)


def random_order(rank: int, rng: random.Random) -> list[int]:
    """The axes from the slowest to the fastest in memory: any order, or often the one of ``channels_last``."""
    if rank > 2 and rng.random() < 0.4:
        return [0, *range(2, rank), 1]
    return rng.sample(range(rank), rank)


def permuted(tensor: Tensor, order: list[int]) -> Tensor:
    """The same shape laid out in memory with the axes in another order, as ``permute`` leaves it."""
    inner = contiguous_strides(tuple(tensor.shape[axis] for axis in order))
    strides = tuple(inner[order.index(axis)] for axis in range(len(order)))
    return strided(tensor.shape, tensor.dtype, strides)
