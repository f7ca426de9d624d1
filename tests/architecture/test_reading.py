"""What cannot be read is told fault by fault, with a pointer each."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from service.architecture import explaining, foreign, resolving
from service.architecture.problems import MOST_FAULTS, DocumentFault, UnreadableDocument, nearest
from service.diagnosis.examination import examine

CONV = '{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}'


def faults(body: str | bytes) -> tuple[DocumentFault, ...]:
    with pytest.raises(UnreadableDocument) as caught:
        examine(body if isinstance(body, bytes) else body.encode())
    return caught.value.faults


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ("[]", "wrong-type"),
        ("null", "wrong-type"),
        ('{"input": [1], "input": [1], "layers": [', "not-json"),
        ('{"input": [1], "layers": [], "x": NaN}', "not-json"),
        ('{"input": [Infinity], "layers": []}', "not-json"),
        (b'{"input": [1], "layers": [], "name": "\xff"}', "not-utf-8"),
        ("[" * 100_000, "too-deep"),
        ('{"a":' * 100_000, "too-deep"),
        ('{"input": [' + "9" * 5000 + '], "layers": []}', "number-too-large"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_json_document(body: str | bytes, code: str) -> None:
    assert [fault.code for fault in faults(body)] == [code]


@pytest.mark.parametrize(
    ("document", "code", "pointer", "guess"),
    [
        ('{"layers": []}', "missing-key", "", None),
        ('{"input": [1]}', "missing-key", "/layers", None),
        ('{"input": [1], "inputs": {"a": [1]}, "layers": []}', "missing-key", "", None),
        ('{"input": [1], "layer": [], "layers": []}', "unknown-key", "/layer", "layers"),
        ('{"input": [1], "input": [2], "layers": []}', "duplicate-key", "/input", None),
        ('{"input": [1], "layers": [{"type": "ReLU", "type": "ReLU"}]}', "duplicate-key", "/layers/0/type", None),
        ('{"input": [true], "layers": []}', "wrong-type", "/input/0", None),
        ('{"input": [3.0], "layers": []}', "wrong-type", "/input/0", None),
        ('{"input": ["12"], "layers": []}', "wrong-type", "/input/0", None),
        ('{"input": [-1], "layers": []}', "wrong-value", "/input/0", None),
        ('{"input": [1e400], "layers": []}', "wrong-type", "/input/0", None),
        ('{"input": [100000000000000000000], "layers": []}', "wrong-value", "/input/0", None),
        ('{"input": {"shape": [1], "dtype": "float"}, "layers": []}', "wrong-value", "/input/dtype", "float32"),
        ('{"input": [1], "layers": [{}]}', "missing-key", "/layers/0", None),
        ('{"input": [1], "layers": [{"type": 3}]}', "wrong-type", "/layers/0/type", None),
        ('{"input": [1], "layers": [{"type": "conv2D"}]}', "unknown-type", "/layers/0/type", "Conv2d"),
        ('{"input": [1], "layers": [{"type": "nn.Relu"}]}', "unknown-type", "/layers/0/type", "ReLU"),
        ('{"input": [1], "layers": [{"type": "Linear"}]}', "missing-key", "/layers/0/out_features", None),
        ('{"input": [1], "layers": [{"type": "ReLU", "name": "\\ud800"}]}', "wrong-type", "/layers/0/name", None),
        (f'{{"input": [1], "layers": [{CONV[:-1]}, "kernal": 3}}]}}', "unknown-key", "/layers/0/kernal", "kernel_size"),
        (f'{{"input": [1], "layers": [{CONV[:-1]}, "stride": true}}]}}', "wrong-type", "/layers/0/stride", None),
        (f'{{"input": [1], "layers": [{CONV[:-1]}, "stride": [1, "2"]}}]}}', "wrong-type", "/layers/0/stride/1", None),
        (f'{{"input": [1], "layers": [{CONV[:-1]}, "bias": 1}}]}}', "wrong-type", "/layers/0/bias", None),
        ('{"input": [1], "layers": [{"type": "LazyLinear", "in_features": 3, "out_features": 4}]}', "unknown-key",
         "/layers/0/in_features", None),
        ('{"input": [1], "mode": "training", "layers": []}', "wrong-value", "/mode", "train"),
        ('{"input": {"shape": [1], "dtype": "torch.long"}, "layers": []}', "wrong-value", "/input/dtype", "int64"),
        ('{"input": [1], "verify": {"devise": "cpu"}, "layers": []}', "unknown-key", "/verify/devise", "device"),
        ('{"input": [1], "verify": {"device": "gpu"}, "layers": []}', "wrong-value", "/verify/device", None),
        ('{"input": [1], "layers": [{"type": "ReLU", "repeat": 1000000000}]}', "too-many-layers", "/layers/0", None),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_a_fault_has_its_place(document: str, code: str, pointer: str, guess: str | None) -> None:
    (fault,) = faults(document)
    assert (fault.code, fault.pointer) == (code, pointer)
    if guess is not None:
        assert fault.did_you_mean == guess


@pytest.mark.parametrize("value", [None, "none", [1]])
def test_numbers_are_told_beside_the_words_that_may_stand_for_them(value: Any) -> None:
    pad = {"type": "ConstantPad1d", "padding": 1, "value": value}
    (fault,) = faults(json.dumps({"input": [1, 2], "layers": [pad]}))
    assert "a number" in fault.detail
    assert "'inf' or '-inf' was expected" in fault.detail
    assert {"a number", "inf", "-inf"} <= set(fault.allowed)


def test_every_fault_comes_at_once_and_not_too_many() -> None:
    body = json.dumps({"input": ["a"], "layers": [{"type": "Conv2d", "kernel": 3}, {"type": "Relu"}]})
    pointers = {fault.pointer for fault in faults(body)}
    assert {"/input/0", "/layers/0/kernel", "/layers/0/out_channels", "/layers/1/type"} <= pointers
    assert len(faults(json.dumps({"input": [1], "layers": [{}] * 1000}))) == MOST_FAULTS


@pytest.mark.parametrize("layer", [
    {"type": "Foo", "bar": 1}, {"type": "Conv2d", "kernal": 1}, {"type": "ReLU", "inputs": ["nowhere"]},
    {"type": "Sequential", "layers": [{}] * 5}, {"type": "relu", "inputs": ["0.wait"]},
], ids=lambda layer: str(layer)[:40])  # fmt: skip
def test_no_more_is_looked_into_than_is_told(layer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(word: str, words: Iterable[str]) -> str | None:
        asked.append(word)
        return nearest(word, words)

    for module in (explaining, foreign, resolving):
        monkeypatch.setattr(module, "nearest", counted)
    assert len(faults(json.dumps({"input": [1], "layers": [layer] * 5_000}))) == MOST_FAULTS
    assert len(asked) <= 3 * MOST_FAULTS


def test_a_fault_quotes_no_more_than_it_has_to() -> None:
    body = json.dumps({"input": [1], "layers": [{"type": "ReLU", "name": ["x" * 100_000]}], "y" * 100_000: 1})
    assert all(len(fault.detail) < 400 for fault in faults(body))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ('"inputs": [1, 3]', "input"),
        ('"inputs": [[1, 3], [1, 4]]', "input"),
        ('"inputs": {"shape": [1, 3], "dtype": "int64"}', "input"),
        ('"input": {"image": [1, 3], "mask": {"shape": [1, 3], "dtype": "bool"}}', "inputs"),
    ],
)
def test_one_input_and_several_are_told_apart(given: str, meant: str) -> None:
    first, second = faults(f'{{{given}, "layers": [{{"type": "Relu"}}]}}')
    assert (first.code, first.did_you_mean, second.code) == ("wrong-value", meant, "unknown-type")
