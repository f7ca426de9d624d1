"""Random models for the sake of their structure: blocks in blocks, repeats, branches, lines from anywhere."""

import random
from typing import Any

Json = dict[str, Any]


def random_structure(rng: random.Random) -> Json:
    """A document with up to a few hundred layers, whose shapes are of no interest."""
    inputs = {f"x{index}": [2, 8] for index in range(rng.choice((1, 1, 1, 2, 3, 12)))}
    layers = _layers(rng, list(inputs), rng.choice((1, 4, 12, 40, 90)), 0)
    document: Json = {"name": "random", "inputs": inputs, "layers": layers}
    if rng.random() < 0.3:
        names = [layer["name"] for layer in layers]
        document["outputs"] = rng.sample(names, rng.randint(1, min(len(names), 9)))
    return document


def _layers(rng: random.Random, known: list[str], count: int, depth: int) -> list[Json]:
    names = list(known)
    layers: list[Json] = []
    far = rng.random()
    for index in range(rng.randint(1, count)):
        name = f"l{index}" if rng.random() < 0.9 else f"{'long name ' * rng.randint(1, 20)}{index}"
        recent = names if rng.random() < far else names[-3:]
        layer = _layer(rng, recent, depth)
        layer["name"] = name
        layers.append(layer)
        names.append(name)
    return layers


def _layer(rng: random.Random, names: list[str], depth: int) -> Json:
    kind = rng.random()
    if kind < 0.15 and depth < 4:
        inner = _layers(rng, ["input"], rng.choice((2, 5, 12)), depth + 1)
        block = {"type": "Sequential", "layers": inner, "inputs": [rng.choice(names)]}
        return {**block, "repeat": rng.choice((2, 12))} if rng.random() < 0.3 else block
    if kind < 0.4:
        return {"type": "add", "inputs": [rng.choice(names) for _ in range(2)]}
    if kind < 0.5:
        return {"type": "cat", "dim": 0, "inputs": [rng.choice(names) for _ in range(rng.choice((2, 3, 12)))]}
    if kind < 0.6:
        return {"type": "parameter", "shape": [1, 8]}
    if kind < 0.8:
        return {"type": rng.choice(("ReLU", "Softmax", "Dropout", "BatchNorm1d")), "inputs": [rng.choice(names)]}
    return {"type": "Linear", "out_features": rng.choice((8, 8, 8, 9)), "inputs": [rng.choice(names)]}
