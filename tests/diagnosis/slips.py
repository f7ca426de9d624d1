"""Slips of the pen in sound architectures, each at one place of the document."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.diagnosis.architectures import Raw

Change = Callable[[list[Raw], int], bool]
"""Changes a layer of a list, if it is one that the slip may happen to; whether it has."""

_DIMENSIONAL = re.compile(r"^(\w+?)([123])d$")


def slipped(raw: Raw, change: Change) -> Iterator[Raw]:
    """The document with the slip in the first and in the last place where it may happen."""
    found = []
    for place in range(sum(1 for _ in places(raw))):
        changed = copy.deepcopy(raw)
        layers, index = list(places(changed))[place]
        if change(layers, index):
            found.append(changed)
    yield from found[:1]
    yield from found[1:][-1:]


def fed_otherwise(raw: Raw) -> Iterator[Raw]:
    """The document with an input of another element type, where it matters."""
    for key in ("input", *(["inputs"] if "inputs" in raw else [])):
        given = raw.get(key)
        if isinstance(given, list):
            yield {**raw, key: {"shape": given, "dtype": "uint8"}}
        elif isinstance(given, dict) and "shape" in given:
            yield {**raw, key: given["shape"]}


def places(raw: Raw) -> Iterator[tuple[list[Raw], int]]:
    """Every layer of a document, blocks included, as its list and its place there."""
    waiting: list[list[Raw]] = [raw["layers"]]
    while waiting:
        layers = waiting.pop(0)
        for index, layer in enumerate(layers):
            yield layers, index
            if layer["type"] == "Sequential":
                waiting.append(layer["layers"])


def _argument(name: str, wrong: Callable[[Any], Any], *types: str) -> Change:
    def change(layers: list[Raw], index: int) -> bool:
        layer = layers[index]
        if name not in layer or (types and not layer["type"].startswith(types)) or isinstance(layer[name], bool):
            return False
        layer[name] = wrong(layer[name])
        return True

    return change


def _negative(value: Any) -> Any:
    return [-entry for entry in value] if isinstance(value, list) else -value


def _flattened_with_the_samples(layers: list[Raw], index: int) -> bool:
    if layers[index]["type"] != "Flatten" or "start_dim" in layers[index]:
        return False
    layers[index]["start_dim"] = 0
    return True


def _without(kind: str) -> Change:
    def change(layers: list[Raw], index: int) -> bool:
        layer = layers[index]
        # Of what nobody refers to, and of what makes one tensor of all axes.
        if layer["type"] != kind or "name" in layer or "start_dim" in layer or index + 1 == len(layers):
            return False
        del layers[index]
        return True

    return change


def _other_axes(layers: list[Raw], index: int) -> bool:
    match = _DIMENSIONAL.match(layers[index]["type"])
    if match is None or match[1] not in ("Conv", "BatchNorm", "MaxPool"):
        return False
    layers[index]["type"] = f"{match[1]}{1 if match[2] == '2' else 2}d"
    return True


def _without_padding(layers: list[Raw], index: int) -> bool:
    layer, stride = layers[index], layers[index].get("stride", 1)
    if layer["type"] != "Conv2d" or stride != 1 or not layer.get("padding"):
        return False
    del layer["padding"]
    return True


def _same_with_a_stride(layers: list[Raw], index: int) -> bool:
    layer = layers[index]
    if layer["type"] != "Conv2d" or layer.get("stride", 1) == 1 or layer.get("padding") != layer["kernel_size"] // 2:
        return False
    layer["padding"] = "same"
    return True


def _exchanged(first: str, second: str) -> Change:
    def change(layers: list[Raw], index: int) -> bool:
        layer = layers[index]
        if first not in layer or layer.get(first) == layer.get(second):
            return False
        layer[first], layer[second] = layer[second], layer[first]
        return True

    return change


def _alone(layers: list[Raw], index: int) -> bool:
    layer = layers[index]
    if layer["type"] not in ("add", "MultiheadAttention") or index == 0:
        return False
    del layer["inputs"]
    return True


def _whole_tuple(layers: list[Raw], index: int) -> bool:
    inputs = layers[index].get("inputs") or []
    if len(inputs) != 1 or not inputs[0].endswith("[0]"):
        return False
    layers[index]["inputs"] = [inputs[0].removesuffix("[0]")]
    return True


SLIPS: dict[str, Change] = {
    "a negative number of channels": _argument("out_channels", _negative),
    "a negative kernel": _argument("kernel_size", _negative),
    "a negative number of features": _argument("out_features", _negative),
    "a kernel for an axis more": _argument("kernel_size", lambda size: [size] * 3, "Conv2d", "MaxPool2d"),
    "a percentage": _argument("p", lambda p: 100 * p, "Dropout"),
    "channels of something else": _argument("in_channels", lambda size: size + 1),
    "features of something else": _argument("in_features", lambda size: size + 1),
    "a normalization of something else": _argument("num_features", lambda size: size + 1),
    "a layer normalization of something else": _argument("normalized_shape", lambda size: size + 1),
    "a sequence of something else": _argument("input_size", lambda size: size + 1),
    "the samples flattened": _flattened_with_the_samples,
    "a Flatten forgotten": _without("Flatten"),
    "a transpose forgotten": _without("transpose"),
    "a class for other axes": _other_axes,
    "padding forgotten": _without_padding,
    "same with a stride": _same_with_a_stride,
    "heads that do not divide": _argument("num_heads", lambda heads: heads - 1),
    "heads of a layer that do not divide": _argument("nhead", lambda heads: heads - 1),
    "groups that do not divide": _argument("groups", lambda groups: groups - 1),
    "features exchanged": _exchanged("in_features", "out_features"),
    "channels exchanged": _exchanged("in_channels", "out_channels"),
    "inputs forgotten": _alone,
    "a whole tuple": _whole_tuple,
}
