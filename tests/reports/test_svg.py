"""Pictures of models: well-formed, harmless, within the page, and nothing on top of anything else."""

import random
import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from typing import Any

import pytest

from service.api.examples import EXAMPLES
from service.architecture.problems import UnreadableDocument
from service.reference.shelf import REFERENCES
from service.reports.svg.drawing import as_svg
from tests.diagnosis.broken import BROKEN
from tests.diagnosis.mutations import originals
from tests.documents import examined, tutorial
from tests.oracle.random_documents import random_document
from tests.reports.geometry import SVG, Picture, points_of
from tests.reports.hostile import NAMES, document
from tests.reports.structures import random_structure

DOCUMENTS: dict[str, Any] = {name: example.document for name, example in EXAMPLES.items()}
DOCUMENTS |= {name: each.document for name, each in BROKEN.items()}
DOCUMENTS |= {f"original {index}": raw for index, raw in enumerate(originals())}
DOCUMENTS |= {
    "nothing": {"input": [1, 3], "layers": []},
    "scalar": {"input": [], "layers": [{"type": "ReLU"}]},
    "empty": {"input": [1, 0, 8, 8], "layers": [{"type": "AvgPool2d", "kernel_size": 2}]},
    "huge": {"input": [2**30, 2**30], "layers": [{"type": "Linear", "out_features": 2**30}] * 3},
    "huge images": {"input": [1, 1, 2**30, 2], "layers": [{"type": "Conv2d", "out_channels": 2**40, "kernel_size": 1}]},
}
WIDEST = 1200
CASES = 24


def drawn(raw: Any) -> bytes:
    return as_svg(examined(raw))


def words(raw: Any) -> str:
    return "\n".join(" ".join(text.what.split()) for text in Picture(drawn(raw)).texts)


def faults(raw: Any) -> list[str]:
    picture = Picture(drawn(raw))
    return list(picture.faults()) + ([f"{picture.page.right} wide"] if picture.page.right > WIDEST else [])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_lies_on_anything(name: str) -> None:
    assert not faults(DOCUMENTS[name])


@pytest.mark.parametrize("name", NAMES)
def test_names_are_only_names(name: str) -> None:
    for raw in (document(name), {**tutorial(5, 2048), "name": name}):
        try:
            svg = drawn(raw)
        except UnreadableDocument:
            continue
        assert not faults(raw)
        check_harmless(svg)


def test_random_documents(seed: int) -> None:
    for case in range(CASES):
        raw = random_document(random.Random(f"{seed} drawing {case}"))
        assert not faults(raw), f"seed {seed}, case {case}"


def test_random_structures(seed: int) -> None:
    for case in range(CASES):
        raw = random_structure(random.Random(f"{seed} structure {case}"))
        assert not faults(raw), f"seed {seed}, case {case}"


def check_harmless(svg: bytes) -> None:
    """No script, no link, nothing from elsewhere: what an image in a page may be."""
    root = ET.fromstring(svg)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg", "title", "desc", "style", "g", "rect", "circle", "path", "polygon", "text", "tspan",
        }  # fmt: skip
        assert not {name for name in element.attrib if name.lower().startswith("on") or "href" in name}
    assert b"url(" not in svg
    assert b"@import" not in svg
    assert re.findall(rb'(?:https?:)?//[^"]+', svg.partition(b"<title")[0]) == [b"http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("name", ["broken", *list(DOCUMENTS)[-8:]])
def test_it_is_an_image_that_can_be_read_aloud(name: str) -> None:
    svg = drawn(DOCUMENTS.get(name, tutorial(5, 2048)))
    check_harmless(svg)
    root = ET.fromstring(svg)
    title, description = root[0], root[1]
    assert root.get("role") == "img"
    assert root.attrib["aria-labelledby"].split() == [title.get("id"), description.get("id")]
    assert title.text
    assert description.text
    assert "prefers-color-scheme:dark" in (root[2].text or "")


def test_it_is_the_same_every_time() -> None:
    for raw in DOCUMENTS.values():
        assert drawn(raw) == drawn(raw)


def test_a_stack_of_convolutions_is_drawn_as_volumes() -> None:
    raw = tutorial(5, 1568)
    picture = Picture(drawn(raw))
    assert len(picture.solids) == 5
    said = words(raw).split("\n")
    for word in ("conv1", "Conv2d", "5×5", "stride 2", "padding 1", "15", "16", "7", "32", "1568", "10", "ReLU"):
        assert word in said


def test_volumes_are_to_scale() -> None:
    layers = [{"type": "Conv2d", "out_channels": 8 * 2**step, "kernel_size": 2, "stride": 2} for step in range(3)]
    solids = Picture(drawn({"input": [1, 4, 64, 64], "layers": layers})).solids
    faces = [(solid[5][0] - solid[0][0], solid[0][1] - solid[1][1]) for solid in solids]
    for (wide, high), (half_wide, half_high) in pairwise(faces):
        assert wide == pytest.approx(2 * half_wide, abs=0.3)
        assert high == pytest.approx(2 * half_high, abs=0.3)
    depths = [solid[2][0] - solid[1][0] for solid in solids]
    assert depths[3] == pytest.approx(2 * depths[2], abs=0.3)


def test_a_mistake_stands_where_it_happens() -> None:
    stack = tutorial(5, 2048)
    graph = {**stack, "layers": [*stack["layers"], {"type": "add", "inputs": ["fc", "fc"]}]}
    for raw in (stack, graph):
        said = words(raw)
        for word in ("expected 2048", "received 1568", "assumed", "1 mistake", "→ Set in_features of fc to 1568."):
            assert word in said
        assert re.search(r'class="(solid )?error', drawn(raw).decode())


def test_mistakes_that_are_folded_away_are_told() -> None:
    layers: list[Any] = [{"type": "Linear", "out_features": 2 + index % 97} for index in range(3_000)]
    layers[1_500] = {"type": "Linear", "name": "wrong", "in_features": 5, "out_features": 7}
    said = words({"input": [1, 8], "layers": layers})
    assert "wrong" in said
    assert "expected 5" in said


def test_what_repeats_is_drawn_once() -> None:
    block = [{"type": "Linear", "out_features": 8}, {"type": "add", "inputs": ["0", "input"]}]
    raw = {"input": [1, 8], "layers": [{"type": "Sequential", "name": "block", "repeat": 12, "layers": block}]}
    picture = Picture(drawn(raw))
    assert [text.what for text in picture.texts].count("block ×12") == 1
    assert len(picture.boxes) == 4


def tangle(count: int, rng: random.Random) -> list[Any]:
    """Layers that take what any three before them return."""
    layers: list[Any] = []
    for index in range(count):
        taken = [f"l{rng.randrange(index)}" for _ in range(3)] if index else ["input"]
        layers.append({"type": rng.choice(("cat", "hstack")), "name": f"l{index}", "inputs": taken})
    return layers


@pytest.mark.parametrize("count", [180, 8_000])
@pytest.mark.parametrize("blocks", [1, 90])
def test_size_is_bounded(count: int, blocks: int) -> None:
    rng = random.Random(1)
    layers = [{"type": "Sequential", "layers": tangle(count // blocks, rng)} for _ in range(blocks)]
    raw = {"input": [1, 8], "layers": layers if blocks > 1 else tangle(count, rng)}
    svg = drawn(raw)
    assert len(svg) < 200_000
    assert not faults(raw)


def test_blocks_in_blocks_end_somewhere() -> None:
    layers: list[Any] = [{"type": "ReLU"}, {"type": "Softmax", "dim": 1}]
    for _ in range(90):
        layers = [{"type": "Sigmoid"}, {"type": "Sequential", "layers": layers}, {"type": "add", "inputs": ["1", "0"]}]
    assert not faults({"input": [1, 8], "layers": layers})


def test_many_inputs_and_outputs() -> None:
    inputs = {f"x{index}": [1, 8] for index in range(256)}
    names = [f"y{index}" for index in range(256)]
    layers = [{"type": "ReLU", "name": f"y{index}", "inputs": [f"x{index}"]} for index in range(256)]
    raw = {"inputs": inputs, "layers": layers, "outputs": names}
    assert not faults(raw)
    assert "256 inputs" in words(raw)
    assert "256 outputs" in words(raw)


def test_no_volume_at_all() -> None:
    raw = {"input": [8, 128], "layers": [{"type": "ConstantPad1d", "padding": 1, "value": 0}, {"type": "ReLU"}]}
    assert not faults(raw)


def test_everything_takes_everything_before_it() -> None:
    for count in (20, 54, 58, 61):
        names = ["input", *(f"l{index}" for index in range(count))]
        layers = [
            {"type": "hstack", "name": name, "inputs": names[1:place] or names[:1]}
            for place, name in enumerate(names[1:], 1)
        ]
        assert not faults({"input": [1, 1], "layers": layers})


@pytest.mark.parametrize(("name", "stations"), [("u-net", 10), ("resnet-18", 7), ("densenet-121", 7)])
def test_how_height_and_width_progress_stands_above_a_graph(name: str, stations: int) -> None:
    raw = REFERENCES[name].document()
    assert not faults(raw)
    assert len(Picture(drawn(raw)).solids) == stations


def test_a_model_that_goes_down_and_up_again_is_a_u() -> None:
    picture = Picture(drawn(REFERENCES["u-net"].document()))
    lowest = [max(down for _, down in solid) for solid in picture.solids]
    bottom = lowest.index(max(lowest))
    assert bottom == 5
    assert lowest == [*sorted(lowest[:5]), lowest[5], *sorted(lowest[6:], reverse=True)]
    across = [line for line in picture.lines if line[0][1] == line[-1][1] and line[0][1] < max(lowest)]
    assert len(across) == 4


def test_lines_that_go_from_column_to_column_do_not_cross() -> None:
    lines = re.findall(r'<path class="line" d="([^"]*)"', drawn(REFERENCES["u-net"].document()).decode())
    turned = [line for line in lines if line.count("Q") == 4]
    assert len(turned) == 5
    for one, other in combinations([[*points_of(line)] for line in turned], 2):
        assert not any(abs(x - right) < 2 and abs(y - down) < 2 for x, y in one for right, down in other)
