"""What people read in an exported document."""

from service.export import export
from tests.documents import Json
from tests.export.models import SAMPLES


def test_the_last_of_a_list_of_modules_is_named_like_the_others() -> None:
    (sample,) = [sample for sample in SAMPLES if sample.name == "U-Net"]
    document = export(sample.build(), sample.inputs)
    taken = [name for layer in document["layers"] for name in references(layer)]
    assert {"down.0", "down.1", "up.0", "up.1"} <= set(taken)
    assert document["outputs"] == ["merge.1"]


def references(layer: Json) -> list[str]:
    inner = [name for each in layer.get("layers", ()) for name in references(each)]
    return [*layer.get("inputs", ()), *inner]
