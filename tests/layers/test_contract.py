"""The catalogue's contract with PyTorch, over every entry and every one of its examples."""

import inspect
from itertools import product
from typing import Any

import pytest
import torch

from service.layers.applying import apply
from service.layers.base import COMMON_KEYS, Example, Layer, inferable, summary, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.layers.structure import Structure
from tests.oracle.macs import WITHOUT_A_RULE, counted
from tests.oracle.run import disagreement

APPLIED = [name for name, entry in CATALOGUE.items() if not issubclass(entry, Structure)]  # others are unrolled
MODULES = [name for name, entry in CATALOGUE.items() if not issubclass(entry, Operation | Structure)]
RECURRENT = {"RNN", "LSTM", "GRU"}


def layer_of(entry: type[Layer], given: Example) -> Layer:
    return entry.model_validate({"type": type_name(entry), **given.arguments})


@pytest.mark.parametrize("name", MODULES)
def test_arguments_and_defaults_are_pytorchs(name: str) -> None:
    entry = CATALOGUE[name]
    constructor = torch.nn.RNNBase if name in RECURRENT else getattr(torch.nn, entry.torch_class())
    theirs: dict[str, Any] = {
        parameter.name: getattr(parameter.default, "__name__", parameter.default)
        for parameter in list(inspect.signature(constructor.__init__).parameters.values())[1:]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and not parameter.name.startswith("_")  # not for users: Embedding(_weight=…)
    }
    ours = {
        field: value.default if not value.is_required() else inspect.Parameter.empty.__name__
        for field, value in entry.model_fields.items()
        if field not in COMMON_KEYS | entry.forward_arguments
    }
    if name in RECURRENT:
        theirs.pop("mode")
        if name == "RNN":
            theirs["nonlinearity"] = "tanh"
        if name != "LSTM":
            theirs.pop("proj_size")
    for field in inferable(entry):
        ours[field] = theirs.get(field, "not theirs")
    if name.startswith("Lazy"):
        ours = {field: value for field, value in ours.items() if field not in inferable(entry)}
    assert ours == {field: value for field, value in theirs.items() if field in ours or value is not None}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_says_what_it_is(name: str) -> None:
    entry = CATALOGUE[name]
    assert summary(entry).endswith("."), "a summary is one sentence"
    assert entry.examples, "an entry has an example"
    undescribed = [field for field, value in entry.model_fields.items() if not value.description and field != "type"]
    assert not undescribed, "every argument is described"


@pytest.mark.parametrize("name", APPLIED)
def test_shapes_and_weights_are_pytorchs(name: str) -> None:
    for given, training in product(CATALOGUE[name].examples, (False, True)):
        layer = layer_of(CATALOGUE[name], given)
        assert not apply(layer, given.inputs, given.keywords, training).faults, f"an example is sound: {given}"
        assert disagreement(layer, given.inputs, given.keywords, training) is None, given


@pytest.mark.parametrize("name", [name for name in APPLIED if name not in WITHOUT_A_RULE])
def test_macs_are_half_of_the_flop_counter(name: str) -> None:
    for given in CATALOGUE[name].examples:
        layer = layer_of(CATALOGUE[name], given)
        outcome = apply(layer, given.inputs, given.keywords, False)
        assert outcome.macs == counted(layer, outcome, given.inputs, given.keywords, False), given
