"""Mistakes in a layer that is an argument of another are told where they stand, and cured there."""

from typing import Any

import pytest

from tests.diagnosis.architectures import layer
from tests.documents import examined

EACH = {"type": "TransformerEncoderLayer", "d_model": 64, "nhead": 8, "batch_first": True}
NORM = {"type": "LayerNorm", "normalized_shape": 64}


@pytest.mark.parametrize(
    ("shape", "arguments", "pointer", "patch"),
    [
        ([4, 10, 64], {"layer": EACH | {"nhead": 7}}, "/layers/0/layer/nhead", {"/layers/0/layer/nhead": 8}),
        ([4, 10, 64], {"encoder_layer": EACH | {"nhead": 7}}, "/layers/0/encoder_layer/nhead",
         {"/layers/0/encoder_layer/nhead": 8}),
        ([4, 10, 96], {"layer": EACH}, "/layers/0/layer/d_model", {"/layers/0/layer/d_model": 96}),
        ([4, 10, 96], {"layer": EACH, "norm": NORM}, "/layers/0/layer/d_model",
         {"/layers/0/layer/d_model": 96, "/layers/0/norm/normalized_shape": 96}),
        ([4, 10, 64], {"layer": EACH, "norm": NORM | {"normalized_shape": 32}}, "/layers/0/norm/normalized_shape",
         {"/layers/0/norm/normalized_shape": 64}),
        ([4, 10, 64], {"layer": EACH | {"activation": "gleu"}}, "/layers/0/layer/activation",
         {"/layers/0/layer/activation": "gelu"}),
        ([4, 10, 64], {"layer": EACH | {"nhead": 7}, "repeat": 3}, "/layers/0/layer/nhead",
         {"/layers/0/layer/nhead": 8}),
    ],
)  # fmt: skip
def test_mistakes_of_a_nested_layer(
    shape: list[int], arguments: dict[str, Any], pointer: str, patch: dict[str, Any]
) -> None:
    (issue,) = examined({"input": shape, "layers": [layer("TransformerEncoder", num_layers=2, **arguments)]}).issues
    assert issue.pointer == pointer
    cures = [{operation.path: operation.value for operation in fix.patch} for fix in issue.fixes if fix.valid]
    assert patch in cures


def test_the_heads_of_a_decoder() -> None:
    each = {"type": "TransformerDecoderLayer", "d_model": 64, "nhead": 7, "batch_first": True}
    raw = {
        "inputs": {"text": [4, 5, 64], "image": [4, 9, 64]},
        "layers": [layer("TransformerDecoder", layer=each, num_layers=2, inputs=["text", "image"])],
    }
    (issue,) = examined(raw).issues
    assert issue.pointer == "/layers/0/layer/nhead"
    assert issue.fixes[0].valid


def test_an_element_type_is_told_at_the_layer_around() -> None:
    raw = {"input": {"shape": [4, 10, 64], "dtype": "float16"}, "layers": [
        layer("TransformerEncoder", layer=EACH, num_layers=2)]}  # fmt: skip
    (issue,) = examined(raw).issues
    assert (issue.code, issue.pointer) == ("wrong-dtype", "/layers/0")
