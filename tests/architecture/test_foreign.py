"""What other frameworks and habits call things leads to what PyTorch calls them."""

import json
from typing import Any

import pytest

from service.architecture.foreign import KEYS, TYPES, meant_key, meant_type
from service.architecture.problems import UnreadableDocument, bare
from service.diagnosis.examination import examine
from service.layers.catalogue import CATALOGUE


def guesses(layer: dict[str, Any], shape: tuple[int, ...] = (1, 3, 32, 32)) -> dict[str, str | None]:
    """What is suggested for a layer that cannot be read, by pointer."""
    with pytest.raises(UnreadableDocument) as caught:
        examine(json.dumps({"input": shape, "layers": [layer]}).encode())
    return {fault.pointer: fault.did_you_mean for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("Dense", "Linear"), ("Activation", "ReLU"), ("Swish", "SiLU"),
        ("keras.layers.BatchNormalization", "BatchNorm2d"), ("GlobalAveragePooling2D", "AdaptiveAvgPool2d"),
        ("GlobalAveragePooling1D", "AdaptiveAvgPool1d"), ("Conv2DTranspose", "ConvTranspose2d"),
        ("AveragePooling3D", "AvgPool3d"), ("DenseLayer", "Linear"), ("torch.nn.Conv2d", "Conv2d"),
        ("nn.Conv3d", "Conv3d"), ("F.conv2d", "conv2d"), ("conv2D", "Conv2d"), ("Relu", "ReLU"),
        ("leakyrelu", "LeakyReLU"), ("lstm", "LSTM"), ("torch.fft.rfft", "rfft"), ("add_", "add"),
        ("Softmx", "Softmax"), ("xyzzy", None),
    ],
)  # fmt: skip
def test_a_foreign_type_is_understood(given: str, meant: str | None) -> None:
    assert meant_type(given) == meant


@pytest.mark.parametrize(
    ("shape", "axes"), [((8, 10), 1), ((8, 3, 50), 1), ((1, 3, 32, 32), 2), ((1, 3, 4, 8, 8), 3), ((), 1)]
)
@pytest.mark.parametrize("family", ["Conv", "MaxPool", "BatchNorm", "ConvTranspose", "InstanceNorm", "GlobalMaxPool"])
def test_a_family_means_the_member_for_what_arrives(family: str, shape: tuple[int, ...], axes: int) -> None:
    meant = "AdaptiveMaxPool" if family == "GlobalMaxPool" else family
    assert guesses({"type": family}, shape) == {"/layers/0/type": f"{meant}{axes}d"}


@pytest.mark.parametrize(
    ("type", "given", "meant"),
    [
        ("Conv2d", "filters", "out_channels"), ("Conv2d", "kernel", "kernel_size"),
        ("Conv2d", "in_channel", "in_channels"), ("Linear", "units", "out_features"),
        ("Linear", "dim_in", "in_features"), ("Linear", "input_size", "in_features"),
        ("LSTM", "units", "hidden_size"), ("LSTM", "n_layers", "num_layers"), ("Dropout", "rate", "p"),
        ("LSTM", "drop", "dropout"), ("softmax", "axis", "dim"), ("permute", "axes", "dims"),
        ("LayerNorm", "epsilon", "eps"), ("Embedding", "vocab_size", "num_embeddings"),
        ("Embedding", "dim", "embedding_dim"), ("MultiheadAttention", "heads", "num_heads"),
        ("TransformerEncoderLayer", "heads", "nhead"), ("Linear", "activation", None),
    ],
)  # fmt: skip
def test_a_foreign_key_is_understood(type: str, given: str, meant: str | None) -> None:
    assert meant_key(given, CATALOGUE[type].model_fields) == meant


@pytest.mark.parametrize(
    ("layer", "meant"),
    [
        ({"type": "linear", "in_features": 3, "out_features": 4}, "Linear"),
        ({"type": "conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3}, "Conv2d"),
        ({"type": "batch_norm", "num_features": 3}, "BatchNorm2d"),
        ({"type": "layer_norm", "elementwise_affine": False}, "LayerNorm"),
        ({"type": "embedding", "num_embeddings": 10, "embedding_dim": "x"}, "Embedding"),
    ],
)
def test_a_function_with_the_keys_of_its_layer_is_that_layer(layer: dict[str, Any], meant: str) -> None:
    assert guesses(layer) == {"/layers/0/type": meant}


def test_what_neither_function_nor_layer_has_is_told_as_well() -> None:
    told = guesses({"type": "linear", "out_features": 4, "bogus": 1})
    assert told == {"/layers/0/type": "Linear", "/layers/0/bogus": None}


def test_an_activation_is_no_key() -> None:
    with pytest.raises(UnreadableDocument, match="a layer of its own"):
        examine(b'{"input": [1, 3], "layers": [{"type": "Linear", "out_features": 2, "activation": "relu"}]}')


def test_the_table_leads_somewhere_and_hides_nothing() -> None:
    names = {bare(name) for name in CATALOGUE}
    assert not names & TYPES.keys(), "a name of ours is not foreign"
    assert {meant.replace("#", axes) for meant in TYPES.values() for axes in "123"} <= CATALOGUE.keys()
    keys = {key for entry in CATALOGUE.values() for key in entry.model_fields}
    assert {key for meant in KEYS.values() for key in meant.split()} <= keys
