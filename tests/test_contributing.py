"""What CONTRIBUTING.md shows is how it is done: each class in it works, where its family stands."""

import re
from pathlib import Path

import pytest

from service.layers import pairwise, pooling
from service.layers.applying import apply
from service.layers.base import Layer, type_name

GUIDE = Path(__file__).parent.parent / "CONTRIBUTING.md"
SHOWN = re.findall(r"```python\n(class (\w+).*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(("source", "name"), SHOWN, ids=lambda value: value.split("\n")[0])
def test_a_class_that_is_shown_works(source: str, name: str) -> None:
    names = {**vars(pooling), **vars(pairwise)}
    exec(source, names)
    entry: type[Layer] = names[name]
    for given in entry.examples:
        layer = entry.model_validate({"type": type_name(entry), **given.arguments})
        assert not apply(layer, given.inputs, given.keywords, training=False).faults


def test_every_file_that_it_names_is_there() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    files = set(re.findall(r"`(?:service/\w+/)?(\w+\.py)`", text))
    assert files
    assert all(list((GUIDE.parent / "service").rglob(name)) for name in files)


def test_every_base_that_it_names_is_in_its_file() -> None:
    rows = re.findall(r"^\| [^|]+ \| (.+) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    named = [
        (base, file) for row in rows for bases, file in re.findall(r"((?:`\w+`(?:, | and )?)+) in `(\w+\.py)`", row)
        for base in re.findall(r"\w+", bases.replace(" and ", " "))
    ]  # fmt: skip
    assert named
    for base, file in named:
        source = (GUIDE.parent / "service" / "layers" / file).read_text(encoding="utf-8")
        assert f"class {base}(" in source, f"{base} in {file}"
