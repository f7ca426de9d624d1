"""Sound documents with something changed at random, to see that diagnosis stands whatever a user writes."""

import copy
import json
import random
import re
from typing import Any

from service.layers.catalogue import CATALOGUE
from tests.diagnosis.architectures import SOUND, Raw
from tests.diagnosis.broken import BROKEN
from tests.diagnosis.suspicious import INNOCENT, PAIRS

LARGE = {"resnet50", "vgg16"}
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 10, 16, 31, 32, 33, 64, 100, -1, -2, 2**31, 2**62)
WORDS = ("zeros", "same", "valid", "reflect", "sum", "none", "float64", "int64", "bool", "float16", "complex64")
COMMON = {"type", "name", "inputs", "layers", "outputs", "layer", "repeat"}
SPARE: tuple[Raw, ...] = (
    {"type": "Flatten"}, {"type": "ReLU"}, {"type": "permute", "dims": [0, 2, 1]}, {"type": "Softmax", "dim": 1},
    {"type": "unsqueeze", "dim": 1}, {"type": "squeeze"}, {"type": "LSTM", "input_size": 8, "hidden_size": 4},
    {"type": "view", "shape": [-1, 4]}, {"type": "Linear", "in_features": 4, "out_features": 8},
    {"type": "chunk", "chunks": 2}, {"type": "contiguous"}, {"type": "Dropout"},
)  # fmt: skip


def originals() -> list[Raw]:
    """What is mutated."""
    documents = [make() for name, make in SOUND.items() if name not in LARGE]
    documents += [case.document for case in BROKEN.values()]
    return [*documents, *(raw for pairs in PAIRS.values() for pair in pairs for raw in pair), *INNOCENT.values()]


def mutated(original: Raw, chance: random.Random) -> Raw:
    """The document with one to five changes."""
    raw = copy.deepcopy(original)
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        chance.choice(_MUTATIONS)(raw, chance)
    return raw


def _places(raw: Raw) -> list[tuple[list[Raw], int]]:
    places = []
    waiting = [raw["layers"]]
    while waiting:
        layers = waiting.pop()
        for index, layer in enumerate(layers):
            places.append((layers, index))
            if layer["type"] == "Sequential":
                waiting.append(layer["layers"])
    return places


def _names(raw: Raw) -> list[str]:
    return ["input", *(layers[index].get("name") or str(index) for layers, index in _places(raw))]


def _other(value: Any, chance: random.Random) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return chance.choice((value + 1, value - 1, value * 2, max(value // 2, 0), chance.choice(NUMBERS)))
        case float():
            return chance.choice((0.0, 0.5, 1.0, -1.0, 2.0))
        case str():
            return chance.choice((value[:-1] or value, f"{value}x", *WORDS))
        case [_, *_]:
            copied = list(value)
            place = chance.randrange(len(copied))
            match chance.randrange(4):
                case 0:
                    del copied[place]
                case 1:
                    copied.insert(place, chance.choice(copied))
                case _:
                    copied[place] = _other(copied[place], chance)
            return copied
    return value


def _change_argument(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    keys = [key for key in layers[index] if key not in COMMON]
    if keys:
        key = chance.choice(keys)
        layers[index][key] = _other(layers[index][key], chance)


def _take_away(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    if len(layers) > 1:
        del layers[index]


def _put_in(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    layers.insert(index, dict(chance.choice(SPARE)))


def _put_in_example(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    name = chance.choice(list(CATALOGUE))
    example = chance.choice(CATALOGUE[name].examples)
    kept = {key: value for key, value in layers[index].items() if key == "name"}
    layers[index] = {"type": name, **json.loads(json.dumps(example.arguments)), **kept}


def _rewire(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    parts = ("", "", "[0]", "[1]", "[1][0]", "[5]", ".weight", ".wait")
    layers[index]["inputs"] = [
        chance.choice(_names(raw)) + chance.choice(parts) for _ in range(chance.choice((1, 1, 2, 3)))
    ]


def _return(raw: Raw, chance: random.Random) -> None:
    raw["outputs"] = [chance.choice(_names(raw)) + chance.choice(("", "[0]", "[3]", ".weight"))]


def _repeat(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    layers[index]["repeat"] = chance.choice((1, 2, 3))


def _apply_again(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    layers.insert(index + 1, {"type": "reuse", "layer": chance.choice(_names(raw))})


def _change_axes(raw: Raw, chance: random.Random) -> None:
    layers, index = chance.choice(_places(raw))
    match = re.match(r"^(\w+?)([123])d$", layers[index]["type"])
    if match:
        layers[index]["type"] = f"{match[1]}{chance.choice('123')}d"


def _change_input(raw: Raw, chance: random.Random) -> None:
    holder, key = (raw, "input") if "input" in raw else (raw["inputs"], chance.choice(list(raw["inputs"])))
    given = holder[key]
    shape = given["shape"] if isinstance(given, dict) else given
    dtype = given["dtype"] if isinstance(given, dict) else "float32"
    if chance.random() < 0.5:
        shape = _other(shape, chance)
    else:
        dtype = chance.choice(("float32", "int64", "float64", "bool", "complex64", "float16"))
    holder[key] = {"shape": shape, "dtype": dtype}


def _train(raw: Raw, chance: random.Random) -> None:
    raw["mode"] = chance.choice(("train", "eval"))


_MUTATIONS = (
    *(_change_argument,) * 8, _take_away, _put_in, _put_in, _put_in_example, _rewire, _rewire, _return, _repeat,
    _apply_again, _change_axes, _change_input, _change_input, _train,
)  # fmt: skip
