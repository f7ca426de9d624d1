"""Names, nesting, repeats and reuse: what a reference means, and what weights are called."""

import subprocess
import sys

import pytest
import torch

from service.architecture.problems import UnreadableDocument
from tests.documents import Json, answered, examined, layer


def linear(name: str | None = None, size: int = 8, **more: object) -> Json:
    return {"type": "Linear", "in_features": size, "out_features": size, **({"name": name} if name else {}), **more}


def names(answer: Json) -> list[str]:
    return [entry["name"] for entry in answer["layers"]]


def refused(document: Json) -> tuple[str, str]:
    with pytest.raises(UnreadableDocument) as caught:
        examined(document)
    return caught.value.faults[0].code, caught.value.faults[0].pointer


def test_a_layer_without_a_name_is_called_by_its_index() -> None:
    answer = answered({"input": [1, 8], "layers": [linear(), {"type": "ReLU"}, linear("out")]})
    assert names(answer) == ["0", "1", "out"]


def test_nesting_names_as_the_state_dict_does() -> None:
    block = {"type": "Sequential", "name": "block", "layers": [linear("first"), linear()]}
    assert names(answered({"input": [1, 8], "layers": [block, linear("head")]})) == ["block.first", "block.1", "head"]


def test_repeat_numbers_the_copies_and_owns_weights_in_each() -> None:
    block = {"type": "Sequential", "name": "block", "repeat": 3, "layers": [linear("fc"), {"type": "ReLU"}]}
    answer = answered({"input": [1, 8], "layers": [block, linear("fc", repeat=2)]})
    assert names(answer) == [
        "block.0.fc", "block.0.1", "block.1.fc", "block.1.1", "block.2.fc", "block.2.1", "fc.0", "fc.1"
    ]  # fmt: skip
    assert answer["totals"]["parameters"] == 5 * 72


def test_names_inside_are_local_first_and_input_is_what_the_block_receives() -> None:
    block = {
        "type": "Sequential", "name": "block", "layers": [
            linear("fc"), {"type": "add", "name": "sum", "inputs": ["fc", "input"]},
            {"type": "add", "inputs": ["sum", "outer"]},
        ],
    }  # fmt: skip
    answer = answered({"input": [1, 8], "layers": [linear("outer"), linear("fc"), block]})
    assert answer["valid"]
    outside = {"type": "add", "inputs": ["block.fc", "block"]}
    assert answered({"input": [1, 8], "layers": [linear("outer"), block, outside]})["valid"]


def test_a_dot_before_a_name_leads_to_the_list_of_the_model() -> None:
    inner = {
        "type": "Sequential", "layers": [
            linear("0"), {"type": "ReLU"}, {"type": "reuse", "layer": ".0.fc"},
            {"type": "linear", "inputs": [".input", ".0.fc.weight"]}, {"type": "add", "inputs": ["3", ".0"]},
        ],
    }  # fmt: skip
    block = {"type": "Sequential", "layers": [linear("fc")]}
    answer = answered({"input": [1, 8], "layers": [block, {"type": "Sequential", "repeat": 3, "layers": [inner]}]})
    assert answer["totals"]["parameters"] == 4 * 72
    shares = [layer["shares"] for layer in answer["layers"] if layer.get("shares")]
    assert shares == ["0.fc"] * 3
    assert answer["outputs"][0]["shape"] == [1, 8]
    local = {**block, "layers": [linear("a"), {"type": "ReLU", "inputs": [".a"]}]}
    assert refused({"input": [1, 8], "layers": [local]}) == ("unknown-name", "/layers/0/layers/1/inputs/0")


def test_a_repeated_block_with_two_inputs_keeps_the_second() -> None:
    block = {
        "type": "Sequential", "name": "block", "repeat": 4, "inputs": ["input", "memory"],
        "layers": [{"type": "add", "inputs": ["input[0]", "input[1]"]}],
    }  # fmt: skip
    assert answered({"input": [1, 8], "layers": [linear("memory"), block]})["valid"]


def test_a_layer_may_be_called_input_within_a_block() -> None:
    """There the name means what the block receives; from outside it leads to the layer."""
    inner = [linear("input"), {"type": "add", "name": "sum", "inputs": ["input", "block.input"]}]
    block = {"type": "Sequential", "name": "block", "layers": [*inner, linear("fc")]}
    outside = {"type": "linear", "inputs": ["block", "block.input.weight"]}
    document = {"input": [1, 8], "layers": [block, outside, {"type": "reuse", "layer": "block.input"}]}
    answer = answered(document)
    assert answer["valid"], answer["issues"]
    assert names(answer) == ["block.input", "block.sum", "block.fc", "1", "2"]
    assert answer["totals"]["parameters"] == 2 * 72
    twice = {**block, "layers": [*inner, linear("input")]}
    assert refused({"input": [1, 8], "layers": [twice]}) == ("duplicate-name", "/layers/0/layers/2/name")


def test_a_block_that_is_being_read_has_a_name_already() -> None:
    """What stands in it can be applied again from within, also by the block's own copies; the block itself can't."""
    inner = {"type": "Sequential", "name": "inner", "layers": [{"type": "reuse", "layer": "blocks.0.input"}]}
    block = {"type": "Sequential", "name": "blocks", "repeat": 3, "layers": [linear("input"), inner]}
    answer = answered({"input": [1, 8], "layers": [block]})
    assert [layer["shares"] for layer in answer["layers"][1::2]] == ["blocks.0.input"] * 3
    assert answer["totals"]["parameters"] == 3 * 72
    for name in ("blocks", "blocks.0", "blocks.0.inner", "blocks.1.input", "blocks.input"):
        itself = {**inner, "layers": [{"type": "reuse", "layer": name}]}
        document = {"input": [1, 8], "layers": [{**block, "layers": [linear("input"), itself]}]}
        assert refused(document) == ("unknown-name", "/layers/0/layers/1/layers/0/layer"), name


def test_a_layer_may_stand_before_what_it_takes() -> None:
    document = {
        "input": [1, 8],
        "outputs": ["late"],
        "layers": [linear("late", inputs=["early"]), linear("early", inputs=["input"])],
    }
    assert answered(document)["valid"]


def test_reuse_shares_weights_and_counts_work_twice() -> None:
    document = {
        "input": [1, 8],
        "layers": [linear("fc"), {"type": "ReLU"}, {"type": "reuse", "name": "again", "layer": "fc"}],
    }
    answer = answered(document)
    assert answer["totals"]["parameters"] == 72
    assert answer["totals"]["macs"] == 128
    assert layer(answer, "again")["shares"] == "fc"
    assert layer(answer, "again")["parameters"] == 0


def test_reuse_of_a_block() -> None:
    encoder = {
        "type": "Sequential",
        "name": "encoder",
        "inputs": ["left"],
        "layers": [linear("a"), {"type": "ReLU"}, linear("b")],
    }
    twice = {"type": "reuse", "name": "twin", "layer": "encoder", "inputs": ["right"]}
    both = {"type": "sub", "inputs": ["encoder", "twin"]}
    answer = answered({"inputs": {"left": [1, 8], "right": [1, 8]}, "layers": [encoder, twice, both]})
    assert answer["valid"]
    assert answer["totals"]["parameters"] == 144
    assert answer["totals"]["macs"] == 256
    assert layer(answer, "twin.b")["shares"] == "encoder.b"


def test_a_tuple_is_indexed_as_python_would() -> None:
    lstm = {"type": "LSTM", "name": "lstm", "input_size": 8, "hidden_size": 4, "batch_first": True}
    document = {"input": [2, 5, 8], "outputs": ["lstm[0]", "lstm[1][0]", "lstm[1][1][0]"], "layers": [lstm]}
    assert [output["shape"] for output in answered(document)["outputs"]] == [[2, 5, 4], [1, 2, 4], [2, 4]]


def test_weights_can_be_referred_to() -> None:
    document = {
        "input": {"shape": [2, 5], "dtype": "int64"},
        "layers": [
            {"type": "Embedding", "name": "wte", "num_embeddings": 100, "embedding_dim": 8},
            {"type": "linear", "name": "head", "inputs": ["wte", "wte.weight"]},
        ],
    }
    answer = answered(document)
    assert answer["outputs"][0]["shape"] == [2, 5, 100]
    assert answer["totals"]["parameters"] == 800


def test_a_weight_is_there_before_its_layer_is_applied() -> None:
    """A layer may take what was computed of its own weight, as a codebook takes the nearest of its entries."""
    document = {
        "input": [2, 5, 8],
        "layers": [
            {"type": "linear", "name": "likeness", "inputs": ["input", "codebook.weight"]},
            {"type": "argmax", "dim": -1},
            {"type": "Embedding", "name": "codebook", "num_embeddings": 100, "embedding_dim": 8},
        ],
    }
    answer = answered(document)
    assert answer["valid"], answer["issues"]
    assert layer(answer, "likeness")["output_shape"] == [2, 5, 100]
    assert answer["outputs"][0]["shape"] == [2, 5, 8]


@pytest.mark.parametrize(
    ("layers", "code", "pointer"),
    [
        ([linear(inputs=["nowhere"])], "unknown-name", "/layers/0/inputs/0"),
        ([linear("a"), linear("a")], "duplicate-name", "/layers/1/name"),
        ([linear("1"), linear()], "duplicate-name", "/layers/1"),
        ([linear("input")], "duplicate-name", "/layers/0/name"),
        ([linear("a.b")], "bad-name", "/layers/0/name"),
        ([{"type": "ReLU", "name": ""}], "bad-name", "/layers/0/name"),
        ([linear("a"), {"type": "ReLU", "name": "training"}], "bad-name", "/layers/1/name"),
        ([{"type": "Sequential", "name": "type", "layers": [linear()]}], "bad-name", "/layers/0/name"),
        ([{"type": "Sequential", "layers": [linear("_modules")]}], "bad-name", "/layers/0/layers/0/name"),
        ([{"type": "parameter", "shape": [8], "name": "half"}], "bad-name", "/layers/0/name"),
        ([{"type": "buffer", "shape": [8], "name": "__class__"}], "bad-name", "/layers/0/name"),
        ([linear("a", inputs=["b"]), linear("b", inputs=["a"])], "cycle", "/layers/0"),
        ([linear("a", inputs=["a"])], "cycle", "/layers/0"),
        ([linear(inputs=["input[x]"])], "bad-reference", "/layers/0/inputs/0"),
        ([linear("a"), linear(inputs=["a.wieght"])], "unknown-name", "/layers/1/inputs/0"),
        ([linear("a"), linear(inputs=["a."])], "unknown-name", "/layers/1/inputs/0"),
        ([{"type": "reuse", "layer": "b"}], "unknown-name", "/layers/0/layer"),
        ([{"type": "reuse", "layer": "input"}], "bad-reference", "/layers/0/layer"),
        ([{"type": "ReLU", "repeat": 10**9}], "too-many-layers", "/layers/0"),
        ([{"type": "Sequential", "layers": [], "repeat": 10**9}], "too-many-layers", "/layers/0"),
    ],
)
def test_what_leads_nowhere_is_refused(layers: list[Json], code: str, pointer: str) -> None:
    assert refused({"input": [1, 8], "layers": layers}) == (code, pointer)


@pytest.mark.parametrize(
    ("last", "further"),
    [
        ([], []),
        ([{"type": "reuse", "layer": "nowhere"}], [("unknown-name", "/layers/4/layer")]),
        ([{"type": "ReLU", "repeat": 10**9}], [("too-many-layers", "/layers/4")]),
    ],
)
def test_all_names_that_may_not_be_are_told_at_once(last: list[Json], further: list[tuple[str, str]]) -> None:
    block = {"type": "Sequential", "repeat": 3, "layers": [linear("train"), linear("a=b")]}
    layers = [linear("forward"), linear("a"), linear("a"), block, *last]
    with pytest.raises(UnreadableDocument) as caught:
        examined({"input": [1, 8], "layers": layers})
    assert [(fault.code, fault.pointer) for fault in caught.value.faults] == [
        ("bad-name", "/layers/0/name"), ("duplicate-name", "/layers/2/name"), ("bad-name", "/layers/3/layers/0/name"),
        ("bad-name", "/layers/3/layers/1/name"), *further,
    ]  # fmt: skip


def test_no_part_is_called_what_pytorch_lets_none_be_called() -> None:
    # In a process of its own, as other libraries put theirs there, too.
    code = "import torch; print(*dir(torch.nn.Module()))"
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    for name in (*run.stdout.split(), "weight", "größe", "class", "append", "a b", "1"):
        refusal = None
        try:
            torch.nn.Module().add_module(name, torch.nn.ReLU())
        except KeyError as error:
            refusal = error
        document = {"input": [1, 8], "layers": [{"type": "ReLU", "name": name}]}
        if refusal is None:
            assert examined(document).valid, name
        else:
            assert refused(document) == ("bad-name", "/layers/0/name"), name


def test_what_is_no_part_is_called_anything() -> None:
    layers = [{"type": "to", "dtype": "float64", "name": "type"}, linear("fc"), {"type": "reuse", "layer": "fc",
              "name": "half", "inputs": ["type"]}]  # fmt: skip
    assert {issue.layer for issue in examined({"input": [1, 8], "layers": layers}).issues} <= {"fc", "half"}


def test_did_you_mean() -> None:
    with pytest.raises(UnreadableDocument) as caught:
        examined({"input": [1, 8], "layers": [linear("encoder"), linear(inputs=["encodr"])]})
    assert caught.value.faults[0].did_you_mean == "encoder"


def test_many_empty_blocks_in_a_row() -> None:
    block: Json = {"type": "Sequential", "layers": []}
    assert answered({"input": [1, 8], "layers": [*[block] * 5000, linear()]})["valid"]


def test_blocks_that_lead_forward_without_end_are_refused() -> None:
    layers = [
        {"type": "Sequential", "name": f"b{index}", "inputs": [f"b{index + 1}"], "layers": []} for index in range(3000)
    ]
    last = {"type": "Sequential", "name": "b3000", "layers": [], "inputs": ["input"]}
    assert refused({"input": [1, 8], "layers": [*layers, last]})[0] == "too-deep"
