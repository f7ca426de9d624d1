"""PyTorch asked through the service, and what becomes of the service when a job goes wrong."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest

import service
from service.api.examples import EXAMPLES
from tests.api.server import running
from tests.documents import Json, tutorial

SECONDS: Final = 5
TIME_BOMB: Final[Json] = {
    "input": [2, 3, 4],
    "layers": [{"type": "LSTM", "input_size": 4, "hidden_size": 4, "num_layers": 90_000}],
    "verify": {"device": "meta"},
}
SLOW: Final[Json] = {
    # Quickly analysed, and many seconds of work.
    "input": [1, 256, 64, 64],
    "layers": [{"type": "Conv2d", "out_channels": 256, "kernel_size": 31, "padding": 15} for _ in range(2)],
    "verify": True,
}
MEMORY_BOMB: Final[Json] = {
    # Little is returned and little owned, but the scores of all pairs are worked out in between.
    "input": [1, 16_000, 8],
    "layers": [{"type": "TransformerEncoderLayer", "d_model": 8, "nhead": 4, "batch_first": True}],
    "verify": True,
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    flags = ("--verify-seconds", str(SECONDS), "--verify-jobs", "2", "--verify-waiting", "1",
             "--verify-memory", str(2**30))  # fmt: skip
    with running(*flags) as found:
        verify(found, {**EXAMPLES["mended"].document, "verify": True})
        yield found


def verify(address: str, document: Any) -> Json:
    response = httpx.post(f"{address}/analyze", json=document, timeout=60)
    assert response.status_code == 200, response.text
    found: Json = response.json()["verification"]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_examples(address: str, name: str, device: str) -> None:
    options = {"device": device, "backward": device == "cpu" and name != "encoder", "fixes": True}
    document = {**EXAMPLES[name].document, "verify": options}
    answer = httpx.post(f"{address}/analyze", timeout=60, json=document).json()
    found = answer["verification"]
    assert found["device"] == device
    assert found["discrepancies"] == []
    assert all(fix["status"] != "discrepancy" for fix in found["fixes"]), found
    if answer["valid"]:
        assert found["status"] == "verified", found
        assert found["parameters"] == answer["totals"]["parameters"]
        assert found["macs"] == answer["totals"]["macs"]
        assert found["layers_compared"] == len(answer["layers"])
        assert ("latency_ms" in found) == (device == "cpu")
    elif device == "cpu" or found["status"] != "unavailable":
        assert found["status"] == "rejected", found
        first = next(issue for issue in answer["issues"] if issue["severity"] == "error")
        assert found["layer"] == first["layer"]
        assert found["error"]


def test_a_batch_and_a_seed(address: str) -> None:
    found = verify(address, {**EXAMPLES["mended"].document, "verify": {"batch": 5, "seed": 3}})
    assert found["output_shapes"] == [[5, 10]]


@pytest.mark.parametrize("verify", [1, "cpu", {"device": "tpu"}, {"device": "cuda:x"}, {"batch": 0}, {"epochs": 1}])
def test_what_cannot_be_asked(address: str, verify: Any) -> None:
    response = httpx.post(f"{address}/analyze", json={**tutorial(5, 1568), "verify": verify})
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


def test_a_time_bomb_is_ended(address: str) -> None:
    begun = time.monotonic()
    assert verify(address, TIME_BOMB)["status"] == "timeout"
    assert time.monotonic() - begun < SECONDS + 40, "the machine may be busy with other tests"
    assert verify(address, {**tutorial(5, 1568), "verify": True})["status"] == "verified"


def test_a_memory_bomb_ends_its_own_job_alone(address: str) -> None:
    assert verify(address, MEMORY_BOMB)["status"] == "out_of_memory"
    assert verify(address, {**tutorial(5, 1568), "verify": True})["status"] == "verified"


def test_a_job_that_is_killed(address: str) -> None:
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(verify, address, SLOW)
        job = waited_for(lambda: next(iter(jobs(address)), None))
        job.send_signal(signal.SIGSEGV)
        found = asked.result()
    assert found["status"] == "crashed"
    assert str(int(signal.SIGSEGV)) in found["error"]
    assert verify(address, {**tutorial(5, 1568), "verify": True})["status"] == "verified"


def test_the_nursery_is_started_again(address: str) -> None:
    nursery(address).kill()
    answers = [verify(address, {**tutorial(5, 1568), "verify": True})["status"] for _ in range(2)]
    assert answers[-1] == "verified"


def test_a_client_that_leaves_takes_its_job_along(address: str) -> None:
    with pytest.raises(httpx.TimeoutException):
        httpx.post(f"{address}/analyze", json=SLOW, timeout=0.5)
    assert waited_for(lambda: not jobs(address))


def test_a_full_queue_says_when_to_come_back(address: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(verify, address, SLOW) for _ in range(3)]
        waited_for(lambda: len(jobs(address)) == 2)
        time.sleep(0.3)
        response = httpx.post(f"{address}/analyze", json={**tutorial(5, 1568), "verify": True}, timeout=30)
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
        assert response.json()["code"] == "busy"
        assert httpx.post(f"{address}/analyze", json=tutorial(5, 1568)).json()["valid"], "analyses go on"
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert [each.result()["status"] for each in asked] == ["timeout"] * 3


def test_many_bombs_leave_nothing_behind(address: str) -> None:
    before = server(address).memory_info().rss
    for _ in range(30):
        with pytest.raises(httpx.TimeoutException):
            httpx.post(f"{address}/analyze", json=SLOW, timeout=0.05)
    assert waited_for(lambda: not jobs(address))
    assert server(address).memory_info().rss < before + 2**26
    assert verify(address, {**tutorial(5, 1568), "verify": True})["status"] == "verified"


def test_the_web_process_never_loads_pytorch(address: str) -> None:
    maps = Path(f"/proc/{server(address).pid}/maps").read_text(encoding="utf-8")
    assert "libtorch" not in maps
    assert "libtorch" in Path(f"/proc/{nursery(address).pid}/maps").read_text(encoding="utf-8")


def test_jobs_see_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with running() as found:
        environment = waited_for(lambda: nursery(found).environ())
        assert "AWS_SECRET_ACCESS_KEY" in os.environ
        assert "AWS_SECRET_ACCESS_KEY" not in environment


def test_without_pytorch_everything_else_works(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
    )
    code = (
        "import json, sys\n"
        "from service.verification import workers\n"
        "workers.importlib.util.find_spec = lambda name: None\n"
        "from fastapi.testclient import TestClient\n"
        "from service.api.application import create_application\n"
        "client = TestClient(create_application())\n"
        f"answer = client.post('/analyze', json={ {**tutorial(5, 1568), 'verify': True}!r}).json()\n"
        "print(json.dumps([answer['valid'], answer['verification']['status']]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(service.__file__).parent.parent}"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert json.loads(run.stdout) == [True, "unavailable"]


def test_nothing_is_unpickled_and_only_formulas_are_evaluated() -> None:
    root = Path(service.__file__).parent
    evaluated = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not {"pickle", "dill", "cloudpickle", "marshal", "shelve"} & set(names), path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("torch.load", "pickle.loads", "__import__"), path
                if called in ("eval", "exec"):
                    evaluated.add(path.relative_to(root).as_posix())
    assert evaluated == {"core/formulas.py"}


def server(address: str) -> psutil.Process:
    port = int(address.rpartition(":")[2])
    children = psutil.Process().children()
    return next(each for each in children for one in each.net_connections() if one.laddr.port == port)


def nursery(address: str) -> psutil.Process:
    return next(each for each in server(address).children() if "service.verification.nursery" in each.cmdline())


def jobs(address: str) -> list[psutil.Process]:
    return nursery(address).children()


def waited_for(found: Any) -> Any:
    """What is found, once there is something."""
    for _ in range(400):
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it never came")
