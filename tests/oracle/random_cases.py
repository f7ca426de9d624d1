"""Random arguments and inputs for any entry of the catalogue, sound and unsound.

A case starts from one of the entry's examples and changes a few things: arguments by their types, how inputs
are passed, and what they are (``random_inputs``). So about half of the cases stay near what is accepted.
"""

import random
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo

from service.core.dtypes import ANY, INEXACT
from service.core.tensors import Tensor, Value
from service.layers.base import COMMON_KEYS, Layer, type_name
from service.layers.catalogue import CATALOGUE
from tests.oracle.random_inputs import random_input, with_dtype, writable
from tests.oracle.values import FITTED

INTEGERS = (-3, -2, -1, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 12, 16)
FLOATS = (-1.0, 0.0, 0.1, 0.3, 0.5, 0.7, 0.75, 1.0, 1.1, 1.5, 1.7, 2.0, 2.3, 2.5, 3.3, 100.0, 1e-6, 1e-30, 1e30, -1e300)


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
    if arguments and rng.random() < 0.05:
        del arguments[rng.choice(list(arguments))]
    inputs, keywords = changed_inputs(start.inputs, start.keywords, rng)
    if rng.random() < 0.1:
        dtype = rng.choice(sorted(INEXACT if rng.random() < 0.7 else ANY))
        inputs = tuple(with_dtype(value, dtype) for value in inputs)
        keywords = {name: with_dtype(value, dtype) for name, value in keywords.items()}
        if "dtype" in entry.model_fields and rng.random() < 0.9:
            arguments["dtype"] = dtype
    elif "dtype" in entry.model_fields and rng.random() < 0.05:
        arguments["dtype"] = rng.choice(sorted(ANY))
    if type_name(entry) in FITTED:
        inputs = tuple(map(writable, inputs))
        keywords = {name: writable(value) for name, value in keywords.items()}
    try:
        layer = entry.model_validate({"type": type_name(entry), **arguments})
    except ValidationError:
        return None
    inputs, keywords = passed_otherwise(entry, inputs, keywords, rng)
    return Case(layer, inputs, keywords, rng.random() < 0.3)


def passed_otherwise(
    entry: type[Layer], inputs: tuple[Value, ...], keywords: dict[str, Value], rng: random.Random
) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """The inputs, now and then one too many or too few, and by name what stood in its place."""
    keywords = {name: value for name, value in keywords.items() if rng.random() < 0.9}
    if rng.random() < 0.02:
        # A tensor in the place of a flag would be taken for true, one without axes in the place of a number for that.
        surplus = inputs[0] if inputs and not entry.forward_arguments else Tensor(())
        fewer = rng.random() < 0.5 or (isinstance(surplus, Tensor) and not surplus.shape)
        return inputs[:-1] if fewer else (*inputs, *inputs[:1]), keywords
    signature = entry.signature()
    if signature.variadic or not inputs:
        return inputs, keywords
    names = [parameter.name for parameter in signature.parameters]
    if rng.random() < 0.05 and len(inputs) <= len(names) and entry.grouped(inputs) is inputs:
        by_name = rng.randrange(1, len(inputs) + 1)
        keywords |= dict(zip(names[by_name:], inputs[by_name:], strict=False))
        inputs = inputs[:by_name]
    absent = [name for name in names[len(inputs) :] if name not in keywords]
    if absent and rng.random() < 0.05:
        keywords[rng.choice(absent)] = random_input(rng.choice((*inputs, *keywords.values())), rng)
    return inputs, keywords


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


def changed_inputs(
    inputs: tuple[Value, ...], keywords: Mapping[str, Value], rng: random.Random
) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """Each input changed; half of the time alike, so that what fitted each other still does. One and the same tensor
    stays one."""
    alike = rng.random() if rng.random() < 0.5 else None
    changed = {
        id(value): random_input(value, rng if alike is None else random.Random(alike))
        for value in (*inputs, *keywords.values())
    }
    return tuple(changed[id(value)] for value in inputs), {name: changed[id(value)] for name, value in keywords.items()}


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
