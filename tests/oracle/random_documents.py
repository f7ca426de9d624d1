"""Random documents of several layers: branches, nested and repeated blocks, layers applied again, references to parts
of what is returned and to weights, several inputs, and both modes."""

import random
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from service.core.sizes import above, is_known
from service.core.tensors import Tensor, Value, is_tuple, tensors_in
from service.layers.applying import apply
from service.layers.base import Layer, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.layers.structure import Structure
from tests.oracle.random_cases import random_case

ENTRIES: Final = [
    entry
    for name, entry in CATALOGUE.items()
    if not issubclass(entry, Structure) and not name.startswith("Lazy") and entry.typical_integer == 0
]
MODULES: Final = [entry for entry in ENTRIES if not issubclass(entry, Operation)]
KEPT_THOUGH_REFUSED: Final = 0.02
MOST_ELEMENTS: Final = 10**6
DEEPEST: Final = 2

Json = dict[str, Any]
Values = dict[str, Tensor]
"""What may be referred to, by how it is written."""
Written = tuple[Json, Values, Values]
"""A layer or block in a document's words, what it returns, and what else of it can be referred to."""


class Around(NamedTuple):
    """What a layer finds where it stands."""

    flow: Values
    """What was returned so far."""
    aside: Values
    """Parts of it, and weights."""
    owners: dict[str, tuple[Layer, int]]
    """The layers that can be applied again, and how many inputs they take."""

    @property
    def values(self) -> Values:
        """Everything that can be referred to."""
        return self.flow | self.aside


def random_document(rng: random.Random) -> Json:
    """Layers put one behind the other, most of which fit."""
    starts = {"input": random_start(rng)}
    if rng.random() < 0.2:
        starts = {name: random_start(rng) for name in ("a", "b", "c")[: rng.choice((2, 3))]}
    training = rng.random() < 0.2
    layers, _, _ = Writer(rng, training).block(Around(starts, {}, {}), rng.choice((3, 6, 10)), 0)
    given = {name: {"shape": list(start.shape), "dtype": start.dtype} for name, start in starts.items()}
    inputs = {"input": given["input"]} if "input" in given else {"inputs": given}
    return {**inputs, "layers": layers, **({"mode": "train"} if training else {})}


def random_start(rng: random.Random) -> Tensor:
    """What goes in: sizes at random, or what some layer's example takes."""
    given = rng.choice(rng.choice(ENTRIES).examples).inputs
    if given and isinstance(given[0], Tensor) and rng.random() < 0.7:
        return given[0]._replace(strides=None)
    return Tensor(tuple(rng.choice((1, 2, 3, 4, 6, 8, 16)) for _ in range(rng.choice((2, 3, 4, 4, 4, 5)))))


class Writer:
    """Writes layers that take what is there."""

    def __init__(self, rng: random.Random, training: bool) -> None:
        self.rng, self.training = rng, training
        self.written = 0

    def block(self, around: Around, count: int, depth: int) -> tuple[list[Json], Values, Values]:
        """A list of layers, what they return, and what else of theirs can be referred to: parts and weights."""
        layers: list[Json] = []
        returned: Values = {}
        parts: Values = {}
        owners = dict(around.owners)
        for _ in range(300):
            if len(layers) >= count:
                break
            here = Around({**around.flow, **returned}, {**around.aside, **parts}, owners)
            chance = self.rng.random()
            if chance < 0.03 and depth < DEEPEST:
                found = self.nested(here, depth)
            elif chance < 0.08 and owners:
                found = self.reused(here)
            else:
                found = self.single(here)
            if found is not None:
                layers.append(found[0])
                returned |= found[1]
                parts |= found[2]
        return layers, returned, parts

    def name(self, letter: str) -> str:
        """A name that no other layer has."""
        self.written += 1
        return f"{letter}{self.written}"

    def reference(self, here: Around) -> str:
        """Mostly what was returned lately."""
        if here.aside and self.rng.random() < 0.15:
            return self.rng.choice(list(here.aside))
        return self.rng.choice(list(here.flow)[-3:])

    def nested(self, here: Around, depth: int) -> Written | None:
        """A block, repeated now and then if it returns what it takes."""
        taken, name = self.reference(here), self.name("b")
        received = here.values[taken]
        within = here._replace(flow={**here.flow, "input": received})
        layers, inner, parts = self.block(within, self.rng.choice((1, 2, 4)), depth + 1)
        if not layers or layers[-1]["name"] not in inner:
            return None
        returned = inner[layers[-1]["name"]]
        written: Json = {"type": "Sequential", "name": name, "inputs": [taken], "layers": layers}
        paths = [name]
        if returned == received and self.rng.random() < 0.7:
            written["repeat"] = self.rng.choice((1, 2, 3))
            paths = [f"{name}.{copy}" for copy in range(written["repeat"])]
        inside = {f"{path}.{part}": value for path in paths for part, value in (inner | parts).items()}
        return written, {name: returned}, inside

    def single(self, here: Around) -> Written | None:
        """A layer as a document writes it, what it returns, and its parts and weights."""
        entry = self.rng.choice(MODULES if self.rng.random() < 0.3 else ENTRIES)
        case = random_case(entry, self.rng)
        if case is None or any(not isinstance(value, Tensor) for value in (*case.inputs, *case.keywords.values())):
            return None
        names = [self.reference(here) for _ in case.inputs]
        named = {key: self.reference(here) for key in case.keywords}
        written = written_as_json(case.layer, [*names, *(f"{key}={name}" for key, name in named.items())])
        name = self.name("l")
        found = self.applied(case.layer, {**written, "name": name}, here.values, names, named)
        if found is not None and "repeat" not in found[0] and names and not named:
            here.owners[name] = case.layer, len(names)
        return found

    def reused(self, here: Around) -> Written | None:
        """A layer that is there already applied to something else."""
        target = self.rng.choice(list(here.owners))
        layer, count = here.owners[target]
        names = [self.reference(here) for _ in range(count)]
        written = {"type": "reuse", "layer": target, "name": self.name("r"), "inputs": names}
        return self.applied(layer, written, here.values, names, {})

    def applied(
        self, layer: Layer, written: Json, values: Values, names: list[str], named: Mapping[str, str]
    ) -> Written | None:
        """What applying the layer gives; none if it is refused, but for some that are kept."""
        arriving = tuple(values[name] for name in names)
        outcome = apply(layer, arriving, {key: values[name] for key, name in named.items()}, self.training)
        refused = bool(outcome.faults)
        if any(fault.undefined for fault in outcome.faults) or (refused and self.rng.random() > KEPT_THOUGH_REFUSED):
            return None
        made = [tensor.elements for tensor in tensors_in(outcome.output) if isinstance(tensor, Tensor)]
        if any(above(elements, MOST_ELEMENTS) for elements in made):
            return None
        name = owner = written["name"]
        if len(arriving) == 1 and outcome.output == arriving[0] and self.rng.random() < 0.2 and not named:
            written["repeat"] = self.rng.choice((1, 2, 3))
            owner = f"{name}.{written['repeat'] - 1}"
        weights = {} if written["type"] == "reuse" else {
            f"{owner}.{weight.name}": Tensor(weight.shape, weight.dtype) for weight in outcome.weights if weight.name
        }  # fmt: skip
        tensors = dict(tensors_by_reference(name, outcome.output))
        returned = {name: tensors.pop(name)} if name in tensors else {}
        return written, returned, weights | tensors


def tensors_by_reference(name: str, value: Value) -> list[tuple[str, Tensor]]:
    """Every tensor within a value of known sizes, by how it is referred to."""
    if is_tuple(value):
        return [found for place, part in enumerate(value) for found in tensors_by_reference(f"{name}[{place}]", part)]
    usable = isinstance(value, Tensor) and value.rank and all(map(is_known, value.shape))
    return [(name, value)] if usable else []  # type: ignore[list-item]


def written_as_json(layer: Layer, references: list[str]) -> Json:
    """A layer in a document's words."""
    given = layer.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return {**given, "type": type_name(type(layer)), **({"inputs": references} if references else {})}
