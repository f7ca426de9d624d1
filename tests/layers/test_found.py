"""Cases that random ones found, kept: each disagreed with PyTorch before its rule was mended."""

from typing import Any

import pytest
import torch

from service.core.tensors import Tensor, Value
from service.layers.applying import apply
from service.layers.catalogue import CATALOGUE
from tests.oracle.judging import judgement
from tests.oracle.random_cases import Case
from tests.oracle.run import sample

OF_A_MATRIX = ("det", "logdet", "slogdet", "matrix_exp", "linalg_cholesky", "linalg_eigh", "linalg_eigvalsh",
               "linalg_inv", "linalg_qr", "linalg_svd", "linalg_svdvals")  # fmt: skip

EXPANDED = Tensor((16,), "float32", (0,))
PER_CHANNEL = Tensor((16,))

FOUND: tuple[tuple[str, dict[str, Any], tuple[Value, ...]], ...] = (
    # Behind the pooling come operations element by element, which prefer rows to channels_last where it is both.
    ("LPPool2d", {"norm_type": "-inf", "kernel_size": 2}, (Tensor((4, 9, 2, 2), "float32", (36, 1, 18, 9)),)),
    ("LPPool2d", {"norm_type": 2.0, "kernel_size": 2}, (Tensor((4, 9, 2, 2), "float32", (36, 1, 18, 9)),)),
    ("LPPool2d", {"norm_type": "inf", "kernel_size": 2}, (Tensor((4, 9, 2, 2), "float32", (36, 1, 18, 9)),)),
    # What is written into is copied first, as a whole.
    ("as_strided_scatter", {"size": [4], "stride": [5]}, (Tensor((4, 4), "float32", (0, 1)), Tensor((4,)))),
    # A bound has to be a number of the element type itself, not of the wider one that is computed in.
    ("logit", {"eps": 1e30}, (Tensor((4, 5), "float16"),)),
    # Running statistics are overwritten, so each channel has memory of its own.
    ("instance_norm", {"use_input_stats": True}, (Tensor((4, 16, 8)), PER_CHANNEL, EXPANDED)),
    ("instance_norm", {"use_input_stats": False}, (Tensor((4, 16, 8)), PER_CHANNEL, EXPANDED)),
    ("batch_norm", {"training": True}, (Tensor((4, 16, 8)), EXPANDED, PER_CHANNEL)),
    # Two states are a pair of tensors, not a pair of what holds two tensors in all.
    ("LSTM", {"input_size": 4, "hidden_size": 8}, (Tensor((5, 4)), (Tensor((1, 8)), (Tensor((1, 8)),)))),
    ("LSTM", {"input_size": 4, "hidden_size": 8}, (Tensor((5, 4)), (Tensor((1, 8)), Tensor((1, 8))))),
    # What an einsum summed over is viewed away.
    ("einsum", {"equation": "bqhd,bkhd->bhqk"}, (Tensor((2, 2, 1, 1)), Tensor((2, 2, 1, 1)))),
    # Which processor has kernels for it decides whether the types are compared, so nothing can be said.
    *(
        ("conv1d", {"padding": "same"}, (Tensor((4, 20), kind), Tensor((6, 4, 3), kind), Tensor((6,))))
        for kind in ("float16", "bfloat16")
    ),
    # Vectors of no features are not looked at.
    ("cdist", {"p": "inf"}, (Tensor((8, 5, 0)), Tensor((2, 0), "float16"))),
    # A scalar has no axis along which entries could be picked.
    *(("take_along_dim", {"dim": dim}, (Tensor(()), Tensor((), "int64"))) for dim in (0, 1)),
    # A single value is the most frequent, whatever its type; its exponential is not summed up in any.
    *(("mode", {"dim": dim}, (Tensor(shape, "complex64"),)) for dim, shape in ((0, ()), (1, ()), (0, (3,)))),
    *(("logcumsumexp", {"dim": 0}, (Tensor((), kind),)) for kind in ("int64", "bool", "complex64")),
    # A list of one is no scalar, but to index_copy.
    *(
        (kind, {"dim": 0, **arguments}, (Tensor(whole), Tensor((1,), "int64"), Tensor(slices)))
        for kind, arguments in (("index_add", {}), ("index_copy", {}), ("index_reduce", {"reduce": "amax"}))
        for whole, slices in (((), (1,)), ((3,), ()), ((), ()), ((3,), (1,)))
    ),
    # Numbers that are reduced one by one are real, and so are those that are written first.
    *(
        (
            "index_reduce",
            {"dim": 0, "reduce": how, "include_self": included},
            (Tensor(whole, kind), Tensor((1,), "int64"), Tensor((1, *whole[1:]), kind)),
        )
        for how in ("prod", "mean", "amax")
        for kind in ("bool", "complex64", "int8")
        for whole in ((3,), (3, 2))
        for included in (True, False)
    ),
    # What is empty never gets as far as LAPACK.
    *((kind, {}, (Tensor((0, 3, 3), "float16"),)) for kind in OF_A_MATRIX),
)


@pytest.mark.parametrize(("kind", "arguments", "inputs"), FOUND)
def test_pytorch_agrees(kind: str, arguments: dict[str, Any], inputs: tuple[Value, ...]) -> None:
    layer = CATALOGUE[kind].model_validate({"type": kind, **arguments})
    assert judgement(Case(layer, inputs, {}, training=False)) is None


@pytest.mark.parametrize(("kind", "arguments", "input"), [
    # An integer wraps in a uint8 where the same number with a point overflows.
    *(("Threshold", {"threshold": 0, "value": value}, Tensor((3,), "uint8")) for value in (-1, -1.0, -255, -256)),
    *(("Threshold", {"threshold": value, "value": 0}, Tensor((3,), "uint8")) for value in (-1, -1.0)),
    # Limits that are equal as floats need not be so as integers.
    ("Hardtanh", {"min_val": 2**53, "max_val": 2**53 + 1}, Tensor((3,), "int64")),
    ("Hardtanh", {"min_val": 2.0**53, "max_val": 2.0**53 + 1}, Tensor((3,), "int64")),
    # Integers are not raised to negative integer powers.
    *(("LocalResponseNorm", {"size": 2, "alpha": 1, "beta": -1, "k": 1, key: value}, Tensor((2, 4, 5), "int64"))
      for key, value in (("size", 2), ("alpha", 1.0), ("beta", -1.0), ("beta", 1), ("k", 1.0))),
    # The function keeps powers of integers, of which only some are averaged; the layer hands a float on.
    *((kind, {"norm_type": power, "kernel_size": 2}, Tensor((2, 3, 6), dtype))
      for kind in ("LPPool1d", "lp_pool1d") for power in (2, 2.0, -1) for dtype in ("int32", "int64")),
])  # fmt: skip
def test_numbers_are_taken_as_they_are_given(kind: str, arguments: dict[str, Any], input: Tensor) -> None:
    """With a point or without: the layer is built here without our own reading of its arguments in between."""
    try:
        if kind.islower():
            getattr(torch.nn.functional, kind)(sample(input, integer=1), **arguments)
        else:
            getattr(torch.nn, kind)(**arguments)(sample(input, integer=1))
    except (RuntimeError, AssertionError):
        runs = False
    else:
        runs = True
    layer = CATALOGUE[kind].model_validate({"type": kind, **arguments})
    assert (not apply(layer, (input,), {}, training=False).faults) == runs
