"""Positions beyond a table: what follows from shapes is known, whatever a model is given, and PyTorch agrees."""

from random import Random
from typing import Any

import pytest
import torch

from service.reference.shelf import REFERENCES
from service.verification.model import DocumentModel
from tests.documents import Json, answered, examined

STEPS = 2_000
KEEPING: tuple[Json, ...] = (
    {"type": "unsqueeze", "dim": 0}, {"type": "expand", "size": [2, -1]}, {"type": "repeat", "repeats": [2, 1]},
    {"type": "reshape", "shape": [-1, 1]}, {"type": "transpose", "dim0": 0, "dim1": -1}, {"type": "contiguous"},
    {"type": "clone"}, {"type": "long"}, {"type": "flatten"},
)  # fmt: skip
CHANGING: tuple[Json, ...] = (
    {"type": "abs"}, {"type": "neg"}, {"type": "mul", "other": 2}, {"type": "clamp", "min": 0, "max": 4},
    {"type": "getitem", "index": [":3"]}, {"type": "rsub", "other": 9}, {"type": "flip", "dims": [0]},
    {"type": "floor_divide", "other": 2},
)  # fmt: skip


@pytest.mark.parametrize(("name", "most"), [("gpt-2", 1024), ("bert-base", 512)])
def test_texts_longer_than_their_positions_are_refused(name: str, most: int) -> None:
    def of(length: int) -> Json:
        document = REFERENCES[name].document()
        inputs = {key: {**given, "shape": [1, length]} for key, given in document.get("inputs", {}).items()}
        return {
            **document,
            **({"inputs": inputs} if inputs else {"input": {**document["input"], "shape": [1, length]}}),
        }

    assert answered(of(most))["valid"]
    (issue,) = answered(of(most + 1))["issues"]
    assert (issue["code"], issue["received"]) == ("no-such-row", most)
    assert issue["message"].endswith(f"so that indices are from 0 to {most - 1}, but 0 to {most} arrive.")
    (fix,) = issue["fixes"]
    assert fix["valid"]
    assert fix["description"].endswith(f"to {most + 1}.")


def test_pytorch_agrees(seed: int) -> None:
    random, refused = Random(seed), 0
    for _ in range(STEPS):
        document = looked_up(random)
        examination = examined(document)
        found = {issue.code for issue in examination.issues if issue.severity == "error"}
        if found - {"no-such-row"}:
            continue
        error = None
        try:
            DocumentModel(examination.analysis)(torch.ones((3, 4), dtype=torch.int64))
        except (IndexError, RuntimeError) as raised:
            error = raised
        if found:
            assert error is not None, document
            refused += 1
        elif not any(layer in CHANGING for layer in document["layers"]):
            assert error is None, document
    assert refused > STEPS / 10


def looked_up(random: Random) -> Json:
    """Positions, or what is made of them, in a table."""
    start, step = random.randint(-3, 3), random.choice([1, 2, -1])
    counted: list[Any] = [{"type": "arange", "start": start, "end": start + step * random.randint(0, 9), "step": step}]
    ones = [{"type": "ones_like", "inputs": ["input"]}, {"type": "cumsum", "dim": random.randint(0, 1)}]
    layers = random.choice([counted, ones])
    for _ in range(random.randint(0, 4)):
        numbers = {"type": random.choice(["add", "sub"]), "other": random.randint(-2, 2)}
        layers.append(random.choice([numbers, *KEEPING] if random.random() < 0.9 else CHANGING))
    table = {"num_embeddings": random.randint(1, 12), "embedding_dim": 2}
    return {"input": {"shape": [3, 4], "dtype": "int64"}, "layers": [*layers, {"type": "Embedding", **table}]}
