"""The reference architectures against what was published of them, and against PyTorch."""

import json
import warnings
from contextlib import suppress
from typing import Any, Final

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from service.core.tensors import Tensor
from service.reference.shelf import REFERENCES
from service.verification.model import DocumentModel
from tests.documents import examined

SUSPECTED: Final = {
    # The paper has the biases, though the normalizations behind them take them away again.
    "vgg-16-bn": ["bias-before-norm"],
    # On 224 × 224 the first convolution leaves a row; the paper is silent about it.
    "squeezenet-1.0": ["unread-entries"],
}


@pytest.mark.parametrize("name", REFERENCES)
def test_it_stands_and_counts_what_was_published(name: str) -> None:
    reference = REFERENCES[name]
    examination = examined(reference.document())
    assert examination.valid, [issue.message for issue in examination.issues]
    assert [issue.code for issue in examination.issues] == SUSPECTED.get(name, [])
    if reference.published is not None:
        assert examination.analysis.totals.parameters == reference.published.parameters


@pytest.mark.parametrize("name", REFERENCES)
def test_pytorch_builds_and_runs_it(name: str) -> None:
    """Without numbers; with them, the tests of verification run it."""
    examination = examined(REFERENCES[name].document())
    with FlopCounterMode(display=False) as counter:
        compare(examination)
    assert examination.analysis.totals.macs == counter.get_total_flops() / 2


SIZES: Final = {
    "lenet-5": [[1, 1, 28, 28], [4, 1, 32, 32]],
    "alexnet": [[1, 3, 32, 32], [1, 3, 63, 63], [2, 3, 256, 128], [1, 1, 224, 224]],
    "vgg-16": [[1, 3, 16, 16], [1, 3, 32, 32]],
    "resnet-18": [[1, 3, 1, 1], [2, 3, 33, 65], [3, 224, 224]],
    "densenet-121": [[1, 3, 28, 28], [1, 3, 32, 32]],
    "googlenet": [[1, 3, 15, 15], [1, 3, 64, 64]],
    "inception-v3": [[1, 3, 74, 74], [1, 3, 75, 75], [1, 3, 224, 224]],
    "squeezenet-1.0": [[1, 3, 13, 13], [1, 3, 100, 100]],
    "mobilenet-v2": [[1, 3, 7, 7], [1, 4, 64, 64]],
    "convnext-tiny": [[1, 3, 31, 31], [1, 3, 32, 32]],
    "vit-b-16": [[1, 3, 240, 240], [2, 3, 224, 224], [1, 3, 225, 239]],
    "swin-t": [[1, 3, 240, 240], [2, 3, 224, 224], [1, 3, 224, 448], [1, 3, 449, 448]],
    "u-net": [[1, 1, 256, 256], [1, 1, 188, 188]],
    "dcgan-generator": [[1, 100, 2, 2], [1, 64, 1, 1], [100, 1, 1]],
    "lstm-language-model": [[3, 7], [5]],
    "gpt-2": [[1, 64], [2, 128]],
}


@pytest.mark.parametrize(("name", "shape"), [(name, shape) for name, shapes in SIZES.items() for shape in shapes])
def test_at_another_size_we_and_pytorch_agree(name: str, shape: list[int]) -> None:
    document = REFERENCES[name].document()
    given = document["input"]
    document["input"] = {**given, "shape": shape} if isinstance(given, dict) else shape
    examination = examined(document)
    if examination.valid:
        compare(examination)
        return
    analysis = examination.analysis
    first = next(reading.node.name for reading in analysis.readings if reading.outcome.faults)
    at, values = "", [*[None] * len(analysis.readings), *random_inputs(analysis)]
    model = built(analysis)
    with torch.no_grad(), suppress(RuntimeError, ValueError, IndexError):
        for index in analysis.graph.order:
            at = analysis.readings[index].node.name
            values[index] = model.run(index, values)
        at = "nowhere"
    assert at == first


def built(analysis: Any) -> DocumentModel:
    """The model, with nothing but zeros in its buffers, which are indices of anything."""
    model = DocumentModel(analysis).eval()
    for name, buffer in model.named_buffers():
        if not name.endswith(("running_mean", "running_var")):
            buffer.zero_()
    return model


def random_inputs(analysis: Any) -> list[Any]:
    return [
        torch.zeros(tensor.shape, dtype=torch.int64) if tensor.dtype == "int64" else torch.randn(tensor.shape)
        for _, tensor in reversed(analysis.graph.inputs)
    ]


def compare(examination: Any) -> None:
    """Builds the model, runs it without numbers, and holds everything against the analysis."""
    analysis = examination.analysis
    with torch.device("meta"), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = built(analysis)
        values = model(*reversed(random_inputs(analysis)))
    assert analysis.totals.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert analysis.totals.buffers == sum(buffer.numel() for buffer in model.buffers())
    for reading, value in zip(analysis.readings, values, strict=True):
        expected = reading.outcome.output
        if isinstance(expected, Tensor):
            assert tuple(value.shape) == expected.shape, reading.node.name
            assert str(value.dtype) == f"torch.{expected.dtype}", reading.node.name


@pytest.mark.parametrize("name", REFERENCES)
def test_documents_are_made_anew(name: str) -> None:
    before = json.dumps(REFERENCES[name].document())
    document = REFERENCES[name].document()
    document["layers"].clear()
    for inputs in (document, document.get("inputs", {})):
        inputs.update(dict.fromkeys(inputs))
    assert json.dumps(REFERENCES[name].document()) == before
