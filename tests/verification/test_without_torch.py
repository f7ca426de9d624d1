"""Where PyTorch is not installed everything else works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import service
from tests.documents import tutorial

WITHOUT = """\
import importlib.util, sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "torch" else found(name, package)
"""
ASKING = """\
import json, sys
from fastapi.testclient import TestClient
from service.api.application import create_application
document, verifying = json.loads(sys.argv[1])
with TestClient(create_application()) as client:
    answers = [client.post("/analyze", json=each).json() for each in (document, verifying)]
    others = [client.get(path).status_code for path in ("/version", "/layers", "/health/ready", "/docs")]
    print(json.dumps([*answers, others]))
"""


def test_without_pytorch_everything_else_works(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(service.__file__).parent.parent}"}
    document = tutorial(5, 1568)
    sent = json.dumps([document, {**document, "verify": {"device": "cpu"}}])
    run = subprocess.run(
        [sys.executable, "-c", ASKING, sent], capture_output=True, text=True, check=True, env=environment
    )
    plain, verified, others = json.loads(run.stdout)
    found = verified.pop("verification")
    assert found["status"] == "unavailable"
    assert "not installed" in found["error"]
    assert verified == plain
    assert others == [200] * len(others)
