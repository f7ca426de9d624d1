"""Of several mistakes at once each is told, and with the best fix of each the model is what it was."""

import copy
from itertools import combinations
from typing import Any

import pytest

from service.core.issues import Issue
from service.diagnosis.patching import patched
from tests.diagnosis.architectures import Raw, conv, document, layer
from tests.diagnosis.checking import check_issue
from tests.diagnosis.test_slips import figures
from tests.diagnosis.together import MODELS, Slip
from tests.documents import examined


@pytest.mark.parametrize("name", MODELS)
def test_the_model_itself_is_sound(name: str) -> None:
    assert not errors(MODELS[name].document)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", MODELS)
def test_each_of_several_mistakes_is_told_and_mended(name: str, count: int) -> None:
    original = MODELS[name].document
    for slips in combinations(MODELS[name].slips, count):
        raw = with_slips(original, slips)
        found = errors(raw)
        assert len(found) == count, (slips, [issue.message for issue in found])
        assert figures(mended(raw)) == figures(original), slips


@pytest.mark.parametrize("name", MODELS)
def test_all_of_them_are_told_at_once_with_fixes_that_hold(name: str) -> None:
    raw = with_slips(MODELS[name].document, MODELS[name].slips)
    examination = examined(raw)
    for issue in examination.issues:
        check_issue(issue, raw, examination)
    assert not errors(mended(raw))


def with_slips(original: Raw, slips: tuple[Slip, ...]) -> Raw:
    raw = copy.deepcopy(original)
    for name, argument, value in slips:
        layers: list[Any] = raw["layers"]
        *blocks, last = name.split(".")
        for step in blocks:
            layers = named(layers, step)["layers"]
        named(layers, last)[argument] = value
    return raw


def named(layers: list[Any], name: str) -> Raw:
    (found,) = (layer for layer in layers if layer.get("name") == name)
    return found  # type: ignore[no-any-return]


def mended(raw: Raw) -> Raw:
    """The document with the best fix of its first mistake applied, again and again."""
    for _ in range(16):
        fixes = [issue.fixes[0] for issue in errors(raw) if issue.fixes]
        if not fixes:
            break
        raw = patched(raw, fixes[0].patch)
    return raw


def errors(raw: Raw) -> list[Issue]:
    return [issue for issue in examined(raw).issues if issue.severity == "error"]


def test_layers_that_fixes_add_have_names_of_their_own() -> None:
    raw = document(
        conv(16, 32, name="a", padding=1), layer("add", "first", inputs=["a", "input"]),
        conv(32, 64, name="b", padding=1, stride=2, inputs=["a"]), layer("add", "second", inputs=["b", "a"]),
        input=(1, 16, 8, 8), outputs=["first", "second"],
    )  # fmt: skip
    first, second = errors(raw)
    assert not errors(patched(patched(raw, second.fixes[0].patch), first.fixes[0].patch))


def test_references_from_within_to_the_list_of_the_model_stay_true() -> None:
    block = {"type": "Sequential", "layers": [
        {"type": "ReLU"}, {"type": "Tanh"}, {"type": "reuse", "layer": ".1"}, {"type": "add", "inputs": [".1", "2"]},
    ]}  # fmt: skip
    convolution = {"type": "Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3}
    fully_connected = {"type": "Linear", "in_features": 144, "out_features": 144}
    raw = {"input": [1, 3, 8, 8], "layers": [convolution, fully_connected, block]}
    cured = mended(raw)
    assert [layer["type"] for layer in cured["layers"]] == ["Conv2d", "Flatten", "Linear", "Sequential"]
    within = cured["layers"][3]["layers"]
    assert (within[2]["layer"], within[3]["inputs"]) == (".2", [".2", "2"])
