"""What the catalogue says of its entries."""

import inspect
import json
import math
import re
from operator import attrgetter

import pytest
import torch

from service.layers.catalogue import CATALOGUE
from service.reports.catalogue import entry
from tests.documents import examined

SIGNS = str.maketrans({"·": "*", "×": "*", "−": "-"})
WORD = re.compile(r"(?<=[\w)]) [a-z][a-z ]*(?![\w(])")
FUNCTIONS = {"floor": math.floor, "ceil": math.ceil, "min": min, "max": max}


@pytest.mark.parametrize("name", CATALOGUE)
def test_its_example_is_a_sound_document_with_it(name: str) -> None:
    found = entry(CATALOGUE[name])
    examination = examined(found.example)
    assert examination.valid
    assert f'"type": "{name}"' in json.dumps(found.example)
    if found.formulas is None:
        return
    workings = [size.worked for size in found.formulas.sizes] + found.formulas.macs + [found.formulas.parameters or ""]
    for worked in filter(None, workings):
        left, _, right = worked.rpartition(" = ")
        assert eval(WORD.sub("", left).translate(SIGNS), {}, FUNCTIONS) == int(right.replace(",", "")), worked
    counted = (found.formulas.parameters or "= 0").rpartition("= ")[2].replace(",", "")
    assert int(counted) == examination.analysis.totals.parameters


@pytest.mark.parametrize("name", CATALOGUE)
def test_its_page_is_of_something_that_pytorch_documents(name: str) -> None:
    page = entry(CATALOGUE[name]).documentation
    found = re.fullmatch(
        r"https://docs\.pytorch\.org/docs/stable/"
        r"(?:generated/([\w.]+)\.html|special\.html#([\w.]+)|tensors\.html(?:#\S+)?)",
        page,
    )
    assert found, page
    documented = found[1] or found[2]
    if documented:
        assert inspect.getdoc(attrgetter(documented.removeprefix("torch."))(torch)), page
    # What is documented in another room has no page under this name.
    assert not (found[1] or "").startswith("torch.special.")
    assert found[1] not in {"torch.nn.CrossMapLRN2d", "torch.nn.functional.channel_shuffle"}
