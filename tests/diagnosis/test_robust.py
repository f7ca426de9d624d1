"""Documents so far from sense that cures have little to go by: each is answered, and says what is wrong."""

from typing import Any

import pytest

from tests.diagnosis.broken import BROKEN
from tests.diagnosis.checking import check_issue
from tests.documents import examined

IMAGE = [1, 3, 8, 8]
SAME = {"type": "conv2d", "inputs": ["x", "w"], "padding": "same"}
OPERANDS = {"x": IMAGE, "w": [4, 3, 3, 3]}

DOCUMENTS: dict[str, Any] = {
    "function with stride": {"inputs": OPERANDS, "layers": [{**SAME, "stride": 2}]},
    "function without strides": {"inputs": OPERANDS, "layers": [{**SAME, "stride": []}]},
    "function with too many strides": {"inputs": OPERANDS, "layers": [{**SAME, "stride": [2, 2, 2]}]},
    "no strides": {"input": IMAGE, "layers": [
        {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": "same", "stride": []}]},
    "too many strides": {"input": IMAGE, "layers": [
        {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": "same", "stride": [2, 2, 2]}]},
    "a number for a sample": {"input": [], "layers": [{"type": "RNNCell", "input_size": 3, "hidden_size": 3}]},
    "no groups": {"input": IMAGE, "layers": [{"type": "GroupNorm", "num_groups": 0, "num_channels": 0}]},
    "null for what is left out": {"inputs": {"a": [1, 4, 5, 6, 7], "b": [4, 2, 3, 2]}, "layers": [
        {"type": "conv_transpose3d", "inputs": None}, {"type": "conv_transpose3d", "inputs": None}]},
    "sizes below zero": {"input": [1, 4], "layers": [
        {"type": "Linear", "in_features": 4, "out_features": -2},
        {"type": "tensor_split", "indices_or_sections": 2}]},
    "nothing known to cut": {"input": [2, 4], "layers": [
        {"type": "Linear", "in_features": 0, "out_features": -1},
        {"type": "Flatten"},
        {"type": "Linear", "in_features": 64, "out_features": 2}]},
    "a weight taken before its layer": {"input": [4, 10, 8], "layers": [
        {"type": "mean", "dim": 1, "inputs": ["1.weight"]},
        {"type": "Linear", "in_features": 8, "out_features": 2}], "outputs": ["0"]},
    "a layer that takes its own weight": {"input": [2, 8], "layers": [
        {"type": "Linear", "name": "a", "in_features": 8, "out_features": 4, "inputs": ["a.weight"]},
        {"type": "reuse", "layer": "a"}]},
    "layers in a circle but for a weight": {"input": [2, 8], "layers": [
        {"type": "Linear", "name": "tied", "in_features": 4, "out_features": 16, "inputs": ["last.weight"]},
        {"type": "Linear", "name": "last", "in_features": 32, "out_features": 8}]},
    "an input whose name a pointer has to escape": {"inputs": {"a/b~c": [2, 8]}, "layers": [
        {"type": "Linear", "in_features": 9, "out_features": 3, "inputs": ["a/b~c"]}]},
    "a refused convolution behind a run of others": {"input": [1, 64, 16], "layers": [
        {"type": "Conv2d", "in_channels": 64, "out_channels": 16, "kernel_size": 1},
        {"type": "Conv2d", "in_channels": 16, "out_channels": 8, "kernel_size": 1},
        {"type": "Conv3d", "in_channels": 16, "out_channels": 64, "kernel_size": 1}]},
    "normalization of no features": {"input": [1, 3, 8, 8], "layers": [
        {"type": "Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 1},
        {"type": "BatchNorm2d", "num_features": 0},
        {"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 1}]},
    "a product of axes that came apart": {"input": [1, 3, 32, 32], "layers": [
        {"type": "squeeze"},
        {"type": "Conv2d", "in_channels": 4, "out_channels": 8, "kernel_size": 3},
        {"type": "softmax", "dim": 1},
        {"type": "mul", "inputs": ["input[0]"]}]},
    "a view of a number": {"input": [], "layers": [{"type": "view", "shape": [-1, 4]}]},
    "a state of no axes": {"inputs": {"tokens": [8, 20, 32], "row": [8, 20]}, "layers": [
        {"type": "GRU", "input_size": 32, "hidden_size": 64, "batch_first": True, "inputs": ["tokens", "row[0][0]"]}]},
    "an image of unknown size, pooled": {"input": [8, 8, 4, 4], "layers": [
        {"type": "nonzero"},
        {"type": "MaxPool1d", "kernel_size": 9},
        {"type": "MaxPool1d", "kernel_size": 9}]},
    "features that are the length of what was summed": {"input": [2, 8, 16], "layers": [
        {"type": "sum", "dim": 0, "keepdim": True},
        {"type": "Linear", "in_features": 18, "out_features": 3}]},
    "a weight that a layer of another kind has not": {"input": [4, 5, 10], "layers": [
        {"type": "LSTMCell", "input_size": 10, "hidden_size": 22, "name": "cell"},
        {"type": "relu", "inputs": ["cell.weight_ih"]}]},
    "a weight returned that a layer of another kind has not": {"input": [4, 5, 10], "layers": [
        {"type": "GRUCell", "input_size": 10, "hidden_size": 22, "name": "cell"}],
        "outputs": ["cell.weight_ih", "cell"]},
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_whatever_is_written_is_answered(name: str) -> None:
    examination = examined(DOCUMENTS[name])
    assert not examination.valid
    for issue in examination.issues:
        check_issue(issue, DOCUMENTS[name], examination)


@pytest.mark.parametrize("name", BROKEN)
def test_null_is_as_good_as_nothing(name: str) -> None:
    document = BROKEN[name].document
    assert examined(with_nulls(document)).issues == examined(document).issues


def with_nulls(document: Any) -> Any:
    """A document in which whatever may be left out is null."""

    def entry(layer: Any) -> Any:
        inner = {"layers": list(map(entry, layer.get("layers", ()))), "outputs": layer.get("outputs")}
        return {"name": None, "inputs": None, **layer, **(inner if "layers" in layer else {})}

    nothing = dict.fromkeys(("name", "input", "inputs", "outputs"))
    return {**nothing, **document, "layers": list(map(entry, document["layers"]))}
