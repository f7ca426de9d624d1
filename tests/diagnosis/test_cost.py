"""What diagnosis costs, in layers read, which unlike seconds does not depend on the machine."""

import tracemalloc

import pytest

from service.analysis.fold import Fold
from service.diagnosis.diagnose import MORE_MISTAKES, MOST_TOLD
from tests.diagnosis.architectures import Raw, document, layer
from tests.documents import examined


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    count = [0]
    read = Fold.read

    def counted(self: Fold, *arguments: object) -> object:
        count[0] += 1
        return read(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Fold, "read", counted)
    return count


def chain(layers: int, mistakes: int) -> Raw:
    every = max(layers // max(mistakes, 1), 1)
    return document(*(
        part
        for index in range(layers)
        for part in (
            layer("Conv2d", in_channels=(4 + index % 2 if mistakes and index % every == 0 else 3), out_channels=3,
                  kernel_size=3, padding=1),
            layer("ReLU"),
        )
    ))  # fmt: skip


@pytest.mark.parametrize("layers", [50, 250])
def test_fifty_mistakes_cost_so_many_times_a_sound_document(reads: list[int], layers: int) -> None:
    examined(chain(layers, 0))
    sound, reads[0] = reads[0], 0
    issues = examined(chain(layers, 50)).issues
    assert len([issue for issue in issues if issue.fixes]) == 50
    assert reads[0] < 20 * sound


def test_of_a_great_many_mistakes_some_are_explained_and_the_others_counted() -> None:
    issues = examined(chain(1100, 1100)).issues
    assert len(issues) == MOST_TOLD + 1
    assert issues[-1].code == MORE_MISTAKES
    assert issues[-1].pointer == f"/layers/{2 * MOST_TOLD}"
    assert issues[-1].message.startswith("There are 100 more mistakes, from Conv2d (layer 2000)")


def test_a_document_that_is_all_mistakes_costs_linearly(reads: list[int]) -> None:
    examined(chain(500, 500))
    half, reads[0] = reads[0], 0
    examined(chain(1000, 1000))
    assert reads[0] < 2.3 * half


@pytest.mark.parametrize("broken", [
    layer("LSTM", hidden_size=4, num_layers=-(2**40)),
    layer("GRU", hidden_size=4, num_layers=-90_000),
    layer("Transformer", d_model=4, nhead=2, num_decoder_layers=-(2**40)),
    layer("Transformer", d_model=4, nhead=2, num_encoder_layers=-90_000),
], ids=lambda broken: f"{broken['type']}")  # fmt: skip
def test_no_fix_is_tried_that_makes_many_layers_in_one(broken: Raw) -> None:
    """Not in an amount of reads, but of memory: each of them has weights of its own."""
    several = {"inputs": ["x", "x"]} if broken["type"] == "Transformer" else {}
    tracemalloc.start()
    try:
        examination = examined({"inputs": {"x": [3, 1, 4]}, "layers": [{**broken, **several}]})
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
    assert not examination.valid
