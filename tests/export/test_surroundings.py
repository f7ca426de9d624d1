"""What else goes on where a model is exported: other threads, other exports, and hooks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as every

from service.export import ExportError, export
from tests.documents import Json, answered


class Waiting(nn.Module):
    """While it runs, others get their turn."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.fc, self.meanwhile = nn.Linear(8, 8), meanwhile

    def forward(self, x: Tensor) -> Tensor:
        self.meanwhile()
        result: Tensor = self.fc(x)
        return result


def test_other_threads_run_models_as_ever() -> None:
    live = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    with ThreadPoolExecutor(1) as elsewhere:
        results: list[Tensor] = []
        model = Waiting(lambda: results.append(elsewhere.submit(lambda: live(torch.ones(2, 8))).result()))
        assert len(export(model, [(2, 8)])["layers"]) == 1
    assert results[0].requires_grad
    assert results[0].device.type == "cpu"


def test_exports_in_several_threads_wait_for_each_other() -> None:
    before, together = nn.Module._call_impl, Barrier(3)  # noqa: SLF001

    def exported(width: int) -> Json:
        together.wait(10)
        return export(nn.Sequential(*[nn.Linear(width, width) for _ in range(20)]), [(2, width)])

    with ThreadPoolExecutor(3) as threads:
        documents = list(threads.map(exported, (4, 5, 6)))
    assert [document["layers"][0]["in_features"] for document in documents] == [4, 5, 6]
    assert nn.Module._call_impl is before  # noqa: SLF001


def test_an_export_within_an_export_is_refused() -> None:
    with pytest.raises(ExportError, match="cannot export another one"):
        export(Waiting(lambda: export(nn.ReLU(), [(1,)])), [(2, 8)])
    assert export(nn.ReLU(), [(1,)])["layers"] == [{"type": "ReLU"}]


def doubled(_: nn.Module, __: Any, output: Any) -> Any:
    return output * 2 if isinstance(output, Tensor) else None


def types(document: Json) -> list[str]:
    return [layer["type"] for layer in answered(document)["layers"]]


def test_hooks_of_all_modules_are_seen() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    handle = every.register_module_forward_hook(doubled)
    try:
        hooked = export(model, [(2, 8)])
    finally:
        handle.remove()
    assert types(hooked) == ["Linear", "mul", "ReLU", "mul", "mul"]
    assert types(export(model, [(2, 8)])) == ["Linear", "ReLU"]


def test_what_is_changed_within_a_layer_of_several_parts_is_seen() -> None:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
    plain = export(model, [(2, 3, 8)])
    assert plain["layers"][0]["repeat"] == 2
    first: Any = model.layers[0]
    handle = first.linear1.register_forward_hook(doubled)
    assert types(export(model, [(2, 3, 8)])).count("mul") == 1
    handle.remove()
    first.linear2.forward = lambda x: x[..., :8].exp()
    assert types(export(model, [(2, 3, 8)])).count("exp") == 1
    del first.linear2.forward
    assert export(model, [(2, 3, 8)]) == plain


def test_a_traced_model_has_inputs_without_names() -> None:
    with torch.random.fork_rng():
        traced: Any = torch.jit.trace(nn.Sequential(nn.Linear(8, 4), nn.ReLU()), torch.zeros(2, 8))  # type: ignore[no-untyped-call]
    answer = answered(export(traced, [(2, 8)]))
    assert answer["outputs"][0]["shape"] == [2, 4]
    assert answer["totals"]["parameters"] == 36


class Autocast(nn.Module):
    def __init__(self, enabled: bool) -> None:
        super().__init__()
        self.linear, self.enabled = nn.Linear(8, 4), enabled

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.enabled):
            return self.linear(x)  # type: ignore[no-any-return]


def test_element_types_that_pytorch_chooses_are_told() -> None:
    assert types(export(Autocast(False), [(2, 8)])) == ["Linear"]
    with pytest.raises(ExportError, match=r"test_surroundings.py:\d+\): torch.autocast: which element types"):
        export(Autocast(True), [(2, 8)])


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """As libraries have it around ``lru_cache``."""
    cached = lru_cache(maxsize=None)(function)

    def called(*args: Any) -> Any:
        return cached(*args) if args else cached()

    return called


class Remembering(nn.Module):
    """What depends on sizes alone is remembered from one forward pass to the next, as in libraries."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 4)

    @staticmethod
    @lru_cache(maxsize=10)
    def positions(count: int) -> Tensor:
        return torch.arange(count).flip(0)

    @remembered
    def parts(self, count: int) -> tuple[Tensor, int]:
        return torch.full((count,), 2.0), count

    def forward(self, x: Tensor) -> Tensor:
        moved: Tensor = x + self.embedding(self.positions(x.shape[1]))
        scaled: Tensor = moved * self.parts(x.shape[1])[0][:, None]
        return scaled


class Keeper:
    """Is no module, and keeps what it made."""

    def __init__(self) -> None:
        self.made: Tensor | None = None
        self.by_width: dict[int, list[Tensor]] = {}

    def kept(self, width: int) -> Tensor:
        if self.made is None:
            self.made, self.by_width[width] = torch.ones(width), [torch.zeros(width)]
        return self.made + self.by_width[width][0]


ALL_THERE_IS = [[[number]] for number in range(20_000)]
"""Something beside the model by which more can be reached than is looked at."""
KEPT: dict[str, Tensor] = {}
LAST: Tensor | None = None


class Keeping(nn.Module):
    """Keeps tensors in all places that there are."""

    shared: ClassVar[dict[int, Tensor]] = {}
    last: ClassVar[Tensor | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.keepers = [(Keeper(), {"deep": Keeper()})]

    def forward(self, x: Tensor) -> Tensor:
        global LAST
        width = x.shape[-1]
        if "mask" not in KEPT:
            KEPT["mask"], Keeping.last, LAST = torch.ones(width), torch.ones(width), torch.ones(width)
            self.shared[width] = torch.ones(width)
        assert Keeping.last is not None
        assert LAST is not None
        x = x * KEPT["mask"] * self.shared[width] * Keeping.last * LAST
        for keeper, others in self.keepers:
            x = x * keeper.kept(width) + others["deep"].kept(width)
        return x


def test_nothing_without_numbers_is_kept() -> None:
    model = Keeping()
    document = export(model, [(2, 8)])
    assert (KEPT, Keeping.shared, Keeping.last, LAST) == ({}, {}, None, None)
    assert export(model, [(2, 8)]) == document
    assert torch.equal(model(torch.ones(2, 8)), torch.full((2, 8), 2.0))
    real = KEPT["mask"]
    export(model, [(2, 8)])
    assert KEPT["mask"] is real, "what has numbers stays"
    assert torch.equal(model(torch.ones(2, 8)), torch.full((2, 8), 2.0))


def test_nothing_is_remembered_without_numbers() -> None:
    model, x = Remembering(), torch.randn(2, 4, 4)
    first = export(model, [x])
    assert export(model, [x]) == first, "the second run does not find what the first one left"
    assert torch.equal(model(x), (x + model.embedding(torch.arange(4).flip(0))) * 2)
    types = [layer["type"] for layer in export(model, [x])["layers"]]
    assert "arange" not in types, "numbers that a real run left are there to be told"
    assert "tensor" in types
