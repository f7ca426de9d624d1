"""Copies that are not read one by one read as if they had been."""

import json
from random import Random
from typing import Any

import pytest

from service.analysis.fold import analyse
from service.analysis.outcomes import Outcomes
from service.analysis.reading import Analysis
from service.architecture.piecewise import Spellings, read_document
from service.architecture.unrolling import unrolled
from service.core.issues import Issue
from service.diagnosis.examination import Examination
from service.reference.shelf import REFERENCES
from service.reports.json import as_json
from tests.documents import Json
from tests.oracle.random_documents import random_document

NAME = 'a "block" of ünits'


def read(document: Json, **changes: Any) -> tuple[Analysis, bytes]:
    """A document's analysis and its answer, with changes of its graph."""
    parsed = read_document(json.dumps(document).encode(), Spellings(0))
    graph = unrolled(parsed)._replace(**changes)
    analysis = analyse(graph, training=parsed.mode == "train", memory=Outcomes())
    issues: tuple[Issue, ...] = ()
    return analysis, as_json(Examination(parsed, analysis, issues))


def alike(document: Json) -> list[tuple[str, int]]:
    """What came out alike, and how many copies of it; the answer being that of layers read one by one."""
    analysis, answer = read(document)
    one_by_one, expected = read(document, copies=())
    assert answer == expected
    assert analysis._replace(graph=one_by_one.graph, alike=()) == one_by_one
    return [(copies.name, copies.further) for copies in analysis.alike]


def stack(*layers: Json, **further: Any) -> Json:
    return {"input": {"shape": [2, 4, 40, 40]}, "layers": [*layers], **further}


def block(*layers: Json, repeat: int = 1, name: str = "block", **further: Any) -> Json:
    return {"type": "Sequential", "name": name, "layers": [*layers], "repeat": repeat, **further}


def conv(**arguments: Any) -> Json:
    return {"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 1, **arguments}


RESIDUAL = (conv(name="conv"), {"type": "add", "inputs": ["conv", "input"]}, {"type": "ReLU"})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (stack(conv(repeat=9)), [("0", 7)]),
        (stack({"type": "parameter", "name": "scales", "shape": [3], "repeat": 12}), [("scales", 10)]),
        (stack(block({"type": "parameter", "name": "scale", "shape": [4, 1, 1]}, repeat=12)), [("block", 10)]),
        (stack(block(*RESIDUAL, repeat=12, name=NAME), {"type": "Flatten"}), [(NAME, 10)]),
        (stack(block(*RESIDUAL, repeat=2)), []),
        (stack(block(repeat=5)), []),
        (stack(block(conv(), block(repeat=5), repeat=5)), [("block", 3)]),
        (stack(block(block(*RESIDUAL, repeat=5), repeat=4)), [("block.0.block", 3), ("block", 2)]),
        (stack(conv(), block(block(*RESIDUAL, repeat=5), repeat=4)), [("block.0.block", 3), ("block", 2)]),
        (stack(block(*RESIDUAL, repeat=4), block(*RESIDUAL, repeat=5, name="more")), [("block", 2), ("more", 3)]),
        (stack(block(block(conv(), repeat=4), conv(kernel_size=3), repeat=3)), [(f"block.{n}.block", 2) for n in "01"]),
        (stack(block(conv(kernel_size=3), repeat=9)), []),
        (stack(block(conv(kernel_size=3, padding=1), repeat=9)), []),
        (stack(block(conv(in_channels=5), repeat=9)), [("block", 7)]),
        (stack(block(*RESIDUAL, repeat=4), {"type": "reuse", "layer": "block"}), [("block", 2)]),
        (stack(block(*RESIDUAL, repeat=4), {"type": "add", "inputs": ["block.1.conv", "block.3"]}), [("block", 2)]),
    ],
)  # fmt: skip
def test_what_repeats_itself_is_read_twice(document: Json, expected: list[tuple[str, int]]) -> None:
    assert alike(document) == expected


def test_names_with_ever_more_digits_stand_in_the_answer() -> None:
    _, answer = read(stack(block(*RESIDUAL, repeat=120)))
    for name in ("block.0.conv", "block.9.1", "block.10.2", "block.119.conv"):
        assert f'"name":"{name}"'.encode() in answer


@pytest.mark.parametrize(("passed_on", "expected"), [("near[0]", [("block", 3)]), ("keys", [])])
def test_attention_that_looks_further_back_than_one_copy_is_read_every_time(
    passed_on: str, expected: list[tuple[str, int]]
) -> None:
    """Whether query and keys are one tensor is told from where they come, and ``keys`` come through every copy."""
    layers = (
        {"type": "Identity", "name": "keys", "inputs": ["input[1]"]},
        {"type": "MultiheadAttention", "name": "near", "embed_dim": 4, "num_heads": 2,
         "inputs": ["input[0]", "keys", "keys"]},
    )  # fmt: skip
    document = {
        "inputs": {"queries": {"shape": [3, 2, 4]}, "keys": {"shape": [3, 2, 4]}},
        "layers": [
            block({"type": "Identity"}, name="both", inputs=["queries", "keys"], outputs=["queries", "keys"]),
            block(*layers, repeat=6, outputs=["near[0]", passed_on]),
        ],
    }
    assert alike(document) == expected


def test_known_architectures_read_as_if_one_by_one() -> None:
    found = {name: alike(entry.document()) for name, entry in REFERENCES.items()}
    assert found["vit-b-16"] == [("layers", 10)]
    assert found["gpt-2"] == [("h", 10)]


def test_random_documents_read_as_if_one_by_one(seed: int) -> None:
    rng = Random(seed)
    found = [alike(_more(rng, random_document(rng))) for _ in range(200)]
    assert any(found)


def _more(rng: Random, document: Json) -> Json:
    """The document with what is repeated repeated more often."""
    layers = [_more(rng, layer) for layer in document["layers"]] if "layers" in document else None
    return {
        **document,
        **({"layers": layers} if layers is not None else {}),
        **({"repeat": document["repeat"] + rng.choice((0, 1, 4))} if document.get("repeat", 1) > 1 else {}),
    }
