"""Every representation of every document: readable, bounded, and nothing but text."""

import csv
import io
import json
import re
from typing import Any
from unittest.mock import patch

import pytest

from service.api.examples import EXAMPLES
from service.architecture.problems import UnreadableDocument
from service.reports import rows
from service.reports.abridged.folding import folded
from service.reports.answer import Answer
from service.reports.formats import FORMATS, JSON
from service.reports.text import COLUMNS, columns_of
from tests.diagnosis.broken import BROKEN
from tests.diagnosis.mutations import originals
from tests.documents import answered, examined
from tests.reports.hostile import NAMES, document

DOCUMENTS: dict[str, Any] = {name: example.document for name, example in EXAMPLES.items()}
DOCUMENTS |= {f"original {index}": raw for index, raw in enumerate(originals())}
DOCUMENTS |= {
    "nothing": {"input": [1, 3], "layers": []},
    "scalar": {"input": [], "layers": [{"type": "ReLU"}]},
    "empty": {"input": [0, 3], "layers": [{"type": "Linear", "out_features": 0}]},
    "huge": {"input": [1, 2**40], "layers": [{"type": "Linear", "in_features": 2**40, "out_features": 2**40}]},
    "unnamed outputs": {"input": [4, 4], "layers": [{"type": "chunk", "chunks": 2}, {"type": "unbind"}]},
}
WRITTEN = {each.name: each.render for each in FORMATS if each is not JSON}


def written(name: str, raw: Any) -> str:
    return WRITTEN[name](examined(raw)).decode()


def hostile() -> list[Any]:
    found = []
    for name in NAMES:
        try:
            examined(document(name))
        except UnreadableDocument:
            continue
        found.append(document(name))
    assert len(found) > len(NAMES) / 2
    return found


HOSTILE = hostile()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_is_written(document: str) -> None:
    examination = examined(DOCUMENTS[document])
    for name, render in WRITTEN.items():
        text = render(examination)
        assert text.endswith(b"\n"), name
        assert text == render(examined(DOCUMENTS[document])), name


@pytest.mark.parametrize("raw", [*DOCUMENTS.values(), *HOSTILE, *(case.document for case in BROKEN.values())])
def test_the_answer_is_what_its_description_says(raw: Any) -> None:
    Answer.model_validate_json(JSON.render(examined(raw)), strict=True)


@pytest.mark.parametrize("raw", [*DOCUMENTS.values(), *HOSTILE])
def test_the_table_fits_a_terminal(raw: Any) -> None:
    for line in written("text", raw).splitlines():
        assert columns_of(line) <= COLUMNS
        assert all(character.isprintable() or character in "\u2068\u2069" for character in line), ascii(line)


@pytest.mark.parametrize("raw", DOCUMENTS.values())
def test_the_table_says_what_the_answer_says(raw: Any) -> None:
    answer, text = answered(raw), written("text", raw)
    for figure in ("parameters", "macs", "weight_bytes", "activation_bytes"):
        total = answer["totals"][figure]
        if total is not None and not (figure.endswith("bytes") and total < 1024):
            assert f"{total:,}" in text
    if None not in answer["totals"].values():
        whole = "**{parameters:,}** | **{macs:,}**".format_map(answer["totals"])
        assert not raw["layers"] or whole in written("markdown", raw)
    for number, issue in enumerate(answer["issues"][:50], 1):
        assert f"{number}→ {issue['severity']} {issue['code']}" in text


@pytest.mark.parametrize("raw", [*DOCUMENTS.values(), *HOSTILE])
def test_a_spreadsheet_reads_a_row_a_layer_and_runs_nothing(raw: Any) -> None:
    answer = answered(raw)
    text = written("csv", raw)
    assert text.startswith("\ufeff") != text.isascii()
    text = text.removeprefix("\ufeff")
    head, *lines = list(csv.reader(io.StringIO(text, newline="")))
    assert [dict(zip(head, row, strict=True))["type"] for row in lines] == [each["type"] for each in answer["layers"]]
    for row, layer in zip(lines, answer["layers"], strict=True):
        cells = dict(zip(head, row, strict=True))
        assert cells["name"].removeprefix("'") == layer["name"] or cells["name"] == layer["name"]
        assert cells["parameters"] == ("" if layer["parameters"] is None else str(layer["parameters"]))
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)


@pytest.mark.parametrize("raw", HOSTILE)
def test_no_name_is_markup(raw: Any) -> None:
    text = written("markdown", raw)
    assert "<script" not in text
    assert "](y)" not in text
    assert not re.search(r"@(all|SUM)", text)
    cells = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in cells} == {7}


@pytest.mark.parametrize("raw", [*DOCUMENTS.values(), *HOSTILE])
def test_the_chart_is_of_lines_that_mermaid_knows(raw: Any) -> None:
    label = r'\["[^"\[\]<>{}|]*(?:<br/>[^"\[\]<>{}|]*)*"\]'
    box, frame = rf"[nio]\d+(?:{label}|\({label}\))", rf"subgraph s\d+_\d+{label}"
    known = re.compile(rf"flowchart TD|\s+(?:{box}|{frame}|end|[nio]\d+ --> [nio]\d+|classDef .*|class [n\d,]+ \w+)")
    lines = written("mermaid", raw).splitlines()
    for line in lines:
        assert known.fullmatch(line), line
    assert sum("subgraph" in line for line in lines) == sum(line.strip() == "end" for line in lines)
    declared = {match[1] for line in lines if (match := re.match(r"\s+([nio]\d+)[\[(]", line))}
    linked = {end for line in lines if " --> " in line for end in line.split(" --> ")}
    assert {end.strip() for end in linked} <= declared


@pytest.mark.parametrize("format", [name for name in WRITTEN if name not in ("csv", "python")])
def test_a_very_long_model_is_told_briefly(format: str) -> None:
    layers = [{"type": "Linear", "out_features": 2 + index % 97} for index in range(3_000)]
    text = written(format, {"input": [1, 8], "layers": layers})
    assert len(text) < 60_000


def test_what_repeats_is_told_once() -> None:
    raw = {"input": [1, 8], "layers": [{"type": "Sequential", "name": "block", "repeat": 40, "layers": [
        {"type": "Linear", "in_features": 8, "out_features": 8}, {"type": "ReLU"}]}]}  # fmt: skip
    assert "block ×40" in written("text", raw)
    assert len(written("text", raw).splitlines()) < 18
    assert "block ×40" in written("mermaid", raw)


@pytest.mark.parametrize("raw", [*DOCUMENTS.values(), *HOSTILE, *(case.document for case in BROKEN.values())])
def test_a_fix_is_a_json_patch_to_copy(raw: Any) -> None:
    fixes = [fix for issue in answered(raw)["issues"][:50] for fix in issue["fixes"][:3] if len(fix["patch"]) <= 12]
    _, *below = re.split(r"^1→ (?:error|warning) ", written("text", raw), maxsplit=1, flags=re.MULTILINE)
    copied = [found for found in re.findall(r"(?:^     .*\n)+", "".join(below), re.MULTILINE) if "…" not in found]
    assert [json.loads(found) for found in copied] == [
        fix["patch"] for fix in fixes if "…" not in json.dumps(fix["patch"], ensure_ascii=False)
    ]
    listed = re.findall(
        r"^     (?:```json\n)?(`*)(\[\{.*?\}\])\1?$", written("markdown", raw), re.MULTILINE | re.DOTALL
    )
    assert len(listed) == len(fixes)


def test_what_a_shape_tells_is_not_told_twice() -> None:
    raw = {"input": [2, 12], "layers": [{"type": "view", "shape": [2, 3, 4]}, {"type": "view", "shape": [2, -1]}]}
    first, second = written("text", raw).splitlines()[4:6]
    assert re.match(r"  0 +view +2 × 3 × 4 ", first)
    assert re.match(r"  1 +view shape \[2, -1\] +2 × 12 ", second)


def test_a_long_table_has_layers_that_keep_their_shape_with_those_before_them() -> None:
    layer = [{"type": "Linear", "out_features": 8}, {"type": "BatchNorm1d"}, {"type": "ReLU"}]
    blocks = [{"type": "Sequential", "name": f"b{index}", "layers": [*layer, {"type": "Linear", "out_features": index},
               {"type": "Tanh"}]} for index in range(1, 31)]  # fmt: skip
    text = written("text", {"input": [4, 8], "layers": blocks})
    assert len(text.partition("\n\n+2: with the 2 layers after it")[0].splitlines()) < 100
    assert re.search(r"^    0  +Linear 1 → 8 \+2 +4 × 8 +32 +32$", text, re.MULTILINE)


def test_a_short_table_is_folded_once() -> None:
    with patch.object(rows, "folded", wraps=folded) as folding:
        written("text", DOCUMENTS["mended"])
    folding.assert_called_once()


def test_what_is_left_out_leaves_no_row_without_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 6)
    monkeypatch.setattr(rows, "MOST_SINGLE", 6)
    kinds = ("Linear", "Tanh", "ReLU", "Softsign", "Sigmoid", "GELU", "Linear")
    layers: list[Any] = [{"type": kind, "out_features": 8} if kind == "Linear" else {"type": kind} for kind in kinds]
    blocks = [{"type": "Sequential", "name": name, "layers": layers if name == "first" else layers[::-1]}
              for name in ("first", "second")]  # fmt: skip
    lines = written("text", {"input": [1, 8], "layers": blocks}).splitlines()
    (left,) = [place for place, line in enumerate(lines) if "… " in line]
    assert lines[left + 1].startswith("  second ")


def test_json_is_one_of_them() -> None:
    raw = DOCUMENTS["broken"]
    assert json.loads(JSON.render(examined(raw))) == answered(raw)
