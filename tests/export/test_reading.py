"""What people read in an exported document."""

from service.export import export
from tests.documents import Json
from tests.export.models import SAMPLES
from tests.export.models.descending import Descending


def test_the_last_of_a_list_of_modules_is_named_like_the_others() -> None:
    (sample,) = [sample for sample in SAMPLES if sample.name == "U-Net"]
    document = export(sample.build(), sample.inputs)
    taken = [name for layer in document["layers"] for name in references(layer)]
    assert {"down.0", "down.1", "up.0", "up.1"} <= set(taken)
    assert document["outputs"] == ["merge.1"]


def test_what_computes_as_the_layer_that_it_descends_from_is_that_layer() -> None:
    document = export(Descending(), [(2, 4, 8)])
    said = {layer["name"]: layer["type"] for layer in document["layers"] if "name" in layer}
    expected = {"plain": "LayerNorm", "careful": "Sequential", "uncounted": "BatchNorm1d", "conv": "Sequential"}
    assert expected.items() <= said.items()


def references(layer: Json) -> list[str]:
    inner = [name for each in layer.get("layers", ()) for name in references(each)]
    return [*layer.get("inputs", ()), *inner]
