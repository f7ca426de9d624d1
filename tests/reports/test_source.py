"""The model as PyTorch source: run, it is the model of the document; whatever it is called, it is nothing else."""

import ast
import json
import random
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

from service.core.sizes import above
from service.diagnosis.examination import Examination
from service.layers.catalogue import CATALOGUE
from service.reference.shelf import REFERENCES
from service.reports.catalogue import example_document
from service.reports.source.program import as_python
from service.verification.model import DocumentModel
from tests.diagnosis.broken import BROKEN
from tests.documents import examined
from tests.oracle.random_documents import random_document
from tests.oracle.run import REFUSALS, sample
from tests.reports.test_formats import DOCUMENTS, HOSTILE

MOST_WORK = 10**9
ENTRIES = {name: example_document(layer) for name, layer in CATALOGUE.items()}
UNDETERMINED = (
    "grouped_mm", "empty", "empty_like", "new_empty", "empty_strided", "max_unpool1d", "max_unpool2d", "max_unpool3d",
    "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
)  # fmt: skip
"""What these return is left to what memory held, or to which of several values comes last."""
SOUND = {
    name: raw for name, raw in {**ENTRIES, **DOCUMENTS}.items()
    if examined(raw).valid and name != "huge" and all(each["type"] not in UNDETERMINED for each in raw["layers"])
}  # fmt: skip
USED = [
    "tuple",
    "sum",
    "print",
    "float",
    "model",
    "output",
    "range",
    "torch",
    "nn",
    "F",
    "self",
    "super",
    "Model",
    "in",
]
CROSSING: dict[str, Any] = {
    "weights within stacks": {"input": [5, 2, 8], "layers": [
        {"type": "TransformerEncoder", "name": "encoder", "num_layers": 2,
         "encoder_layer": {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2,
                           "dim_feedforward": 8, "batch_first": True}},
        {"type": "matmul", "inputs": ["encoder", "encoder.layers.1.linear2.weight"]},
        {"type": "add", "other": 1}]},
    "weights that nothing takes": {"input": [2, 8], "layers": [
        {"type": "parameter", "name": "p", "shape": [8]}, {"type": "buffer", "name": "b", "shape": [8]},
        {"type": "parameter", "name": "p q", "shape": [8]}, {"type": "reuse", "layer": "p", "inputs": []},
        {"type": "Linear", "name": "fc", "out_features": 4, "inputs": ["input"]}]},
    "a block of nothing but what nobody takes": {"input": [2, 8], "layers": [
        {"type": "Sequential", "name": "block", "repeat": 2, "layers": [
            {"type": "parameter", "name": "p", "shape": [8]}]},
        {"type": "Linear", "name": "fc", "out_features": 4, "inputs": ["input"]}]},
    "forward reference": {"input": [2, 8], "layers": [
        {"type": "Linear", "name": "b", "inputs": ["a"], "out_features": 3},
        {"type": "Linear", "name": "a", "inputs": ["input"], "out_features": 4}], "outputs": ["b"]},
    "out of a block and into it": {"input": [2, 8], "layers": [
        {"type": "Linear", "name": "first", "out_features": 8},
        {"type": "Sequential", "name": "block", "layers": [
            {"type": "Linear", "name": "inner", "out_features": 8},
            {"type": "add", "name": "sum", "inputs": ["inner", "first"]},
            {"type": "ReLU"}]},
        {"type": "mul", "inputs": ["block", "block.inner"]}]},
    "a block that only overwrites": {"input": [3], "layers": [
        {"type": "Sequential", "name": "block", "layers": [
            {"type": "LeakyReLU", "inplace": True}, {"type": "Tanh", "inputs": ["input"]}]},
        {"type": "exp", "inputs": ["input"]}], "outputs": ["1"]},
    "applied again": {"input": [2, 8], "layers": [
        {"type": "Sequential", "name": "block", "layers": [
            {"type": "Linear", "name": "shared", "out_features": 8}, {"type": "Tanh"}]},
        {"type": "reuse", "layer": "block"}, {"type": "reuse", "layer": "block.shared"}]},
    "tied": {"input": {"shape": [2, 5], "dtype": "int64"}, "layers": [
        {"type": "Embedding", "name": "wte", "num_embeddings": 11, "embedding_dim": 4},
        {"type": "Sequential", "name": "body", "layers": [{"type": "Linear", "out_features": 4}]},
        {"type": "linear", "inputs": ["body", "wte.weight"]}]},
    "owned": {"input": [2, 8], "layers": [
        {"type": "parameter", "name": "scale", "shape": [8]},
        {"type": "buffer", "name": "shift", "shape": [8]},
        {"type": "parameter", "name": "frozen", "shape": [8], "requires_grad": False},
        {"type": "parameter", "name": "indices", "shape": [8], "requires_grad": False, "dtype": "int64"},
        {"type": "parameter", "name": "data", "shape": [1]},
        {"type": "buffer", "shape": [1], "name": "class"},
        {"type": "mul", "name": "scaled", "inputs": ["input", "scale"]},
        {"type": "add", "name": "shifted", "inputs": ["scaled", "shift"]},
        {"type": "add", "name": "more", "inputs": ["shifted", "data"]},
        {"type": "add", "inputs": ["more", "class"]}]},
    "names that are none of Python's": {"input": [2, 8], "layers": [
        {"type": "Linear", "name": name, "out_features": 8}
        for name in ("größe", "a b", "x", "self", "out", "class", "nn", "torch", "F", "1st", "print")]},
    "names of what Sequential has": {"input": [2, 8], "layers": [
        {"type": "Sequential", "name": "block", "layers": [
            {"type": "Linear", "name": name, "out_features": 8} for name in ("append", "pop", "insert", "__init")]},
        {"type": "Sequential", "name": "other", "layers": [
            {"type": "Linear", "name": "linear", "out_features": 8}, {"type": "ReLU", "name": "extend"}]}]},
    "names that others would be given": {"input": [2, 8], "layers": [
        {"type": "ReLU", "name": "a b"},
        {"type": "Linear", "name": "relu_a_b", "out_features": 8},
        {"type": "parameter", "name": "relu_c_d", "shape": [8]},
        {"type": "ReLU", "name": "c d", "inputs": ["relu_a_b"]},
        {"type": "add", "inputs": ["c d", "relu_c_d"]}]},
    "inputs called as what the source uses": {"inputs": {name: [2, 8] for name in USED}, "layers": [
        {"type": "cat", "dim": 1, "inputs": USED}, {"type": "clamp", "min": -1e30}, {"type": "softmax", "dim": 0}]},
    **{f"called {name}": {"name": name, "input": [2, 8], "layers": [
        {"type": "Sequential", "name": "block", "layers": [
            {"type": "Linear", "name": "a", "out_features": 8}, {"type": "Linear", "name": "b", "out_features": 8}]},
        {"type": "softmax", "dim": 1}]} for name in ("None", "true", "F", "orderedDict", "nn", "Module")},
    "several in and out": {"inputs": {"a": [2, 4], "b": [2, 4]}, "layers": [
        {"type": "Sequential", "name": "mix", "inputs": ["a", "b"], "outputs": ["sum", "product"], "layers": [
            {"type": "add", "name": "sum", "inputs": ["input[0]", "input[1]"]},
            {"type": "mul", "name": "product", "inputs": ["input[0]", "input[1]"]}]},
        {"type": "cat", "dim": 1, "inputs": ["mix[0]", "mix[1]"]}], "outputs": ["mix[1]", "1"]},
}  # fmt: skip


WIDE = {"type": "Linear", "name": "wide", "out_features": 8, "bias": False}
COPIES: dict[str, Any] = {
    "of a chain too long for a line": {"input": [2, 8], "layers": [
        {"type": "Sequential", "name": "block", "repeat": 12, "layers": [
            WIDE, {"type": "LeakyReLU", "name": "activation", "negative_slope": 0.2},
            {"type": "LayerNorm", "name": "norm", "normalized_shape": [8], "eps": 1e-6}]}]},
    "within copies": {"input": [2, 8], "layers": [
        {"type": "Sequential", "name": "outer", "repeat": 3, "layers": [
            {"type": "Sequential", "name": "inner", "repeat": 2, "layers": [
                {**WIDE, "name": "first"}, {"type": "Dropout", "repeat": 2}, {"type": "ReLU"}]}]}]},
    "of a layer that takes what all take": {"inputs": {"module": [2, 5, 8], "memory": [2, 7, 8]}, "layers": [
        {"type": "TransformerDecoderLayer", "name": "decoder", "d_model": 8, "nhead": 2, "batch_first": True,
         "repeat": 6, "inputs": ["module", "memory"]}]},
    "of a block that takes what all take": {"input": [2, 8], "layers": [
        {**WIDE, "name": "stem"}, {**WIDE, "name": "scale", "inputs": ["input"]},
        {"type": "Sequential", "name": "blocks", "repeat": 4, "inputs": ["stem", "scale"], "layers": [
            {**WIDE, "inputs": ["input[0]"]}, {"type": "mul", "inputs": ["wide", "input[1]"]},
            {"type": "add", "inputs": ["1", "input[0]"]}]}]},
    "before something takes what arrived": {"input": [2, 8], "layers": [
        {**WIDE, "name": "stem"}, {**WIDE, "name": "scale", "inputs": ["input"]},
        {"type": "Sequential", "name": "a b", "repeat": 4, "inputs": ["stem", "scale"], "layers": [
            {**WIDE, "inputs": ["input[0]"]}, {"type": "mul", "inputs": ["wide", "input[1]"]}]},
        {"type": "cat", "dim": 1, "inputs": ["a b", "stem", "scale", "input"]}]},
    "of a layer that says how it is called": {"inputs": {"x": [2, 5, 8], "mask": [5, 5]}, "layers": [
        {"type": "TransformerEncoderLayer", "name": "encoder", "d_model": 8, "nhead": 2, "batch_first": True,
         "is_causal": True, "repeat": 3, "inputs": ["x", "src_mask=mask"]}]},
}  # fmt: skip
"""Models of copies of something."""
NO_COPIES: dict[str, Any] = {
    "what one in the middle returns is taken elsewhere": {"input": [2, 8], "layers": [
        {**WIDE, "name": "scale"},
        {"type": "Sequential", "name": "blocks", "repeat": 3, "inputs": ["input", "scale"], "layers": [
            {**WIDE, "inputs": ["input[0]"]}, {"type": "mul", "inputs": ["wide", "input[1]"]}]},
        {"type": "add", "inputs": ["blocks", "blocks.1"]}]},
    "they take it in another order": {"inputs": {"a": [2, 8, 8], "b": [2, 8, 8]}, "layers": [
        {"type": "Sequential", "name": "blocks", "inputs": ["a", "b"], "layers": [
            {"type": "Bilinear", "out_features": 8, "inputs": ["input[0]", "input[1]"]},
            {"type": "Bilinear", "out_features": 8, "inputs": ["input[1]", "0"]}]}]},
    "they take it under another name": {"inputs": {"x": [2, 5, 8], "m": [5, 5]}, "layers": [
        {"type": "Sequential", "name": "blocks", "inputs": ["x", "m"], "layers": [
            {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "inputs": ["input[0]", "src_mask=input[1]"],
             "batch_first": True},
            {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "inputs": ["0"], "batch_first": True},
            {"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 2, "inputs": ["1", "src_mask=input[1]"],
             "batch_first": True}]}]},
    "only some are alike": {"input": [2, 8], "layers": [
        {"type": "Sequential", "name": "blocks", "layers": [WIDE | {"name": str(number), "bias": number == 2}
                                                             for number in range(3)]}]},
}  # fmt: skip
"""Models of what looks like copies."""
CROSSING |= {f"copies {name}": raw for name, raw in COPIES.items()}
CROSSING |= {f"no copies, since {name}": raw for name, raw in NO_COPIES.items()}


UNSOUND: list[Any] = [each.document for each in BROKEN.values()]
UNSOUND += [
    {"inputs": {"a": [2, 8], "b": [2]}, "layers": [{"type": "getitem", "index": index, "inputs": ["a", "b"]}]}
    for index in (":", "1:", "::2", "...", None, 0, [":", "1:3"], [0, None])
]


def built(source: bytes) -> torch.nn.Module:
    """The model that a program defines."""
    space: dict[str, Any] = {"__name__": "program"}
    exec(compile(source, "program", "exec"), space)
    *_, last = (line for line in source.decode().splitlines() if line.startswith("    model = "))
    made: torch.nn.Module = space[last.partition("= ")[2].partition("(")[0]]()
    return made


def compare(examination: Examination) -> None:
    """Holds the program against the model of the document: names and shapes of weights, and what comes out."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        ours, theirs = built(as_python(examination)), DocumentModel(examination.analysis)
        ours.train(examination.document.mode == "train")
        theirs.train(examination.document.mode == "train")
        inputs = [sample(tensor) for _, tensor in examination.analysis.graph.inputs]
        if any("Lazy" in reading.node.layer.type for reading in examination.analysis.readings):
            ours(*inputs), theirs(*inputs)
        weights = {name: weight.shape for name, weight in theirs.state_dict().items()}
        assert {name: weight.shape for name, weight in ours.state_dict().items()} == weights
        assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
        theirs.load_state_dict(ours.state_dict())
        totals = examination.analysis.totals
        if above(totals.macs, MOST_WORK) or above(totals.activation_bytes, MOST_WORK):
            return
        torch.manual_seed(1)
        try:
            expected = DocumentOutputs(theirs)(*map(torch.clone, inputs))
        except REFUSALS:
            return  # by values, which no shape tells
        torch.manual_seed(1)
        assert same(ours(*map(torch.clone, inputs)), expected[0] if len(expected) == 1 else expected)


class DocumentOutputs:
    """What the model of a document returns, rather than what every layer does."""

    def __init__(self, model: DocumentModel) -> None:
        self.model = model

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        values = [*self.model(*inputs), *reversed(inputs)]
        return tuple(self.model.value(output.wire, values) for output in self.model.analysis.graph.outputs)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if not isinstance(one, torch.Tensor):
        return one is other or bool(one == other)
    return one.shape == other.shape and one.dtype == other.dtype and torch.allclose(one, other, equal_nan=True)


@pytest.mark.parametrize("name", [*SOUND, *CROSSING])
def test_the_program_is_the_model(name: str) -> None:
    compare(examined({**SOUND, **CROSSING}[name]))


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_made_in_a_loop(name: str) -> None:
    source = as_python(examined(COPIES[name])).decode()
    assert "for _ in range(" in source
    assert source.count("nn.Linear(8, 8, bias=False)") <= 3
    assert not re.search(r'\b(_modules\["1"\]|2\()', source)


@pytest.mark.parametrize("name", NO_COPIES)
def test_what_is_no_copy_is_not_made_in_a_loop(name: str) -> None:
    assert " for _ in range(" not in as_python(examined(NO_COPIES[name])).decode()


def test_copies_behind_a_first_one_are_made_in_a_loop() -> None:
    source = as_python(examined(REFERENCES["resnet-50"].document())).decode()
    assert "nn.Sequential(Layer3Block(), *[Layer3Block2() for _ in range(5)])" in source
    source = as_python(examined(REFERENCES["tinyllama-1.1b"].document())).decode()
    assert "self.layers = nn.ModuleList([LayersBlock() for _ in range(22)])" in source
    assert "        for module in self.layers:\n            x = module(x, cos, " in source


def test_random_documents(seed: int) -> None:
    torch.set_num_threads(1)
    for case in range(60):
        raw = random_document(random.Random(f"{seed} {case}"))
        examination = examined(raw)
        if examination.valid and not any(map(draws, examination.analysis.readings)):
            compare(examination)


def draws(reading: Any) -> bool:
    """Whether what a layer returns is left to chance or to what memory held."""
    return reading.node.layer.type in UNDETERMINED


@pytest.mark.parametrize("name", CROSSING)
def test_it_runs_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    examination = examined(CROSSING[name])
    exec(compile(as_python(examination), "program", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.splitlines()[-1] == str(examination.analysis.totals.parameters)


def test_it_runs_and_prints_the_shape_and_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(as_python(examined(DOCUMENTS["mended"])), "program", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out == "(1, 10)\n29738\n"


@pytest.mark.parametrize("raw", [*DOCUMENTS.values(), *HOSTILE, *CROSSING.values(), *UNSOUND])
def test_whatever_is_written_is_no_code(raw: Any) -> None:
    tree = ast.parse(as_python(examined(raw)))
    known = {ast.Import, ast.ImportFrom, ast.ClassDef, ast.If}
    assert {type(statement) for statement in tree.body} <= known
    calls = {ast.unparse(node.func).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & {"eval", "exec", "open", "__import__", "getattr", "os"}


def test_it_is_formatted_as_ruff_formats(tmp_path: Path, seed: int) -> None:
    ruff = shutil.which("ruff") or str(Path(".venv/bin/ruff").resolve())
    documents = [*SOUND.values(), *DOCUMENTS.values(), *CROSSING.values(), *HOSTILE]
    documents += UNSOUND
    documents += [random_document(random.Random(f"{seed} {number}")) for number in range(300)]
    documents += [called(stem * length) for stem in ("name", "na me", "é") for length in range(8, 30)]
    for number, raw in enumerate(documents):
        (tmp_path / f"model{number}.py").write_bytes(as_python(examined(raw)))
    for command in (["format", "--diff"], ["check", "--select", "E9,F,B018"]):
        run = subprocess.run([ruff, *command, "--isolated", str(tmp_path)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout[:3000]


def called(name: str) -> Any:
    """A model in which modules, blocks and parameters are called so, and something after them is unknown."""
    return {"input": [2, 8], "layers": [
        {"type": "AdaptiveAvgPool1d", "name": name, "output_size": 8},
        {"type": "Sequential", "name": f"{name} b", "layers": [
            {"type": "Linear", "name": name, "out_features": 8}, {"type": "add", "inputs": [name, "input"]}]},
        {"type": "parameter", "name": f"{name} p", "shape": [8]},
        {"type": "Linear", "name": f"{name}2", "in_features": 8, "out_features": -2, "inputs": [f"{name} b"]},
        {"type": "BatchNorm1d", "name": f"{name}3"},
        {"type": "add", "inputs": [f"{name}3", f"{name} p"]}]}  # fmt: skip


def test_sizes_that_nobody_knows_are_still_python() -> None:
    assert "nn.BatchNorm1d(...)" in as_python(examined(called("a"))).decode()


def test_it_is_the_same_for_the_same() -> None:
    raw = DOCUMENTS["repeated"]
    assert as_python(examined(raw)) == as_python(examined(json.loads(json.dumps(raw))))
