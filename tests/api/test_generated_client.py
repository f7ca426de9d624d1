"""A client made from the OpenAPI document by a generator: its types hold, and it says and understands what we do."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.documents import tutorial

COMMITTED = Path(__file__).parents[2] / "openapi/openapi.json"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the client that was generated."""
    folder = tmp_path_factory.mktemp("generated") / "plumbline_client"
    generator = Path(sys.executable).with_name("openapi-python-client")
    command: list[str | Path] = [generator, "generate", "--path", COMMITTED, "--meta", "none", "--output-path", folder,
               "--fail-on-warning"]  # fmt: skip
    path = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=path)
    assert found.returncode == 0, found.stdout + found.stderr
    return folder


def test_its_types_hold(package: Path) -> None:
    # How it connects is the generator's own, and the same for every service.
    settings = package.parent / "mypy.ini"
    settings.write_text("[mypy]\n[mypy-plumbline_client.client]\nignore_errors = True\n")
    command: list[str | Path] = [sys.executable, "-m", "mypy", "--config-file", settings, package]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=package.parent)
    assert found.returncode == 0, found.stdout


def test_it_analyses(package: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(package.parent)
    client: Any = importlib.import_module("plumbline_client").Client(base_url=address)
    analyze: Any = importlib.import_module("plumbline_client.api.analysis.analyze")
    models: Any = importlib.import_module("plumbline_client.models")
    sound, broken = (models.Document.from_dict(tutorial(5, features)) for features in (1568, 2048))
    unreadable = models.Document.from_dict({"input": [1], "layers": [{"type": "Nope"}]})
    with client:
        answer = analyze.sync(client=client, body=sound)
        response = analyze.sync_detailed(client=client, body=broken)
        problem = analyze.sync(client=client, body=unreadable)
    assert answer.valid
    assert answer.totals.parameters == 29_738
    assert response.parsed.issues[0].fixes[0].patch[0].value == 1568
    assert response.parsed.to_dict() == json.loads(response.content)
    assert problem.code == "unreadable-document"
