"""One mistake gives one issue, wherever it is made in a large document."""

import copy
from typing import Any

import pytest

from tests.diagnosis.architectures import SOUND, Raw
from tests.diagnosis.checking import check_issue
from tests.documents import examined

ONE: list[tuple[str, tuple[Any, ...], str, Any]] = [
    ("tutorial", (0,), "out_channels", 8),
    ("tutorial", (3,), "in_channels", 7),
    ("tutorial", (7,), "out_features", 100),
    ("tutorial", (6,), "type", "ReLU"),
    ("mobile", (3, "layers", 0), "out_channels", 95),
    ("mobile", (3, "layers", 6), "out_channels", 24),
    ("mobile", (4,), "out_channels", 32),
    ("unet", (0, "layers", 1), "num_features", 8),
    ("unet", (5,), "stride", 1),
    ("unet", (0, "layers", 0), "type", "Conv1d"),
    ("unet", (2, "layers", 3), "type", "Conv3d"),
    ("vit", (4, "layers", 4), "in_features", 65),
    ("vit", (4, "layers", 1), "embed_dim", 32),
    ("vit", (4, "layers", 1), "num_heads", 7),
    ("vit", (6,), "dim", 3),
    ("gpt", (2, "layers", 1), "out_features", 180),
    ("gpt", (2, "layers", 8), "dim1", 1),
    ("gpt", (0,), "embedding_dim", 60),
    ("lstm_language_model", (2,), "hidden_size", 100),
    ("lstm_language_model", (3,), "inputs", ["lstm"]),
    ("text_classifier", (2,), "inputs", ["gru[2]"]),
    ("transformer", (1,), "d_model", 32),
    ("two_towers", (0,), "out_features", 8),
    ("two_towers", (4,), "dim", 0),
    ("gan_generator", (3,), "out_channels", 32),
    ("squeeze_and_excitation", (4,), "in_channels", 33),
    ("temporal", (0,), "out_channels", 25),
    ("resnet50", (10, "layers", 0), "in_channels", 250),
]


def changed(raw: Raw, path: tuple[Any, ...], key: str, value: Any) -> Raw:
    raw = copy.deepcopy(raw)
    target: Any = raw["layers"]
    for step in path:
        target = target[step]
    if key == "type" and value == "ReLU":
        target.clear()
    target[key] = value
    return raw


@pytest.mark.parametrize(("name", "path", "key", "value"), ONE)
def test_one_mistake_gives_one_issue(name: str, path: tuple[Any, ...], key: str, value: Any) -> None:
    errors = [issue for issue in examined(changed(SOUND[name](), path, key, value)).issues if issue.severity == "error"]
    assert len(errors) == 1, [issue.message for issue in errors]


def test_three_mistakes_give_three_each_with_its_own_fix() -> None:
    raw = SOUND["resnet50"]()
    for path, key, value in (((4, "layers", 0), "in_channels", 60), ((9, "layers", 1), "num_features", 100),
                             ((22,), "in_features", 1000)):  # fmt: skip
        raw = changed(raw, path, key, value)
    issues = examined(raw).issues
    assert [issue.code for issue in issues] == ["conv-in-channels", "batch-norm-num-features", "linear-in-features"]
    assert all(issue.fixes and not issue.fixes[0].valid for issue in issues)


@pytest.mark.parametrize(
    ("shape", "layer", "codes"),
    [
        ([1, 3, 32, 32], {"type": "Conv2d", "in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 4},
         ["not-divisible", "conv-in-channels"]),
        ([1, 3, 8, 8], {"type": "Conv2d", "in_channels": 5, "out_channels": 7, "kernel_size": 3, "padding": "same",
                        "stride": 2}, ["conv-same-with-stride", "conv-in-channels"]),
        ([1, 8], {"type": "Linear", "in_features": 9, "out_features": -6}, ["bad-value", "linear-in-features"]),
        ([1, 5, 32], {"type": "LSTM", "input_size": 30, "hidden_size": 4, "dropout": 1.5},
         ["bad-value", "rnn-input-size"]),
        # One change to an argument that is wrong in two ways cures both.
        ([1, 3, 32, 32], {"type": "Conv2d", "in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 3},
         ["not-divisible"]),
        ([1, 5, 32], {"type": "MultiheadAttention", "embed_dim": 30, "num_heads": 4,
                      "inputs": ["input", "input", "input"]}, ["not-divisible"]),
    ],
)  # fmt: skip
def test_what_a_constructor_refuses_does_not_hide_what_arrives(shape: Any, layer: Any, codes: list[str]) -> None:
    raw = {"input": shape, "layers": [layer]}
    examination = examined(raw)
    assert [issue.code for issue in examination.issues] == codes
    for issue in examination.issues:
        assert issue.fixes
        check_issue(issue, raw, examination)


@pytest.mark.parametrize(("shape", "layer", "told"), [
    ([2, 1, 9], {"type": "Conv1d", "in_channels": 4, "out_channels": 8, "kernel_size": 3}, "but 1 channel arrives"),
    ([2, 3, 9], {"type": "ReflectionPad3d", "padding": [1]}, "with 1 number as padding"),
    ([2, 3], {"type": "bincount"}, "takes 1 axis"),
    ([2, 3], {"type": "broadcast_to", "size": [4, 3]}, "is a broadcast_to of"),
    ([2, 3], {"type": "expand", "size": [4, 3]}, "is an expand of"),
])  # fmt: skip
def test_what_is_one_is_told_as_one(shape: Any, layer: Any, told: str) -> None:
    issues = examined({"input": shape, "layers": [layer]}).issues
    assert any(told in issue.message for issue in issues)


def test_a_share_is_put_right_by_the_digits_that_were_written() -> None:
    (issue,) = examined({"input": [2, 3], "layers": [{"type": "Dropout", "name": "drop", "p": 1.1}]}).issues
    assert "Set p of drop to 0.11." in [fix.description for fix in issue.fixes]
