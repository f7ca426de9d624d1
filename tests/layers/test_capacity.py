"""Tensors of more bytes than 64 bits count: refused where PyTorch refuses them, which is not for want of memory."""

import json
import random
import re

import pytest
import torch

from service.architecture.problems import UnreadableDocument
from service.core.dtypes import DType
from service.core.tensors import Tensor, is_countable
from service.diagnosis.examination import examine
from service.layers.applying import apply
from service.layers.base import Layer
from service.layers.catalogue import CATALOGUE
from tests.oracle.run import run_real

SIZES = (0, 1, 2, 3, 4, 2**20, 2**31, 2**32 - 1, 2**61, 2**62, 2**63 - 1)
DTYPES: tuple[DType, ...] = ("uint8", "float16", "float32", "complex128")
TOO_MUCH_MEMORY = re.compile("not enough memory|can't allocate memory")


def test_what_can_be_counted_is_what_pytorch_counts(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(1000):
        shape = tuple(rng.choice(SIZES) for _ in range(rng.randrange(5)))
        dtype = rng.choice(DTYPES)
        try:
            torch.empty(shape, dtype=getattr(torch, dtype), device="meta")
            counted = True
        except RuntimeError:
            counted = False
        assert is_countable(Tensor(shape, dtype)) is counted, f"seed {seed}: {shape} of {dtype}"


def layer_of(type: str, **arguments: object) -> Layer:
    return CATALOGUE[type].model_validate({"type": type, **arguments})


@pytest.mark.parametrize("weight", [(2**30, 2**31 - 1), (2**30, 2**31), (2**40, 2**40), (2**62, 1)])
def test_weights(weight: tuple[int, int]) -> None:
    rows, columns = weight
    linear = layer_of("Linear", in_features=columns, out_features=rows, bias=False)
    try:
        torch.nn.Linear(columns, rows, bias=False, device="meta")
        refused = False
    except RuntimeError:
        refused = True
    assert bool(apply(linear, (Tensor((0, columns)),), {}, False).faults) is refused


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [
        (layer_of("ConstantPad1d", padding=[2**61, 2**61], value=0), (Tensor((1, 2, 2)),)),
        (layer_of("ConstantPad2d", padding=[2**40, 0, 2**40, 0], value=0), (Tensor((1, 1, 2, 2)),)),
        (layer_of("expand", size=[2**62, 4]), (Tensor((1,)),)),
        (layer_of("expand", size=[2**62]), (Tensor((1,)),)),
        (layer_of("repeat", repeats=[2**62]), (Tensor((3,)),)),
        (layer_of("zeros", size=[2**62, 4]), ()),
        (layer_of("zeros", size=[2**40]), ()),
        (layer_of("arange", end=2**62), ()),
        (layer_of("Upsample", scale_factor=[2.0**30, 2.0**30]), (Tensor((1, 1, 4, 4)),)),
        (layer_of("one_hot", num_classes=2**61), (Tensor((), "int64"),)),
    ],
    ids=lambda given: given.type if isinstance(given, Layer) else str(*given),
)
def test_results(layer: Layer, inputs: tuple[Tensor, ...]) -> None:
    error = run_real(layer, inputs, {}, training=False).error
    refused = error is not None and not TOO_MUCH_MEMORY.search(error)
    assert bool(apply(layer, inputs, {}, False).faults) is refused, error


def test_it_is_told_where_it_comes_up_and_nowhere_behind() -> None:
    layers = [
        {"type": "expand", "size": [2**31, 2**31]},
        {"type": "add", "other": 1},
        {"type": "ReLU"},
        {"type": "sum"},
    ]
    examination = examine(json.dumps({"input": [1], "layers": layers}).encode())
    assert [(issue.code, issue.pointer) for issue in examination.issues] == [("too-large", "/layers/1")]


def test_an_input_that_cannot_be() -> None:
    with pytest.raises(UnreadableDocument, match="more bytes than 64 bits"):
        examine(json.dumps({"inputs": {"x": [2**62, 2]}, "layers": [{"type": "ReLU"}]}).encode())
