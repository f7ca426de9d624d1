"""What the README shows is so: each command is run as it is written, with the answer that is shown; of those that take
a container engine or too long, the parts that they name are there."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.api.examples import EXAMPLES
from service.reports.formats import FORMATS
from tests.api.server import running

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE))
SHELL = [text.strip() for kind, text in BLOCKS if kind == "sh"]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
COMMAND = re.compile(r"^(make|docker|curl|pip|python|\.venv/bin/python) ")
COMMANDS = [*SHELL, *(span for span in SPANS if COMMAND.match(span))]

CURL = [each for each in COMMANDS if each.startswith("curl ")]
MAKE = sorted({line for each in COMMANDS for line in each.splitlines() if line.startswith("make ")})
CLI = [each for each in COMMANDS if each.startswith(".venv/bin/python -m service ")]
EXPORT = [each for each in COMMANDS if each.startswith(".venv/bin/python -m service.export ")]
DOCKER = [each for each in COMMANDS if each.startswith("docker ")]
BENCHMARKS = [each for each in COMMANDS if each.startswith("python -m benchmarks.")]
INSTALL = [each for each in COMMANDS if each.startswith("pip install ")]


def contains(whole: Any, part: Any) -> bool:
    """Whether everything that ``part`` says is in ``whole``; a list of parts stands for entries in that order."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return len(whole) >= len(part) and all(map(contains, whole, part))
    return bool(whole == part)


def test_what_contains_means() -> None:
    assert contains({"a": [{"b": 1, "c": 2}], "d": 3}, {"a": [{"b": 1}]})
    assert not contains({"a": [{"b": 1}]}, {"a": [{"b": 2}]})


def test_no_command_is_left_out() -> None:
    tried = [*CURL, *CLI, *EXPORT, *DOCKER, *BENCHMARKS, *INSTALL]
    assert sorted({*tried, *(each for each in COMMANDS if each.startswith("make "))}) == sorted(set(COMMANDS))
    counts = [len(each) for each in (CURL, CLI, EXPORT, DOCKER, BENCHMARKS, INSTALL, PYTHON)]
    assert counts == [3, 4, 1, 2, 1, 1, 2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where commands are typed: the interpreter is there under the name that the README has for it."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for name, example in {"model": "broken", "before": "broken", "after": "mended"}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(EXAMPLES[example].document), encoding="utf-8")
    (budget,) = [span for span in SPANS if span.startswith('{"parameters": {"max"')]
    (tmp_path / "budget.json").write_text(budget, encoding="utf-8")
    return tmp_path


def typed(command: str, folder: Path, **given: Any) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
                          check=False, **given)  # fmt: skip


def output_of(part: str, address: str) -> str:
    """What the request prints of which this is a part."""
    (command,) = (command for command in CURL if part in command)
    done = typed(command.replace("localhost:8000", address.removeprefix("http://")), ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_request(address: str) -> None:
    (shown,) = [text for kind, text in BLOCKS if kind == "json"]
    assert contains(json.loads(output_of("myCNN", address)), json.loads(shown))


def test_the_unreadable_request(address: str) -> None:
    problem = json.loads(output_of("kernal_size", address))
    assert problem["status"] == 422
    assert {fault["did_you_mean"] for fault in problem["faults"]} == {"kernel_size", None}


def test_an_architecture_at_another_size(address: str) -> None:
    table = output_of("vit-b-16", address)
    assert table.startswith("✗ ViT-B/16: 1 mistake")
    assert "226" in table


def test_every_path_answers(address: str) -> None:
    paths = [span.removeprefix("GET ") for span in SPANS if span.startswith("GET ")]
    assert len(paths) > 5
    for path in paths:
        assert httpx.get(address + path, timeout=60).status_code == 200, path


def test_the_formats(address: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\S+/\S+)` \|", README, re.MULTILINE)
    assert rows == [(each.name, each.media_type) for each in FORMATS]
    for name, media_type in rows:
        for asking in ({"params": {"format": name}}, {"headers": {"Accept": media_type}}):
            answer = httpx.post(f"{address}/analyze", json=EXAMPLES["broken"].document, **asking)  # type: ignore[arg-type]
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)


def test_the_options_of_a_verification(address: str) -> None:
    (line,) = re.findall(r"^    (\"verify\": .*)$", README, re.MULTILINE)
    document = {**EXAMPLES["mended"].document, **json.loads(f"{{{line}}}")}
    answer = httpx.post(f"{address}/analyze", json=document, timeout=120).json()
    assert answer["verification"]["status"] in ("verified", "unavailable")


def test_from_a_live_model_and_to_a_service(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    nn = pytest.importorskip("torch.nn")
    names: dict[str, Any] = {"model": nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))}
    exported, asked = PYTHON
    exec(exported, names)
    exec(asked.replace("http://localhost:8000", address), names)
    assert capsys.readouterr().out.startswith(f"True {names['analysis'].totals.parameters} []\nin_channels ")


@pytest.mark.parametrize("command", EXPORT)
def test_from_a_live_model_in_a_shell(command: str, folder: Path) -> None:
    pytest.importorskip("torch")
    done = typed(f"{command} && .venv/bin/python -m service analyze model.json", folder)
    assert done.returncode == 0, done.stderr
    assert "TransformerEncoder" in done.stdout


@pytest.mark.parametrize("command", CLI)
def test_without_a_server(command: str, folder: Path, address: str) -> None:
    expected = {"analyze": 1, "fix": 0, "check": 1, "diff": 0}[command.split()[3]]
    by_itself = typed(command, folder)
    assert by_itself.returncode == expected, by_itself.stderr
    assert by_itself.stdout
    (flag,) = {span for span in SPANS if span == "--server URL"}
    assert typed(f"{command} {flag.replace('URL', address)}", folder).stdout == by_itself.stdout
    if " fix " not in command:
        assert typed(f"{command} --format markdown", folder).stdout.startswith("#")
    first = folder / command.split()[4]
    piped = typed(command.replace(first.name, "-", 1), folder, input=first.read_text(encoding="utf-8"))
    assert piped.stdout == by_itself.stdout
    first.write_text("{")
    assert typed(command, folder).returncode == 2


def test_fix_writes_where_it_is_told(folder: Path) -> None:
    (command,) = [each for each in CLI if " fix " in each]
    assert {"-o FILE", "--in-place"} <= set(SPANS)
    printed = typed(command, folder).stdout
    assert typed(f"{command} -o mended.json && {command} --in-place", folder).returncode == 0
    for name in ("mended.json", "model.json"):
        assert json.loads((folder / name).read_text(encoding="utf-8")) == json.loads(printed)


def test_make_serves(tmp_path: Path) -> None:
    # As it is written, but for the port, which somebody else may have.
    with subprocess.Popen(["make", "serve"], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
                          env={**os.environ, "PLUMBLINE_PORT": "0"}) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            found = next(match[0] for line in lines if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
            assert httpx.get(f"{found}/health/ready").status_code == 200
        finally:
            os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.parametrize("command", MAKE)
def test_what_make_makes(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", BENCHMARKS)
def test_the_benchmarks_say_what_they_do(command: str) -> None:
    first = command.rpartition(".")[0]
    others = [
        span for span in SPANS if re.fullmatch(r"\.[a-z]+", span) and (ROOT / f"benchmarks/{span[1:]}.py").exists()
    ]
    assert len(others) == 4
    for each in (command, *(first + other for other in others)):
        assert "usage:" in typed(f"{each} --help", ROOT).stdout, each


def test_what_a_container_engine_would_be_told() -> None:
    """None is asked; what the commands name is there, and ``tests/container`` looks at the rest."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    started = {}
    for command in DOCKER:
        words = shlex.split(command)
        assert (words[:2], words[-1]) == (["docker", "compose"], "up")
        profiles = {after for word, after in pairwise(words) if word == "--profile"}
        started[command] = {
            name for name, each in services.items() if not each.get("profiles") or profiles & {*each["profiles"]}
        }
    assert list(started.values()) == [{"plumbline"}, {"plumbline", "plumbline-gpu"}]
    stages = re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    (named,) = re.findall(r"three targets: `(\w+)` [^`]*`(\w+)`, and `(\w+)`", README)
    assert set(named) <= set(stages)
    assert {each["build"]["target"] for each in services.values() if "build" in each} <= set(named)


@pytest.mark.parametrize("command", INSTALL)
def test_what_is_installed_without_pytorch(command: str, tmp_path: Path) -> None:
    """That it can be is shown by the image ``slim``; what it would take is in the metadata."""
    assert command == "pip install ."
    wheel = [sys.executable, "-c", "import importlib.metadata as m; print(*m.requires('plumbline'), sep='\\n')"]
    requires = subprocess.run(wheel, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    assert any(each.startswith("torch") for each in requires)
    assert all("extra == " in each for each in requires if each.startswith("torch"))


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert all((ROOT / link).exists() for link in links if "://" not in link)
