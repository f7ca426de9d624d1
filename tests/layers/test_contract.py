"""The catalogue's contract with PyTorch, over every entry and every one of its examples."""

import inspect
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from service.core.dtypes import FLOATING
from service.core.sizes import is_known
from service.core.tensors import Tensor, tensors_in
from service.layers.base import COMMON_KEYS, Example, Layer, apply, inferable, summary, type_name
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.layers.structure import Structure
from service.verification.modules import function_of, module_of, real
from tests.oracle.run import disagreement, made

EXAMPLES = [
    pytest.param(entry, given, id=f"{name}-{index}")
    for name, entry in CATALOGUE.items()
    if not issubclass(entry, Structure)  # unrolled by the architecture, never applied
    for index, given in enumerate(entry.examples)
]
MODULES = [name for name, entry in CATALOGUE.items() if not issubclass(entry, Operation | Structure)]
WITHOUT_A_RULE = {"Bilinear", "bilinear", "addbmm", "grouped_mm"}
"""What the counter passes over though it multiplies matrices."""
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


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize(("entry", "given"), EXAMPLES)
def test_shapes_and_weights_are_pytorchs(entry: type[Layer], given: Example, training: bool) -> None:
    layer = layer_of(entry, given)
    assert not apply(layer, given.inputs, given.keywords, training).faults, "an example is sound"
    assert disagreement(layer, given.inputs, given.keywords, training) is None


@pytest.mark.filterwarnings("ignore")  # deprecated arguments are in the catalogue, too
@pytest.mark.parametrize(("entry", "given"), EXAMPLES)
def test_macs_are_half_of_the_flop_counter(entry: type[Layer], given: Example) -> None:
    layer = layer_of(entry, given)
    outcome = apply(layer, given.inputs, given.keywords, False)
    sizes = [size for tensor in tensors_in(outcome.output) if isinstance(tensor, Tensor) for size in tensor.shape]
    # Only values tell a size that shapes do not, istft compares those of its window, and grouped_mm takes less there.
    device = "meta" if all(map(is_known, sizes)) and layer.type not in ("istft", "grouped_mm") else "cpu"
    with torch.device(device), torch.no_grad(), FlopCounterMode(display=False) as counter:
        tensors, named = made(typical, given.inputs, given.keywords)
        if isinstance(layer, Operation):
            arguments, keywords = layer.called_with(*tensors)
            keywords = {name: real(value, name) for name, value in keywords.items()}
            function_of(layer)(*arguments, **keywords, **named)
        else:
            chosen = {name: getattr(layer, name) for name in layer.forward_arguments & layer.model_fields_set}
            module_of(layer, outcome.inferred).eval()(*layer.grouped(tensors), **chosen, **named)
    assert outcome.macs == counter.get_total_flops() / 2 or layer.type in WITHOUT_A_RULE


def typical(value: Any) -> Any:
    if isinstance(value, Tensor):
        make = torch.ones if value.dtype in FLOATING else torch.zeros  # Integers are indices.
        return make(value.shape, dtype=getattr(torch, value.dtype))
    return tuple(typical(part) for part in value)
