"""Two versions, and budgets, as pictures, charts and source."""

import csv
import random
import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from service.api.examples import EXAMPLES
from service.architecture.problems import UnreadableDocument
from service.reference.shelf import REFERENCES
from service.reports.review.budget import BUDGET_WRITERS
from service.reports.review.compared import pictured_changes
from service.reports.review.difference import DIFFERENCE_WRITERS
from service.reports.source.program import as_python
from service.review.budget import checked, read_budget
from service.review.difference import Comparison, compared
from service.review.merging import merged
from tests.browser import opened
from tests.diagnosis.broken import BROKEN
from tests.documents import examined, tutorial
from tests.oracle.random_documents import random_document
from tests.reports.geometry import Picture
from tests.reports.hostile import NAMES, document
from tests.reports.structures import random_structure
from tests.reports.test_svg import WIDEST, check_harmless
from tests.tools import tool

CASES = 24
SOUND = tutorial(5, 1568)
WIDE = {"type": "Linear", "out_features": 8}
LAYERS = SOUND["layers"]
CHANGED = {**SOUND, "layers": [
    {**LAYERS[0], "kernel_size": 3}, LAYERS[1], LAYERS[2], {"type": "Dropout", "name": "drop"}, LAYERS[4],
    {**LAYERS[5], "out_features": 20},
]}  # fmt: skip


def versions(before: Any, after: Any) -> Comparison:
    return compared(examined(before), examined(after))


def written(before: Any, after: Any, format: str) -> str:
    return DIFFERENCE_WRITERS[format](versions(before, after)).decode()


def without_one(raw: Any, choice: random.Random) -> Any:
    """A document without one of its layers, at any depth; it may be that nothing can be made of it."""
    found = deepcopy(raw)
    layers = found["layers"]
    while layers:
        place = choice.randrange(len(layers))
        if "layers" not in layers[place] or choice.random() < 0.3:
            del layers[place]
            break
        layers = layers[place]["layers"]
    return found


def cases() -> Iterator[tuple[str, Any, Any]]:
    documents = {**{name: each.document for name, each in EXAMPLES.items()},
                 **{name: each.document() for name, each in REFERENCES.items()},
                 **{name: each.document for name, each in BROKEN.items()}}  # fmt: skip
    choice = random.Random("versions")
    for name, raw in documents.items():
        yield name, raw, without_one(raw, choice)
        yield f"{name}, the other way round", without_one(raw, choice), raw
    for (name, raw), (other, changed) in pairwise(documents.items()):
        yield f"{name} to {other}", raw, changed


def readable(before: Any, after: Any) -> Comparison | None:
    try:
        return versions(before, after)
    except UnreadableDocument:
        return None


def check_picture(svg: bytes, name: str) -> None:
    picture = Picture(svg)
    assert not list(picture.faults()), name
    assert picture.page.right <= WIDEST, name
    check_harmless(svg)


def test_nothing_lies_on_anything() -> None:
    drawn = 0
    for name, before, after in cases():
        found = readable(before, after)
        if found is not None:
            drawn += 1
            check_picture(DIFFERENCE_WRITERS["svg"](found), name)
    assert drawn > 100


def test_random_versions(seed: int) -> None:
    for case in range(CASES):
        choice = random.Random(f"{seed} versions {case}")
        made = random_document if case % 2 else random_structure
        before, other = made(choice), made(choice)
        for after in (other, without_one(before, choice), without_one(without_one(before, choice), choice)):
            found = readable(before, after)
            if found is not None:
                check_picture(DIFFERENCE_WRITERS["svg"](found), f"seed {seed}, case {case}")
                check_merged(found)


def check_merged(found: Comparison) -> None:
    """Every layer of both versions stands there once, and takes what stands before it where it did."""
    both = merged(found)
    count = len(both.analysis.readings)
    assert sorted([*both.places, *both.gone]) == list(range(count))
    assert sorted(both.analysis.graph.order) == list(range(count))
    removed = [found.before.analysis.readings[index].node.name for index in both.gone.values()]
    assert sorted(removed) == sorted(found.difference.removed)
    for index, place in enumerate(both.places):
        before, after = found.after.analysis.readings[index], both.analysis.readings[place]
        assert (before.node.name, before.outcome) == (after.node.name, after.outcome)
    taken = [source.node for node in both.analysis.graph.nodes for source in node.wires if hasattr(source, "node")]
    assert all(node < count for node in taken)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_only_names(name: str) -> None:
    before = document(name)
    after = {**before, "name": f"{name}{name}", "layers": before["layers"][1:]}
    after["layers"] = [{**after["layers"][0], "inputs": [name]}]
    found = readable(before, after)
    if found is not None:
        check_picture(DIFFERENCE_WRITERS["svg"](found), name)


def test_what_changed_stands_where_it_is() -> None:
    picture = " ".join(text.what for text in Picture(written(SOUND, CHANGED, "svg").encode()).texts)
    for words in ("kernel_size 5 → 3", "out_features 10 → 20", "new", "removed", "1 × 16 × 15→16 × 15→16", "1 × 10→20"):
        assert words in picture
    classes = written(SOUND, CHANGED, "svg").partition("</style>")[2]
    assert [classes.count(f'<rect class="{style}"') for style in ("added", "changed", "removed")] == [2, 3, 2]
    chart = written(SOUND, CHANGED, "mermaid")
    assert "n2 -.->" in chart or "-.-> n" in chart
    assert "class n" in chart


def test_what_came_and_went_is_told_with_what_it_is_and_costs() -> None:
    former = "ReLU; [1, 32, 7, 7]"
    latter = "Conv2d 1×1; [1, 4, 15, 15]; 68 parameters; 14,400 MACs"
    added = {"type": "Conv2d", "name": "added", "out_channels": 4, "kernel_size": 1}
    after = {**SOUND, "layers": [LAYERS[0], added, LAYERS[1], LAYERS[2] | {"in_channels": 4}, *LAYERS[4:]]}
    text = written(SOUND, after, "text").splitlines()
    assert f"+ added: {latter}" in text
    assert f"− 3: {former}" in text
    markdown = written(SOUND, after, "markdown").splitlines()
    assert f"| + | added | new |  | {latter} |" in markdown
    assert f"| − | 3 | gone | {former} |  |" in markdown
    rows = list(csv.reader(written(SOUND, after, "csv").lstrip("\ufeff").splitlines()))
    assert ["added", "added", "new", "", latter] in rows
    assert ["removed", "3", "gone", former, ""] in rows


def test_what_happened_to_all_copies_is_told_once() -> None:
    def stack(width: int, *further: Any, repeat: int = 12, name: str = "block") -> Any:
        layers = [{"type": "Linear", "name": "fc", "out_features": width}, *further]
        return {"input": [1, 8], "layers": [{"type": "Sequential", "name": name, "repeat": repeat, "layers": layers}]}

    before, after = stack(8), stack(8, {"type": "Dropout", "p": 0.2})
    text = written(before, after, "text").splitlines()
    assert "+ block.0.1 and 11 like it, up to block.11.1: Dropout; [1, 8]" in text
    assert sum(line.startswith("+") for line in text) == 1
    lines = written(stack(8), stack(16), "text").splitlines()
    # What the first one takes is narrower.
    assert [line for line in lines if line.startswith("~ block")] == [
        "~ block.0.fc", "~ block.1.fc and 10 like it, up to block.11.fc",
    ]  # fmt: skip
    renamed = written(stack(8), stack(8, name="other"), "markdown").splitlines()
    assert "| ~ | other.0.fc and 11 like it, up to other.11.fc | name | block.0.fc | other.0.fc |" in renamed
    assert len(written(stack(8), stack(16), "csv").splitlines()) > 12
    others = stack(8, {"type": "Dropout", "p": 0.2}), stack(8, {"type": "Dropout", "p": 0.3})
    assert "    p  0.2 → 0.3" in written(*others, "text").splitlines()


def test_layers_that_are_not_alike_are_told_apart() -> None:
    def two(first: float, second: float) -> Any:
        layers = [{"type": "Dropout", "p": first}, {"type": "Dropout", "p": second}]
        return {"input": [1, 8], "layers": [{"type": "Sequential", "name": "block", "layers": layers}]}

    lines = written(two(0.1, 0.2), two(0.3, 0.4), "text").splitlines()
    assert [line for line in lines if line.startswith("~ block")] == ["~ block.0", "~ block.1"]


def chain(*names: str, width: int = 8) -> Any:
    """Layers of these names, one behind the other."""
    kinds: dict[str, Any] = {"relu": {"type": "ReLU"}, "gelu": {"type": "GELU"}}
    layers = [kinds.get(name, {"type": "Linear", "out_features": width}) | {"name": name} for name in names]
    return {"input": [2, 8], "layers": layers}


@pytest.mark.parametrize(
    ("before", "after", "renames"),
    [
        (chain("a", "relu", "b"), chain("c", "relu", "d", width=16), {"c": "a", "d": "b"}),
        (
            chain("a", "b", "relu", "x", "y"),
            chain("c", "d", "relu", "z", "y", width=16),
            {"c": "a", "d": "b", "z": "x"},
        ),
        (chain("a", "relu"), chain("gelu", "c", "relu", width=16), {"c": "a"}),
        (chain("relu", "a"), chain("b", "relu", "c", width=16), {"c": "a"}),
        (chain("a", "relu"), chain("b", "c", "relu", width=16), {}),
        (chain("a", "relu"), chain("relu", "b", width=16), {}),
        (chain("relu"), chain("gelu"), {}),
    ],
    ids=["all", "several", "with others", "on one side", "one of several", "elsewhere", "something else"],
)
def test_what_is_renamed_and_changed_is_known_by_its_neighbours(before: Any, after: Any, renames: Any) -> None:
    found = versions(before, after).difference
    assert {each.layer: each.renamed_from for each in found.changed if each.renamed_from} == renames
    kept = {each["name"] for each in before["layers"]} & {each["name"] for each in after["layers"]}
    assert len(found.removed) == len(before["layers"]) - len(renames) - len(kept)


def test_blocks_that_are_renamed_and_changed_are_known_by_what_is_behind_them() -> None:
    def model(name: str, width: int) -> Any:
        block = {"type": "Sequential", "name": name, "layers": chain("a", "relu", "b", width=width)["layers"]}
        return {"input": [2, 8], "layers": [block, {"type": "Linear", "name": "head", "out_features": 3}]}

    found = versions(model("block", 8), model("other", 16)).difference
    assert (found.added, found.removed) == ((), ())


def test_what_is_called_the_same_in_a_block_that_is_renamed_is_the_same() -> None:
    def model(name: str, width: int, *further: Any) -> Any:
        layers = [{"type": "Linear", "name": "fc", "out_features": width}, *further]
        return {"input": [2, 8], "layers": [{"type": "Sequential", "name": name, "repeat": 3, "layers": layers}]}

    # What is new in the other block has the arguments that fc had.
    found = versions(model("block", 8), model("other", 16, {**WIDE, "name": "new"})).difference
    assert {each.layer: each.renamed_from for each in found.changed} == {
        f"other.{copy}.fc": f"block.{copy}.fc" for copy in range(3)
    }
    assert found.added == ("other.0.new", "other.1.new", "other.2.new")


def test_an_issue_is_the_same_whatever_its_layer_is_called() -> None:
    def model(name: str, *further: Any, wrong: int = 9) -> Any:
        block = [{**WIDE, "name": "a"}, {**WIDE, "name": "b"}, {"type": "ReLU"}]
        last = {"type": "Linear", "in_features": wrong, "out_features": 3}
        return {"input": [2, 8], "layers": [{"type": "Sequential", "name": name, "layers": block}, *further, last]}

    before = model("block")
    assert len(examined(before).issues) == 2
    for after in (model("other"), model("block", {"type": "Dropout"}), model("other", {"type": "Dropout"})):
        found = versions(before, after).difference
        assert (found.gained, found.cured) == ((), ())
    found = versions(before, model("other", wrong=7)).difference
    assert ["= 9" in message for message in found.cured] == [True]
    assert ["= 7" in message for message in found.gained] == [True]
    found = versions(before, model("other", wrong=8)).difference
    assert (len(found.gained), len(found.cured)) == (0, 1)


def test_a_mistake_is_red_also_where_it_is_new() -> None:
    svg = written(SOUND, tutorial(5, 2048), "svg")
    assert svg.partition("</style>")[2].count('<rect class="error') == 1
    assert "Sound → broken" in svg
    assert "expected 2048" in svg


def test_what_repeats_is_drawn_once_also_where_it_changed() -> None:
    def stack(width: int, repeat: int) -> Any:
        inner = [{"type": "Linear", "out_features": width}, {"type": "ReLU"}, {"type": "Linear", "out_features": 8}]
        return {"input": [1, 8], "layers": [{"type": "Sequential", "name": "b", "repeat": repeat, "layers": inner}]}

    svg = written(stack(16, 12), stack(32, 12), "svg")
    assert "×12" in svg
    assert svg.count("out_features 16 → 32") == 1
    svg = written(stack(16, 12), stack(16, 8), "svg")
    assert "×8" in svg
    assert "×4" in svg
    assert svg.partition("</style>")[2].count('class="removed behind"') == 1


def test_layers_that_are_all_gone_are_shown() -> None:
    nothing = {**SOUND, "layers": []}
    assert written(SOUND, nothing, "svg").partition("</style>")[2].count('<rect class="removed"') == len(LAYERS) + 1
    boxes = [line for line in written(SOUND, nothing, "mermaid").splitlines() if 'removed"]' in line]
    assert len(boxes) == len(LAYERS)


def test_it_is_the_same_every_time() -> None:
    for each in DIFFERENCE_WRITERS:
        assert written(SOUND, CHANGED, each) == written(SOUND, CHANGED, each)


def test_the_source_is_that_of_the_later_version_with_comments() -> None:
    source = written(SOUND, CHANGED, "python")
    plain = as_python(examined(CHANGED)).decode().splitlines()
    said = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
    assert said == [line for line in plain if not line.lstrip().startswith("#")]
    assert "# Changed: kernel_size 5 → 3" in source
    assert "# Removed: 3, ReLU." in source
    assert source.index("# New.") < source.index("nn.Dropout()")


def test_source_is_formatted_as_ruff_formats(tmp_path: Path) -> None:
    ruff = shutil.which("ruff") or str(Path(".venv/bin/ruff").resolve())
    budget = read_budget({"parameters": {"max": 1}, "no_warnings": True})
    for number, (_, before, after) in enumerate(cases()):
        found = readable(before, after)
        if found is not None:
            (tmp_path / f"diff{number}.py").write_bytes(DIFFERENCE_WRITERS["python"](found))
            source = BUDGET_WRITERS["python"](checked(found.after, budget))
            (tmp_path / f"check{number}.py").write_bytes(source)
    for command in (["format", "--diff"], ["check", "--select", "E9,F"]):
        run = subprocess.run([ruff, *command, "--isolated", str(tmp_path)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout[:3000]


def test_mermaid_reads_every_chart() -> None:
    script = tool("mermaid/dist/mermaid.min.js")
    budget = read_budget({"parameters": {"max": 1}, "no_warnings": True})
    with opened() as page:
        page.add_script_tag(path=str(script))
        page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
        for name, before, after in islice(cases(), 0, None, 3):
            found = readable(before, after)
            if found is not None:
                check_chart(page, DIFFERENCE_WRITERS["mermaid"](found).decode(), name)
                check_chart(page, BUDGET_WRITERS["mermaid"](checked(found.after, budget)).decode(), name)


def check_chart(page: Page, chart: str, name: str) -> None:
    kind = page.evaluate("async chart => (await mermaid.parse(chart)).diagramType", chart)
    assert kind.startswith("flowchart"), name


def test_the_lines_of_a_budget_stand_above_the_picture() -> None:
    for name, raw in {"sound": SOUND, "broken": tutorial(5, 2048), "graph": EXAMPLES["residual"].document}.items():
        check = checked(examined(raw), read_budget({"parameters": {"max": 1}, "output_shape": [None, 10]}))
        svg = BUDGET_WRITERS["svg"](check)
        check_picture(svg, name)
        for line in check.lines:
            assert f"{line.limit}: {line.detail[:30]}" in svg.decode()
            assert line.limit in BUDGET_WRITERS["mermaid"](check).decode()
            assert f"# {'✓' if line.passed else '✗'} {line.limit}: " in BUDGET_WRITERS["python"](check).decode()


def test_layers_of_which_some_are_new_have_changed() -> None:
    found = pictured_changes(versions(SOUND, CHANGED)).marks
    new = next(node for node, change in (found.changes or {}).items() if change.style == "added")
    assert found.became([new]) == "added"
    assert found.became([1]) == ""
    assert found.became([1, new]) == "changed"
