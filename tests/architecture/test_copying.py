"""What is repeated is the same as its copies written out one by one."""

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from service.architecture import unrolling
from service.architecture.problems import UnreadableDocument
from service.architecture.reading import parse, read
from service.architecture.unrolling import unrolled
from tests.documents import Json, answered, layer

DOCUMENTS = 2_000
TOO_MANY = {"too-many-values"}


def test_as_if_written_out(seed: int) -> None:
    random = Random(seed)
    read_well = copied = 0
    for _ in range(DOCUMENTS):
        document: Json = {"inputs": {"a": [1], "b": [2]}, "layers": list(layers(random, ["a", "b"], 3))}
        written = {**document, "layers": list(map(written_out, document["layers"]))}
        found, expected = wired(document), wired(written)
        if TOO_MANY in (found, expected):
            continue  # A block around the copies, which is there only where they are written out, passes on values too.
        assert found == expected, json.dumps(document)
        read_well += isinstance(found, tuple)
        copied += isinstance(found, tuple) and '"repeat": 4' in json.dumps(document)
    assert read_well > DOCUMENTS / 3
    assert copied > DOCUMENTS / 10


def test_what_is_known_early_is_what_is_found_in_the_end(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name means the nearest that there is once everything is read: later ones too, and numbers of copies."""
    random = Random(seed)
    known = ["a", "b", "x0", "y1", "z0", "z1", "0", "1"]
    made = ({"inputs": {"a": [1], "b": [2]}, "layers": list(layers(random, known, 3))} for _ in range(DOCUMENTS))
    # The same names in all lists, so that some hide others.
    documents = [json.loads(re.sub(r"\b[xyz](\d)", r"n\1", json.dumps(document))) for document in made]
    early = list(map(wired, documents))
    monkeypatch.setattr(unrolling, "known_wires", lambda *_: None)
    for document, found in zip(documents, early, strict=True):
        expected = wired(document)
        if TOO_MANY not in (found, expected):
            assert found == expected, json.dumps(document)
    assert sum(isinstance(found, tuple) for found in early) > DOCUMENTS / 10


def test_what_is_within_a_copy_can_be_taken_and_applied_again() -> None:
    inner = {"type": "Sequential", "name": "inner", "repeat": 5, "layers": [
        {"type": "Linear", "name": "input", "in_features": 8, "out_features": 8}, {"type": "ReLU"},
    ]}  # fmt: skip
    answer = answered({"input": [1, 8], "layers": [
        {"type": "Sequential", "name": "outer", "repeat": 4, "layers": [inner]},
        {"type": "mul", "inputs": ["outer.3.inner.4.input", "outer.2.inner.3.input.bias"]},
        {"type": "reuse", "name": "again", "layer": "outer.3.inner"},
        {"type": "reuse", "layer": "outer.2.inner.2.input"},
    ]})  # fmt: skip
    assert answer["valid"]
    assert layer(answer, "again.4.input")["shares"] == "outer.3.inner.4.input"
    assert layer(answer, "3")["shares"] == "outer.2.inner.2.input"
    assert answer["totals"]["parameters"] == 20 * 72


@pytest.mark.parametrize(("applied", "shared"), [
    ("outer.1.inner.0", ["outer.1.inner.0.fc"]),
    ("outer.3.inner.2", ["outer.3.inner.2.fc"]),
    ("outer.3.inner", [f"outer.3.inner.{copy}.fc" for copy in range(3)]),
    ("outer.3", [f"outer.3.inner.{copy}.fc" for copy in range(3)]),
    ("outer", [f"outer.{outer}.inner.{copy}.fc" for outer in range(4) for copy in range(3)]),
])  # fmt: skip
def test_a_copy_is_applied_again_once_and_all_of_them_as_often_as_there_are(applied: str, shared: list[str]) -> None:
    linear = {"type": "Linear", "name": "fc", "in_features": 8, "out_features": 8}
    inner = {"type": "Sequential", "name": "inner", "repeat": 3, "layers": [linear, {"type": "ReLU"}]}
    answer = answered({"input": [1, 8], "layers": [
        {"type": "Sequential", "name": "outer", "repeat": 4, "layers": [inner]},
        {"type": "reuse", "name": "again", "layer": applied},
    ]})  # fmt: skip
    assert [each["shares"] for each in answer["layers"] if each["type"] == "Linear" and each["shares"]] == shared
    assert answer["totals"]["macs"] == (4 * 3 + len(shared)) * 64


def layers(random: Random, known: list[str], depth: int) -> Iterator[Json]:
    """A list of layers that take what is known by these names, or what stands before them."""
    known, single = list(known), list[str]()
    for number in range(random.randint(1, 4)):
        name = f"{'xyz'[depth - 1]}{number}"
        entry: Json = {"type": "ReLU", "name": name}
        if random.random() < 0.5:
            entry["inputs"] = [reference(random, known) for _ in range(random.randint(1, 3))]
        if random.random() < 0.4:
            entry["repeat"] = random.randint(1, 4)
        copies = [f"{name}.{copy}" for copy in range(entry["repeat"])] if "repeat" in entry else []
        inside = [name, *copies]
        if random.random() < 0.4 and depth > 1:
            entry |= {"type": "Sequential", "layers": list(layers(random, [*known[:8], "input"], depth - 1))}
            parts = [part["name"] for part in entry["layers"]]
            if random.random() < 0.4:
                entry["outputs"] = [reference(random, [*parts, "input"]) for _ in range(random.randint(1, 3))]
            inside += [f"{each}.{part}" for each in copies or [name] for part in (*parts, "input")]
        elif random.random() < 0.2 and single:
            entry = {"type": "reuse", "name": name, "layer": random.choice(single)}
        if "repeat" not in entry:
            single.append(name)
        known += inside if random.random() < 0.9 else [f"later{depth}"]
        yield entry


def reference(random: Random, names: list[str]) -> str:
    return random.choice(names[-6:]) + random.choice(["", "", "", "", "", "", "[0]", "[1]"])


def written_out(entry: Json) -> Json:
    """An entry without ``repeat``, in it and within it: a block of as many as it says, one behind the other."""
    entry = dict(entry)
    if "layers" in entry:
        entry["layers"] = list(map(written_out, entry["layers"]))
    if "repeat" not in entry:
        return entry
    count, name, inputs = entry.pop("repeat"), entry.pop("name"), entry.pop("inputs", ())
    received = ["input"] if len(inputs) == 1 else [f"input[{index}]" for index in range(len(inputs))]
    copies = [{**entry, "name": str(copy)} for copy in range(count)]
    for copy, each in enumerate(copies):
        if inputs:
            each["inputs"] = [str(copy - 1) if copy else received[0], *received[1:]]
    block = {"type": "Sequential", "name": name, "layers": copies}
    return {**block, "inputs": inputs} if inputs else block


def wired(document: Json) -> Any:
    """All that a document says, but for where in it; or why it can't be read."""
    try:
        found = unrolled(read(parse(json.dumps(document).encode())))
    except UnreadableDocument as error:
        return {fault.code for fault in error.faults}
    nodes = [(node.name, node.layer.type, node.wires, node.keywords, node.shares) for node in found.nodes]
    return nodes, found.order, found.outputs
