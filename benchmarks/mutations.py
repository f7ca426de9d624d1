"""Documents that nobody would write: known ones, changed at random."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from service.api.examples import request_examples
from service.layers.catalogue import CATALOGUE
from service.reference.shelf import REFERENCES
from service.reports.catalogue import example_document

SEEDS: Final[list[Any]] = [
    *(example["value"] for example in request_examples().values()),
    *(each.document() for each in REFERENCES.values() if len(each.document()["layers"]) < 200),
    *map(example_document, CATALOGUE.values()),
]
VALUES: Final[list[Any]] = [
    None, True, False, 0, -1, 1, 2, 3, 7, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e308, "",
    "a", "input", "0", "12", "\x00", "\ud800", "é" * 300, "../../etc/passwd",
    "a.b", "a[0]", "x=y", [], [[]],
    {}, {"a": 1}, [1, 3, 32, 32], [0], [-1], [2**40] * 6, [None], ["input"], ["input", "input"], {"type": "ReLU"},
    "Conv2d", "Sequential",
]  # fmt: skip
RAW: Final = (
    b"NaN",
    b"Infinity",
    b"1e400",
    b"-1e400",
    b'"\\ud800"',
    b"1" * 5000,
    b"[" * 2000,
    b"\xff",
    b"\x00",
    b"//",
    b"0x1",
)


class Mutator:
    """Makes a request's body after the other; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def bodies(self) -> Iterator[bytes]:
        """Without end."""
        while True:
            document = deepcopy(self.random.choice(SEEDS))
            for _ in range(self.random.choice((1, 1, 1, 2, 3, 8))):
                self._change(document)
            body = json.dumps(document).encode("utf-8", "surrogatepass")
            yield self._spoiled(body) if self.random.random() < 0.15 else body

    def _change(self, document: Any) -> None:
        places = list(_places(document))
        if not places:
            return
        place, key = self.random.choice(places)
        kind = self.random.randrange(8)
        if kind == 0:
            del place[key]
        elif kind == 1:
            place[key] = self._value()
        elif kind == 2 and isinstance(place[key], int):
            place[key] += self.random.choice((-1, 1, 7, -(2**40), 2**40))
        elif kind == 3 and isinstance(place, dict) and isinstance(key, str):
            place[key[:-1] + self.random.choice(("", "s", "x"))] = place.pop(key)
        elif kind == 4 and isinstance(place, list):
            place.insert(self.random.randrange(len(place) + 1), deepcopy(place[key]))
        elif kind == 5 and isinstance(place, dict):
            words = (
                "type",
                "name",
                "inputs",
                "repeat",
                "layers",
                "verify",
                "dtype",
                "shape",
                "outputs",
                "mode",
                "input",
            )
            place[self.random.choice(words)] = self._value()
        elif kind == 6 and isinstance(place, dict) and "type" in place:
            place["type"] = self.random.choice(list(CATALOGUE))
        elif isinstance(place, list):
            self.random.shuffle(place)

    def _value(self) -> Any:
        return deepcopy(self.random.choice(VALUES))

    def _spoiled(self, body: bytes) -> bytes:
        at = self.random.randrange(len(body) + 1)
        kind = self.random.randrange(4)
        if kind == 0:
            return body[:at]
        if kind == 1:
            return body[:at] + self.random.choice(RAW) + body[at:]
        if kind == 2:
            return body[:at] + bytes([self.random.randrange(256)]) + body[at + 1 :]
        return body[:at] + body[at // 2 : at] + body[at:]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list) and value[key]:
            yield from _places(value[key])
