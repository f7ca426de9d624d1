"""The model as a program: its classes, and a run of it on inputs at random."""

from collections.abc import Iterable, Iterator
from typing import Final

from service.core.tensors import Tensor, Value, is_tuple
from service.diagnosis.examination import Examination
from service.reports.abridged.marks import Marks, marks
from service.reports.abridged.names import cleaned
from service.reports.abridged.outline import outline
from service.reports.source.calls import called
from service.reports.source.classes import Notes, Writer
from service.reports.source.layout import INDENT, WIDTH, Bracketed, laid_out
from service.reports.source.literals import class_name, identifier

MOST_PRINTED: Final = 16
"""Outputs whose shapes the program prints."""
USED_BY_RUN: Final = frozenset({"model", "output"})
"""Variables of the run, beside the inputs."""


def as_python(examination: Examination) -> bytes:
    """The source, formatted as ruff formats it, with a newline at its end."""
    return program(examination, (), {})


def program(examination: Examination, heading: Iterable[str], changes: Notes) -> bytes:
    """The source, with further lines above it and, where layers are made, what is said of their changes."""
    analysis, found = examination.analysis, marks(examination)
    notes = {node: [line for mark in told for line in commented(mark.issue.message)] for node, told in found.at.items()}
    writer = Writer(analysis, notes, changes)
    inputs = _input_names(examination)
    name = writer.model(outline(analysis.graph), class_name(examination.document.name or "Model"), inputs)
    body: list[str] = []
    for written, lines in writer.classes.items():
        body += ["", "", f"class {written}{lines[0]}", *lines[1:]]
    run = list(_run(examination, name))
    text = "\n".join(body + run)
    whole = [*_heading(examination, found, heading), *_imports(text), *body, "", "", *run]
    return ("\n".join(whole) + "\n").encode()


def _heading(examination: Examination, found: Marks, further: Iterable[str]) -> Iterator[str]:
    said = [cleaned(examination.document.name or ""), *further]
    told = [text for text in said if text]
    yield from (f"# {line}" for text in told for line in commented(text))
    errors = [mark.issue for mark in found.numbered if mark.issue.severity == "error"]
    if errors:
        yield f"# PyTorch refuses this model: {len(errors)} {'mistake' if len(errors) == 1 else 'mistakes'}."
    for mark in found.of_model:
        yield from (f"# {line}" for line in commented(mark.issue.message))
    if told or errors or found.of_model:
        yield ""


def _imports(text: str) -> Iterator[str]:
    if "OrderedDict(" in text:
        yield "from collections import OrderedDict"
        yield ""
    yield "import torch"
    if "F." in text:
        yield "import torch.nn.functional as F"
    yield "from torch import nn"


def commented(text: str) -> list[str]:
    """Text in lines for comments, whatever it contains."""
    lines, line = [], "#"
    for word in cleaned(text).split():
        if len(line) + len(word) + 1 > WIDTH - 2 * len(INDENT) and line != "#":
            lines.append(line[2:])
            line = "#"
        line = f"{line} {word}"
    return [*lines, line[2:]]


def _input_names(examination: Examination) -> list[str]:
    given = [name for name, _ in examination.analysis.graph.inputs]
    if len(given) == 1:
        return ["x"]
    names: list[str] = []
    for name in given:
        found = identifier(name)
        while found in names or found in USED_BY_RUN:
            found += "_"
        names.append(found)
    return names


def _run(examination: Examination, name: str) -> Iterator[str]:
    analysis = examination.analysis
    mode = "train" if examination.document.mode == "train" else "eval"
    yield 'if __name__ == "__main__":'
    yield f"{INDENT}model = {name}().{mode}()"
    given = _input_names(examination)
    for variable, (_, tensor) in zip(given, analysis.graph.inputs, strict=True):
        keywords = {} if tensor.dtype == "float32" else {"dtype": tensor.dtype}
        made = called(_maker(tensor), (tuple(tensor.shape),), keywords)
        yield from laid_out(made, f"{variable} = ", "", 1)
    yield from laid_out(Bracketed("model", tuple(given)), "output = ", "", 1)
    values = [value for _, value in analysis.outputs]
    whole: Value = values[0] if len(values) == 1 else tuple(values)
    for access in list(_tensors(whole, "output"))[:MOST_PRINTED]:
        yield f"{INDENT}print(tuple({access}.shape))"
    yield f"{INDENT}print(sum(parameter.numel() for parameter in model.parameters()))"


def _maker(tensor: Tensor) -> str:
    is_inexact = tensor.dtype.startswith(("float", "bfloat", "complex"))
    return "torch.randn" if is_inexact else "torch.zeros"


def _tensors(value: Value, access: str) -> Iterator[str]:
    if is_tuple(value):
        for index, part in enumerate(value):
            yield from _tensors(part, f"{access}[{index}]")
    elif isinstance(value, Tensor):
        yield access
