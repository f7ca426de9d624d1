"""What is shipped: pinned, the same that is tested, listed with its licence, and each there for a reason."""

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
REQUIREMENTS = ROOT / "requirements"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall((REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.in")), ids=lambda path: path.name)
def test_each_dependency_has_a_reason(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(("#", "-r"))]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9_.-]+(\[[a-z]+\])?[<>=][^#]*\s# \S.+", line, re.IGNORECASE), line


@pytest.mark.parametrize("name", ["build", "runtime", "tracing", "torch"])
def test_what_is_shipped_is_what_is_tested(name: str) -> None:
    tested = dict(pins("development"))
    differing = {package: (version, tested[package]) for package, version in pins(name) if package in tested}
    assert all(shipped == here for shipped, here in differing.values()), differing


def test_the_bill_of_materials_has_every_package_once() -> None:
    document = json.loads((ROOT / "deploy/sbom.json").read_text(encoding="utf-8"))
    assert document["bomFormat"] == "CycloneDX"
    found = [(each["name"], each["version"]) for each in document["components"]]
    assert len(found) == len(set(found))
    assert set(found) == pins("runtime") | pins("tracing") | pins("torch"), "make supply renews it"


def test_licences_are_known_and_ask_nothing_of_users() -> None:
    document = json.loads((ROOT / "deploy/sbom.json").read_text(encoding="utf-8"))
    for component in document["components"]:
        if "licenses" in component:
            assert not re.search(r"\b[AL]?GPL", component["licenses"][0]["license"]["name"]), component
        else:
            assert component["name"].startswith(("nvidia-", "cuda-", "triton")), component
    table = (ROOT / "deploy/licences.md").read_text(encoding="utf-8")
    assert table.count("\n| ") == len(document["components"]) + 2  # its head


FAULTY = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.11"]}]}
FAULTLESS: dict[str, Any] = {"name": "idna", "version": "3.15", "vulns": []}
UNKNOWN = {"name": "anyio", "skip_reason": "Dependency not found on PyPI and could not be audited: anyio (4.12)"}


@pytest.mark.parametrize(
    ("found", "status", "told"),
    [
        ({"dependencies": [FAULTLESS]}, 0, ["1 of 1 packages were audited, and 0 vulnerabilities found."]),
        ({"dependencies": [FAULTY, FAULTLESS]}, 1, ["VULNERABLE: jinja2 2.10: PYSEC-1, mended in 2.11", "2 of 2"]),
        ({"dependencies": [FAULTY, UNKNOWN]}, 1, ["VULNERABLE: jinja2", "1 of 2", "NOT AUDITED: 1, since"]),
        ({"dependencies": [FAULTLESS, UNKNOWN]}, 3, ["1 of 2", "NOT AUDITED: 1, since"]),
        ({"dependencies": [UNKNOWN]}, 3, ["NOT AUDITED: 1, since"]),
        ({"dependencies": []}, 3, []),
        ("no route to host", 3, ["NOT AUDITED: the package index could not be asked: no route to host"]),
    ],
)
def test_what_was_not_audited_is_neither_a_finding_nor_a_pass(
    monkeypatch: pytest.MonkeyPatch, found: Any, status: int, told: list[str]
) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "deploy"), *sys.path])
    judged = runpy.run_path(str(ROOT / "deploy/audit.py"))["judged"]
    ended, lines = judged(found)
    assert ended == status
    assert len(lines) == len(told)
    assert all(line.startswith(part) for line, part in zip(lines, told, strict=True))
