"""What the catalogue says of its entries."""

import json
import math
import re

import pytest

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
