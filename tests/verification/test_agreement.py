"""What PyTorch says through the service: the same as we do, of every kind of document."""

import json
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from service.api.examples import EXAMPLES
from service.core.tensors import Tensor
from service.layers.base import Example
from service.layers.catalogue import CATALOGUE
from service.layers.structure import Structure
from service.reference.shelf import REFERENCES
from service.verification.estimate import need
from service.verification.second_opinion import Opinion, on_cpu
from tests.api.server import running
from tests.documents import Json, examined
from tests.oracle.random_documents import random_document
from tests.verification.asking import asked, disagreement, verify

RANDOM_DOCUMENTS: Final = int(os.environ.get("PLUMBLINE_TEST_CASES", "20")) * 15
PARTS: Final = 8
"""Documents that the catalogue's examples make."""
TOO_LARGE_FOR_TESTS: Final = 2**30
"""Bytes of a model that is verified on meta instead, since tests share their machine."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--verify-seconds", "300", "--verify-waiting", "64") as found:
        yield found


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_examples(address: str, name: str, device: str) -> None:
    options = {"device": device, "backward": device == "cpu" and name != "encoder", "fixes": True}
    answer = asked(address, {**EXAMPLES[name].document, "verify": options})
    found = answer["verification"]
    assert found["device"] == device
    assert found["discrepancies"] == []
    assert all(fix["status"] != "discrepancy" for fix in found["fixes"]), found
    if answer["valid"]:
        assert found["status"] == "verified", found
        for figure in ("parameters", "trainable_parameters", "buffers", "weight_bytes", "activation_bytes", "macs"):
            assert found[figure] == answer["totals"][figure], figure
        assert found["layers_compared"] == len(answer["layers"])
        assert ("latency_ms" in found) == ("peak_bytes" in found) == (device == "cpu")
        assert ("not_checked" in found) == (device == "meta")
    elif device == "cpu" or found["status"] != "unavailable":
        assert found["status"] == "rejected", found
        first = next(issue for issue in answer["issues"] if issue["severity"] == "error")
        assert found["layer"] == first["layer"]
        assert found["error"]


@pytest.mark.parametrize("name", REFERENCES)
def test_the_reference_architectures(address: str, name: str) -> None:
    document = REFERENCES[name].document()
    memory = need(examined(document).analysis, backward=False).memory
    device = "cpu" if memory < TOO_LARGE_FOR_TESTS else "meta"
    answer = asked(address, {**document, "verify": {"device": device}})
    found = answer["verification"]
    assert found["status"] == "verified", found
    assert found["macs"] == answer["totals"]["macs"]
    if device == "cpu":
        # What PyTorch needs inside a layer comes on top, and views take no memory of their own.
        assert 0.5 * memory - 2**25 < found["peak_bytes"] < 2.5 * memory + 2**26, f"{memory} bytes were estimated"


@pytest.mark.parametrize("part", range(PARTS))
def test_the_catalogue(address: str, part: int) -> None:
    entries = [name for name in sorted(CATALOGUE) if not issubclass(CATALOGUE[name], Structure)]
    examples = [(name, each) for name in entries[part::PARTS] for each in CATALOGUE[name].examples if simple(each)][
        :120
    ]
    found: Json = {"of_values": True}
    refused = 0
    while found.get("of_values"):
        document = together(examples)
        found = verify(address, {**document, "verify": True})
        if found.get("of_values"):  # such as a matrix that has no inverse
            del examples[int(found["layer"])]
            refused += 1
    assert found["status"] == "verified", found
    assert found["layers_compared"] == len(examples) > 10 * refused


def simple(given: Example) -> bool:
    """Whether only tensors arrive, of which a document's inputs consist."""
    return all(isinstance(each, Tensor) for each in (*given.inputs, *given.keywords.values()))


def together(examples: list[tuple[str, Example]]) -> Json:
    """A document with every example as a layer of its own, which takes inputs of its own."""
    inputs: dict[str, Json] = {}
    layers: list[Json] = []
    for name, given in examples:
        wires = []
        placed = [("", each) for each in given.inputs]
        for keyword, value in [*placed, *((f"{keyword}=", each) for keyword, each in given.keywords.items())]:
            wires.append(f"{keyword}x{len(inputs)}")
            inputs[f"x{len(inputs)}"] = {"shape": value.shape, "dtype": value.dtype}  # type: ignore[union-attr]
        layers.append({"type": name, **given.arguments, "inputs": wires})
    return {"inputs": inputs, "layers": layers}


def test_random_documents(address: str, seed: int) -> None:
    documents = [random_document(random.Random(f"{seed} {case}")) for case in range(RANDOM_DOCUMENTS)]
    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(asked, address, {**each, "verify": True}) for each in documents]
        for document, each in zip(documents, asking, strict=True):
            assert disagreement(each.result()) is None, f"seed {seed}: {json.dumps(document)}"


CONVOLUTION: Final[Json] = {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}


@pytest.mark.parametrize(
    ("layers", "refused"),
    [
        # A constructor refuses before anything arrives, wherever it stands.
        ([{**CONVOLUTION, "in_channels": 4, "name": "late"}, {**CONVOLUTION, "groups": 3, "name": "early"}], "early"),
        ([{"type": "Linear", "in_features": 5, "out_features": 2, "name": "first"},
          {"type": "MultiheadAttention", "embed_dim": 5, "num_heads": 2, "name": "heads", "inputs": ["first"] * 3}],
         "heads"),
        # Of several mistakes the first.
        ([{**CONVOLUTION, "in_channels": 4, "name": "one"}, {**CONVOLUTION, "in_channels": 5, "name": "two"}], "one"),
        # In a block, and in the copies of one.
        ([{"type": "Sequential", "name": "stem", "layers": [CONVOLUTION, {"type": "BatchNorm2d", "num_features": 9}]}],
         "stem.1"),
        ([{"type": "Sequential", "name": "again", "repeat": 3,
           "layers": [{**CONVOLUTION, "in_channels": 3, "name": "conv"}]}], "again.1.conv"),
        ([{**CONVOLUTION, "name": "conv", "in_channels": 3, "repeat": 2}], "conv.1"),
        # A constructor that lets pass what is wrong whatever arrives, before one that does not.
        ([{"type": "AdaptiveMaxPool2d", "output_size": [1, 1, 1], "name": "pool"},
          {"type": "GRU", "input_size": -2, "hidden_size": 8, "name": "gru", "inputs": ["input"]}], "gru"),
        # What cannot be inferred behind a mistake is not what is refused.
        ([{"type": "MaxPool2d", "kernel_size": 99, "name": "pool"}, {"type": "Flatten"},
          {"type": "Linear", "out_features": 2}], "pool"),
        # Not in the order of the document.
        ([{"type": "add", "name": "sum", "inputs": ["a", "b"]},
          {**CONVOLUTION, "in_channels": 5, "name": "b", "inputs": ["input"]},
          {**CONVOLUTION, "name": "a", "inputs": ["input"]}], "b"),
        # The same weights again, where they do not fit.
        ([{**CONVOLUTION, "name": "conv"}, {"type": "reuse", "layer": "conv", "name": "twice"}], "twice"),
    ],
)  # fmt: skip
def test_pytorch_refuses_the_layer_that_we_name(address: str, layers: Any, refused: str) -> None:
    answer = asked(address, {"input": [2, 3, 16, 16], "layers": layers, "verify": True})
    assert answer["valid"] is False
    found = answer["verification"]
    assert found["status"] == "rejected", found
    assert found["layer"] == refused, found
    assert found["discrepancies"] == []
    assert any(issue["layer"] == refused for issue in answer["issues"])


def test_pytorch_refuses_an_output_that_is_not_there(address: str) -> None:
    document = {"input": [5, 2, 3], "layers": [{"type": "LSTM", "hidden_size": 4, "name": "a"}], "verify": True}
    answer = asked(address, {**document, "outputs": ["a[0]", "a[1][2]"]})
    found = answer["verification"]
    assert (answer["valid"], found["status"], found["layer"]) == (False, "rejected", None), found
    assert answer["issues"][0]["layer"] is None
    assert found["discrepancies"] == []


@pytest.mark.parametrize("name", ["weight", "größe", "append", "class", "a b", "_hidden"])
@pytest.mark.parametrize("mode", ["eval", "train"])
def test_layers_may_be_called_what_pytorch_lets_them(address: str, name: str, mode: str) -> None:
    layers = [
        {"type": "Sequential", "name": "block", "layers": [{"type": "Linear", "out_features": 3, "name": name}]},
        {"type": "Linear", "out_features": 3, "name": name},
        {"type": "parameter", "shape": [3], "name": f"{name}_"},
        {"type": "add", "inputs": [name, f"{name}_"]},
    ]
    found = verify(address, {"input": [2, 3], "layers": layers, "mode": mode, "verify": {"backward": True}})
    assert found["status"] == "verified", found


def test_layers_take_the_path_that_they_take_in_a_notebook(address: str) -> None:
    """The fast path of a CPU returns what is empty before it looks at anything else; ``meta`` has no such path."""
    layers = [
        {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "batch_first": True, "name": "layer",
         "inputs": ["none", "src_key_padding_mask=mask"]},
    ]  # fmt: skip
    document = {"inputs": {"none": [1, 7, 0], "mask": [4, 16, 24]}, "layers": layers}
    cpu = verify(address, {**document, "verify": True})
    meta = verify(address, {**document, "verify": {"device": "meta"}})
    assert (cpu["status"], meta["status"], meta["discrepancies"]) == ("verified", "unavailable", [])


@pytest.mark.parametrize(
    ("shape", "layer"),
    [([2, 0], {"type": "roll", "shifts": 1, "dims": [6]}),
     ([16, 1, 4, 0], {"type": "PixelUnshuffle", "downscale_factor": 4})],
)  # fmt: skip
def test_what_is_empty_goes_another_way_on_a_cpu(address: str, shape: list[int], layer: Json) -> None:
    document = {"input": shape, "layers": [layer]}
    cpu = verify(address, {**document, "verify": True})
    meta = verify(address, {**document, "verify": {"device": "meta"}})
    assert (cpu["status"], meta["status"], meta["discrepancies"]) == ("verified", "unavailable", [])


@pytest.mark.parametrize(
    "layer",
    [{"type": "scaled_dot_product_attention", "is_causal": True, "inputs": ["input"] * 4},
     {"type": "nanmean", "dim": []},
     {"type": "arange", "start": 2, "end": 7, "step": 0.5, "dtype": "int32"}],
)  # fmt: skip
def test_what_meta_alone_refuses_or_returns(address: str, layer: Json) -> None:
    """That is no discrepancy, also before a mistake, which a CPU would come to."""
    document = {"input": [1, 2, 3, 3], "layers": [layer]}
    cpu, meta = (verify(address, {**document, "verify": {"device": device}}) for device in ("cpu", "meta"))
    assert (cpu["status"], meta["status"], meta["discrepancies"]) == ("verified", "unavailable", [])
    wrong = {"type": "Linear", "in_features": 9, "out_features": 4, "inputs": ["input"]}
    broken = verify(address, {**document, "layers": [layer, wrong], "verify": {"device": "meta"}})
    assert (broken["status"] in ("unavailable", "rejected"), broken["discrepancies"]) == (True, [])


def test_what_meta_lets_pass_and_refuses_behind_that(address: str) -> None:
    """Also before a layer whose arguments are wrong whatever arrives, which its constructor lets pass."""
    layers = [
        {"type": "softplus", "inputs": ["input"], "name": "plus"},
        {"type": "AdaptiveMaxPool2d", "output_size": [1, 1], "inputs": ["input"], "name": "pool"},
        {"type": "MaxPool2d", "kernel_size": 16, "padding": 16, "inputs": ["input"], "name": "padded"},
    ]
    document = {"input": {"shape": [3, 3], "dtype": "complex64"}, "layers": layers}
    found = verify(address, {**document, "verify": {"device": "meta"}})
    assert (found["status"], found["layer"], found["discrepancies"]) == ("rejected", "pool", [])


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ({"type": "Linear", "in_features": 9, "out_features": 4}, Opinion(runs=False, output=None)),
        ({"type": "Linear", "out_features": 4}, Opinion(runs=True, output=[[2, 4], "float32"])),
        ({"type": "linear", "inputs": ["input", "weight=head.weight"]}, Opinion(runs=True, output=[[2, 3], "float32"])),
        ({"type": "reuse", "layer": "head"}, Opinion(runs=True, output=[[2, 3], "float32"])),
        ({"type": "Linear", "out_features": 10**8}, None),
    ],
)
def test_a_second_opinion_is_of_one_layer_with_what_arrives_there(layer: Json, says: Opinion | None) -> None:
    head = {"type": "Linear", "name": "head", "out_features": 3}
    examination = examined({"input": [2, 8], "layers": [head, {"inputs": ["input"], **layer}]})
    assert on_cpu(examination.analysis, 1, training=False) == says


def test_what_values_alone_decide(address: str) -> None:
    layers = [
        {"type": "arange", "end": 10, "inputs": [], "name": "positions"},
        {"type": "mul", "other": 2, "inputs": ["positions"], "name": "indices"},
        {"type": "Embedding", "num_embeddings": 5, "embedding_dim": 4, "inputs": ["indices"], "name": "table"},
    ]
    found = verify(address, {"input": [1], "layers": layers, "verify": True})
    assert (found["status"], found["of_values"], found["layer"]) == ("rejected", True, "table")
    assert found["discrepancies"] == []


@pytest.mark.parametrize("first", [0, 1])
def test_where_bags_begin_is_for_values_to_tell(address: str, first: int) -> None:
    """The first one at the first index, the last one not behind the last."""
    layers = [
        {"type": "arange", "start": first, "end": first + 5, "name": "offsets", "inputs": []},
        {"type": "zeros", "size": [3], "dtype": "int64", "name": "indices", "inputs": []},
        {"type": "EmbeddingBag", "num_embeddings": 3, "embedding_dim": 2, "include_last_offset": True,
         "inputs": ["indices", "offsets"], "name": "bags"},
    ]  # fmt: skip
    found = verify(address, {"input": [1], "layers": layers, "verify": True})
    assert (found["status"], found["of_values"], found["layer"]) == ("rejected", True, "bags")


@pytest.mark.parametrize(
    "refused",
    [
        [{"type": "view", "shape": [7, -1]}],
        [{"type": "add", "inputs": ["found", "other"]}],
        [{"type": "Linear", "name": "fc", "out_features": 3, "inputs": ["found"]},
         {"type": "cat", "inputs": ["found", "found"]}, {"type": "reuse", "layer": "fc"}],
    ],
)  # fmt: skip
def test_a_size_that_only_values_tell_may_not_fit(address: str, refused: list[Json]) -> None:
    """No shape tells that, so that it is no discrepancy; what has nothing to do with such a size is one."""
    layers = [
        {"type": "ge", "other": 0.0, "inputs": ["input"]},
        {"type": "masked_select", "name": "found", "inputs": ["input", "0"]},
        *refused,
    ]
    inputs = {"input": [3, 4], "other": [5]}
    answer = asked(address, {"inputs": inputs, "layers": layers, "verify": True})
    found = answer["verification"]
    assert (answer["valid"], found["status"], found.get("of_values")) == (True, "rejected", True), found
    assert (found["layer"], found["discrepancies"]) == (answer["layers"][-1]["name"], [])


def test_sizes_that_only_values_tell(address: str) -> None:
    layers = [
        {"type": "nonzero"},
        {"type": "to", "dtype": "float32"},
        {"type": "transpose", "dim0": 0, "dim1": 1},
        {"type": "Linear", "out_features": 4, "name": "fc"},
    ]
    found = verify(address, {"input": [3, 4], "layers": layers, "verify": {"seed": 1}})
    assert found["status"] == "verified", found
    assert found["output_shapes"] == [[2, 4]]


@pytest.mark.parametrize(
    "layers",
    [[{"type": "nonzero"}, {"type": "LogSoftmax", "dim": 1, "name": "refused"}],
     [{"type": "nonzero"}, {"type": "floor_divide", "other": 0, "name": "refused"}],
     # Words that might be taken for those of memory that is lacking.
     [{"type": "ConvTranspose1d", "out_channels": 0, "kernel_size": 3, "name": "refused"}]],
)  # fmt: skip
def test_what_is_refused(address: str, layers: list[Json]) -> None:
    """Also where how much arrives is known to values alone."""
    found = verify(address, {"input": [2, 3, 4], "layers": layers, "verify": True})
    assert (found["status"], found["layer"], found["discrepancies"]) == ("rejected", "refused", [])


@pytest.mark.parametrize(
    ("layer", "takes", "words"),
    [({"type": "Linear", "out_features": 4}, ["pair"], "must be Tensor, not"),
     ({"type": "Linear", "out_features": 4}, ["number"], "at least 1D"),
     ({"type": "GroupNorm", "num_groups": 3}, ["pair"], "torch.return_types.max"),
     ({"type": "MultiheadAttention", "num_heads": 3}, ["number"] * 3, "received 0-D"),
     ({"type": "Conv1d", "out_channels": 4, "kernel_size": 1, "groups": 2}, ["number", "number"], "2 positional")],
)  # fmt: skip
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_pytorch_is_asked_where_nothing_tells_an_argument(
    address: str, layer: Json, takes: list[str], words: str, device: str
) -> None:
    before = [
        {"type": "max", "dim": 0, "name": "pair", "inputs": ["input"]},
        {"type": "sum", "name": "number", "inputs": ["input"]},
    ]
    layers = [*before, {**layer, "name": "refused", "inputs": takes}]
    found = verify(address, {"input": [2, 3], "layers": layers, "verify": {"device": device}})
    assert (found["status"], found["layer"]) == ("rejected", "refused"), found
    assert words in found["error"]


def test_meta_lets_a_mistake_pass_and_refuses_the_next(address: str) -> None:
    """It does not look at the channels of transposed convolutions."""
    layers = [
        {"type": "ConvTranspose2d", "in_channels": 128, "out_channels": 64, "kernel_size": 4},
        {"type": "BatchNorm2d", "num_features": 256},
    ]
    found = verify(address, {"input": [1, 100, 1, 1], "layers": layers, "verify": {"device": "meta"}})
    assert (found["status"], found["layer"], found["discrepancies"]) == ("rejected", "1", [])
