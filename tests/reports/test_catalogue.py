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
def test_what_is_worked_out_comes_out(name: str) -> None:
    formulas = entry(CATALOGUE[name]).formulas
    if formulas is None:
        return
    workings = [size.worked for size in formulas.sizes] + formulas.macs + [formulas.parameters or ""]
    for worked in filter(None, workings):
        left, _, right = worked.rpartition(" = ")
        assert eval(WORD.sub("", left).translate(SIGNS), {}, FUNCTIONS) == int(right.replace(",", "")), worked


@pytest.mark.parametrize("name", CATALOGUE)
def test_its_example_is_a_sound_document_with_it(name: str) -> None:
    document = entry(CATALOGUE[name]).example
    assert examined(document).valid
    assert f'"type": "{name}"' in json.dumps(document)


@pytest.mark.parametrize("name", CATALOGUE)
def test_its_formulas_are_of_its_example(name: str) -> None:
    found = entry(CATALOGUE[name])
    if found.formulas is not None:
        worked = found.formulas.parameters or "= 0"
        count = examined(found.example).analysis.totals.parameters
        assert int(worked.rpartition("= ")[2].replace(",", "")) == count


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
