"""What can be asked of a verification: batches, element types, gradients, fixes, devices."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.core.issues import Patch
from service.diagnosis.patching import patched
from service.verification import job
from service.verification.confinement import Footprint
from tests.api.server import running
from tests.documents import Json, examined, tutorial
from tests.verification.asking import asked, verify


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--verify-seconds", "300", "--verify-waiting", "64") as found:
        yield found


def test_a_batch(address: str) -> None:
    found = verify(address, {**tutorial(5, 1568), "verify": {"batch": 5, "seed": 3}})
    assert found["output_shapes"] == [[5, 10]]
    assert found["activation_bytes"] == 5 * 4 * examined(tutorial(5, 1568)).analysis.totals.activation_bytes // 4


def test_a_batch_is_estimated_too(address: str) -> None:
    found = verify(address, {**tutorial(5, 1568), "verify": {"batch": 2**20}})
    assert found["status"] == "too_large"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_another_element_type(address: str, dtype: str) -> None:
    full = verify(address, {**tutorial(5, 1568), "verify": {"dtype": "float32"}})
    half = verify(address, {**tutorial(5, 1568), "verify": {"dtype": dtype}})
    assert (full["status"], half["status"]) == ("verified", "verified")
    for figure in ("weight_bytes", "activation_bytes"):
        assert full[figure] == 2 * half[figure]


def test_parameters_that_no_gradient_reaches(address: str) -> None:
    layers = [
        {"type": "Linear", "out_features": 4, "name": "used"},
        {"type": "Linear", "out_features": 4, "name": "unused", "inputs": ["input"]},
        {"type": "parameter", "shape": [4], "requires_grad": False, "name": "fixed"},
        {"type": "add", "inputs": ["used", "fixed"], "name": "sum"},
    ]
    document = {"input": [2, 3], "layers": layers, "outputs": ["sum"], "verify": {"backward": True}}
    found = verify(address, document)
    assert found["without_gradient"] == ["unused.weight", "unused.bias"]
    assert found["without_gradient_count"] == 2
    assert found["trainable_parameters"] == found["parameters"] - 4


@pytest.mark.parametrize(
    ("layers", "of"),
    [
        ([{"type": "parameter", "shape": [2, 3]}, {"type": "ReLU", "inplace": True}], "in-place operation"),
        ([{"type": "Linear", "out_features": 4}, {"type": "unbind", "name": "rows"},
          {"type": "ReLU", "inplace": True, "inputs": ["rows[0]"]}], "view"),
        ([{"type": "Linear", "out_features": 4}, {"type": "Sigmoid"}, {"type": "ReLU", "inplace": True}], "modified"),
    ],
)  # fmt: skip
def test_what_only_gradients_forbid(address: str, layers: Any, of: str) -> None:
    document = {"input": [2, 3], "layers": layers, "verify": {"backward": True}}
    found = verify(address, document)
    assert found["status"] == "verified", found
    assert of in found["backward_error"]
    assert "without_gradient" not in found
    assert "backward_error" not in verify(address, {**document, "verify": True})


def test_a_fix_is_verified_without_gradients(address: str) -> None:
    """Also where they are asked for of the model, since they are no matter of the analysis."""
    layers = [{"type": "parameter", "shape": [2, 3]}, {"type": "ReLU", "inplace": True}]
    options = {"backward": True, "fixes": True}
    found = verify(address, {"inputs": {"taken": [2, 3], "unused": [4]}, "layers": layers, "verify": options})
    assert found["backward_error"]
    assert [fix["status"] for fix in found["fixes"]] == ["verified"] * len(found["fixes"]) != []


def test_a_fix_is_verified_at_the_batch_that_is_asked_for(address: str) -> None:
    answer = asked(address, {**tutorial(5, 2048), "verify": {"fixes": True, "batch": 3}})
    offered = [(issue, fix) for issue, each in enumerate(answer["issues"]) for fix, _ in enumerate(each["fixes"])]
    told = answer["verification"]["fixes"]
    assert [(each["issue"], each["fix"]) for each in told] == offered
    assert {each["status"] for each in told} == {"verified"}


@pytest.mark.parametrize(
    "options",
    [
        1,
        "cpu",
        {"device": "tpu"},
        {"device": "cuda:x"},
        {"device": "cuda:00"},
        {"device": "CUDA"},
        {"batch": 0},
        {"epochs": 1},
        {"dtype": "int8"},
    ],
)
def test_what_cannot_be_asked(address: str, options: Any) -> None:
    response = httpx.post(f"{address}/analyze", json={**tutorial(5, 1568), "verify": options})
    assert response.status_code == 422
    assert response.json()["faults"][0]["pointer"].startswith("/verify")


def test_no_such_device(address: str) -> None:
    found = verify(address, {**tutorial(5, 1568), "verify": {"device": "cuda:63"}})
    assert found["status"] == "unavailable"
    assert "cuda:63" in found["error"]


def test_what_cannot_fit_is_not_tried(address: str) -> None:
    document = {"input": [1, 10**5], "layers": [{"type": "Linear", "out_features": 10**5}]}
    found = verify(address, {**document, "verify": True})
    assert found["status"] == "too_large"
    assert found["estimate"]["memory_bytes"] > found["limit"]["memory_bytes"]
    assert "meta" in found["error"]
    assert verify(address, {**document, "verify": {"device": "meta"}})["status"] == "verified"


def test_a_batch_where_several_inputs_might_stand(address: str) -> None:
    """Left out, or given as null, which says the same."""
    document = {"input": [1, 8], "inputs": None, "layers": [{"type": "ReLU"}], "verify": {"batch": 3}}
    assert verify(address, document)["output_shapes"] == [[3, 8]]
    empty = {**document, "layers": [], "verify": {"batch": 3, "dtype": "float64"}}
    assert httpx.post(f"{address}/analyze", json=empty, timeout=60).status_code in (200, 422)


def test_a_fix_that_cannot_be_tried_is_not_lost_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def breaking(raw: Json, patch: Patch) -> Any:
        tried.append(patch)
        if len(tried) == 1:
            raise RecursionError("so deep")
        return patched(raw, patch)

    monkeypatch.setattr(job, "patched", breaking)
    body = json.dumps({**tutorial(5, 2048), "verify": {"fixes": True}}).encode()
    first, *others = job.verified(body, Footprint(), seconds=60)["fixes"]
    assert (first["status"], first["error"]) == ("crashed", "RecursionError: so deep")
    assert {each["status"] for each in others} == {"verified"}
