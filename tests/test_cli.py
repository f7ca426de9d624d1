"""The commands, as a pipeline runs them."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.api.examples import EXAMPLES
from service.cli import main
from service.reports.formats import FORMATS
from service.review.difference import compared
from tests.api.server import analysing
from tests.diagnosis.architectures import SOUND as ARCHITECTURES
from tests.documents import answered, examined


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, example in EXAMPLES.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(example.document), encoding="utf-8")
    return tmp_path


def test_analyze_tells_by_its_exit_code(files: Path, capfdbinary: Any) -> None:
    assert main(["analyze", str(files / "mended.json")]) == 0
    assert main(["analyze", str(files / "broken.json")]) == 1
    assert b"linear-in-features" in capfdbinary.readouterr().out


@pytest.mark.parametrize("written", [each.name for each in FORMATS])
def test_analyze_in_every_format(files: Path, capfdbinary: Any, written: str) -> None:
    assert main(["analyze", str(files / "residual.json"), "--format", written]) == 0
    expected = next(each for each in FORMATS if each.name == written).render(examined(EXAMPLES["residual"].document))
    assert capfdbinary.readouterr().out == expected


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text('{"input": [1], "layers": [{"type": "Conv"}]}')
    assert main(["analyze", str(tmp_path / "bad.json")]) == 2
    assert "/layers/0" in capsys.readouterr().err
    assert main(["analyze", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_names_do_nothing_to_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text(json.dumps({"input": [1], "layers": [{"type": "x\x1b[31m\u202ey"}]}))
    assert main(["analyze", str(tmp_path / "bad.json")]) == 2
    assert all(character.isprintable() or character in "\n\u2068\u2069" for character in capsys.readouterr().err)


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> None:
    stream = io.TextIOWrapper(io.BytesIO(json.dumps(EXAMPLES["mended"].document).encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["analyze", "-"]) == 0
    assert b"29,738" in capfdbinary.readouterr().out


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with analysing() as found:
        yield found


def test_by_a_service_elsewhere(files: Path, address: str, capfdbinary: Any) -> None:
    assert main(["analyze", str(files / "broken.json"), "--server", address]) == 1
    assert main(["analyze", str(files / "mended.json"), "--server", address, "--format", "csv"]) == 0
    with pytest.raises(SystemExit) as ended:
        main(["analyze", str(files / "mended.json"), "--server", "http://127.0.0.1:1"])
    assert ended.value.code == 2
    assert capfdbinary.readouterr().err.count(b"\n") == 1


@pytest.mark.parametrize("written", [each.name for each in FORMATS])
def test_reviews_are_the_same_with_a_service_and_without(
    files: Path, address: str, capfdbinary: Any, written: str
) -> None:
    budget = files / "budget.json"
    budget.write_text(json.dumps({"parameters": {"max": 30_000}, "macs": {"max": 1}}))
    for command in (["check", str(files / "mended.json"), str(budget)],
                    ["diff", str(files / "broken.json"), str(files / "three-mistakes.json")]):  # fmt: skip
        told = []
        for server in ([], ["--server", address]):
            assert main([*command, "--format", written, *server]) == 1
            told.append(capfdbinary.readouterr().out)
        assert told[0] == told[1]


def test_both_from_standard_input(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "diff"):
        with pytest.raises(SystemExit) as ended:
            main([command, "-", "-"])
        assert ended.value.code == 2
        assert capsys.readouterr().err == "Only one of the two can be standard input.\n"


@pytest.mark.parametrize(
    "command",
    [["analyze", "mended.json"], ["check", "mended.json", "budget.json"], ["diff", "mended.json", "broken.json"]],
)
def test_it_loads_only_the_layers_that_are_named(files: Path, command: list[str]) -> None:
    (files / "budget.json").write_text('{"parameters": {"max": 1000000}}')
    script = (
        "import sys; from service.cli import main; from service.layers.catalogue import CATALOGUE; main(sys.argv[1:]);"
        "print(*CATALOGUE.imported, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=files, capture_output=True, text=True, check=True
    )
    assert "Conv2d" in run.stderr.split()
    assert "LSTM" not in run.stderr.split()


def test_who_does_not_read_hears_no_complaint(files: Path) -> None:
    command = [sys.executable, "-m", "service", "analyze", str(files / "broken.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_who_loses_patience_while_it_starts_hears_no_complaint() -> None:
    code = (
        "import runpy, sys\n"
        "class Impatient:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'service.core.sizes': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "sys.argv = ['service', *sys.argv[1:]]\n"
        "runpy.run_module('service', run_name='__main__')\n"
    )
    for arguments in (["analyze", "-"], ["--port", "0"]):
        run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
        assert (run.returncode, run.stdout, run.stderr) == (130, b"", b"")


def test_a_fault_is_told_of_the_file_it_stands_in(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound, broken = str(files / "mended.json"), files / "other.json"
    for text in ('{"nothing": 1}', "{", "\x00", "[]", ""):
        broken.write_text(text)
        for command in (["check", sound, str(broken)], ["diff", sound, str(broken)], ["diff", str(broken), sound]):
            assert main(command) == 2
            errors = capsys.readouterr().err.splitlines()
            assert errors
            assert all(line.startswith(str(broken)) for line in errors), errors


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://host:port", "127.0.0.1:9"])
def test_a_service_that_is_not_there_is_told_in_a_line(files: Path, address: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["analyze", str(files / "mended.json"), "--server", address])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert (error.count("\n"), error.count("127.0.0.1") <= 1) == (1, True), error


@pytest.mark.parametrize("name", ["broken", "three-mistakes", "mended"])
def test_fix_writes_a_sound_document(files: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", str(files / f"{name}.json")]) == 0
    output, error = capsys.readouterr()
    assert answered(json.loads(output))["valid"]
    assert len(error.splitlines()) == {"broken": 1, "three-mistakes": 3, "mended": 0}[name]


@pytest.mark.parametrize("name", ["broken", "three-mistakes", "mended"])
def test_fix_is_the_same_with_a_service_and_without(files: Path, address: str, name: str, capsys: Any) -> None:
    told = []
    for server in ([], ["--server", address]):
        assert main(["fix", str(files / f"{name}.json"), *server]) == 0
        told.append(capsys.readouterr())
    assert told[0] == told[1]


def test_fix_in_place(files: Path) -> None:
    path = files / "broken.json"
    assert main(["fix", str(path), "--in-place"]) == 0
    assert main(["analyze", str(path)]) == 0


def test_check_is_a_gate(files: Path, capsys: Any) -> None:
    budget = files / "budget.json"
    budget.write_text(json.dumps({"parameters": {"max": 30_000}, "output_shape": [None, 10], "no_warnings": True}))
    assert main(["check", str(files / "mended.json"), str(budget)]) == 0
    budget.write_text(json.dumps({"parameters": {"max": 29_737}, "forbidden_types": ["Flatten"]}))
    assert main(["check", str(files / "mended.json"), str(budget)]) == 1
    budget.write_text(json.dumps({"parametres": {"max": 1}}))
    assert main(["check", str(files / "mended.json"), str(budget)]) == 2


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_nothing_changed_from_a_document_to_itself(name: str, tmp_path: Path, capfdbinary: Any) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(ARCHITECTURES[name]()))
    assert main(["diff", str(path), str(path)]) == 0
    assert capfdbinary.readouterr().out == b"Nothing changed.\n"


def test_diff_says_what_changed(files: Path, capfdbinary: Any) -> None:
    assert main(["diff", str(files / "broken.json"), str(files / "mended.json")]) == 0
    told = capfdbinary.readouterr().out.decode()
    assert "broken → sound" in told
    assert re.search(r"^~ fc\n    in_features +2,048 → 1,568$", told, re.MULTILINE)
    assert "✓ cured: fc is a Linear" in told


def told_difference(tmp_path: Path, before: list[Any], after: list[Any], capfdbinary: Any) -> str:
    for name, layers in (("before", before), ("after", after)):
        (tmp_path / name).write_text(json.dumps({"input": [1, 8], "layers": layers}))
    assert main(["diff", str(tmp_path / "before"), str(tmp_path / "after")]) == 0
    told: str = capfdbinary.readouterr().out.decode()
    return told


def test_diff_says_what_takes_something_else(tmp_path: Path, capfdbinary: Any) -> None:
    a, b = ({"type": "Linear", "name": name, "in_features": 8, "out_features": 8} for name in "ab")
    relu = {"type": "ReLU"}
    moved = told_difference(tmp_path, [a, relu, b, relu], [b, relu, a, relu], capfdbinary)
    assert re.search(r"^~ b\n    inputs  1 → input$", moved, re.MULTILINE)
    add = {"type": "add", "inputs": ["a", "b"]}
    rewired = told_difference(tmp_path, [a, b, add], [a, b, {**add, "inputs": ["a", "a"]}], capfdbinary)
    assert re.search(r"^~ 2\n    inputs  a, b → a, a$", rewired, re.MULTILINE)
    inserted = told_difference(tmp_path, [a, relu, b], [a, relu, {"type": "Dropout"}, b], capfdbinary)
    assert "inputs" not in inserted
    assert "type  ReLU → GELU" in told_difference(tmp_path, [a, relu], [a, {"type": "GELU"}], capfdbinary)


def test_diff_of_long_models_that_repeat_takes_no_time() -> None:
    relu, tanh, gelu = ({"type": name} for name in ("ReLU", "Tanh", "GELU"))
    before, after = (examined({"input": [1, 8], "layers": layers}) for layers in
                     ([relu, tanh] * 3000, [tanh, relu, gelu] * 2000))  # fmt: skip
    assert compared(before, after).changed


def test_colours_are_for_terminals(files: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    main(["analyze", str(files / "broken.json")])
    assert b"\033[" not in capfdbinary.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["analyze", str(files / "broken.json")])
    assert b"\033[1;31m" in capfdbinary.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(["analyze", str(files / "broken.json")])
    assert b"\033[" not in capfdbinary.readouterr().out


def test_colours_cover_what_belongs_together(files: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["diff", str(files / "broken.json"), str(files / "mended.json")])
    told = capfdbinary.readouterr().out.decode()
    coloured = re.findall(r"\033\[\d[\d;]*m(.*?)\033\[0m", told, re.DOTALL)
    assert any(part.startswith("✓ cured") and part.endswith(" = 1568.") for part in coloured), coloured
    assert not any(part.startswith("\n") for part in coloured)


def test_pytorch_is_asked_if_the_document_does(tmp_path: Path, capfdbinary: Any) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**EXAMPLES["mended"].document, "verify": True}))
    assert main(["analyze", str(path)]) == 0
    assert b"PyTorch agrees: 6 layers compared" in capfdbinary.readouterr().out
    assert main(["analyze", str(path), "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["verification"]["status"] == "verified"
