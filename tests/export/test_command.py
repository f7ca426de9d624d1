"""``python -m service.export``."""

import json
import os
import re
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from service.export.__main__ import main
from tests.documents import answered

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_command_of_the_readme() -> None:
    (command,) = re.findall(r"^\.venv/bin/python -m service.export (.*) > model.json$", README, re.MULTILINE)
    ran = subprocess.run(
        [sys.executable, "-m", "service.export", *command.split()], check=True, capture_output=True, text=True
    )
    answer = answered(json.loads(ran.stdout))
    assert answer["valid"]
    assert answer["outputs"][0]["shape"] == [20, 2, 64]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["torch.nn:Foo", "--input", "1"], "torch.nn has no Foo."),
        (["torch.foo:Bar", "--input", "1"], "torch.foo cannot be imported"),
        (["torch.nn", "--input", "1"], "package.module:callable was expected"),
        (["torch.nn:Linear", "--argument", "3", "--input", "1,3"], "Linear fails: TypeError"),
        (["torch.nn:Linear", "--argument", "3", "--argument", "4", "--input", "1,5"], "fails: RuntimeError"),
        (["torch.nn:ReLU", "--input", "1,x"], "--input 1,x is no shape"),
        (["torch.nn:ReLU", "--input", "a=1", "--input", "2"], "all or none were expected"),
        (["torch:ones", "--argument", "3", "--input", "1"], "a torch.nn.Module was expected"),
        (["torch.nn:ReLU", "--input", "1:bol"], "bol is no element type; did you mean bool?"),
        (["torch.nn:ReLU", "--input", "[1,x]"], "--input [1,x] is no shape"),
        (["torch.nn:Linear", "--argument", "3", "--input", "1,3"], "(--argument NAME=VALUE gives one)"),
        (["tests.export.test_errors:Deciding", "--input", "2,8"], "__bool__: it depends on what the input"),
        (["tests.export.test_errors:Outer", "--input", "2,8"], "does what it does; the model"),
    ],
)
def test_what_fails_is_told_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    output, error = capsys.readouterr()
    assert not output
    assert said in error
    assert error.count("\n") == 1


def test_an_input_may_be_given_by_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    main(["tests.export.test_errors:Deciding", "--input", "[[1.0,2.0]]"])
    document = json.loads(capsys.readouterr().out)
    assert document["input"] == [1, 2]
    assert document["layers"][-1] == {"type": "add", "inputs": ["input"], "other": 1}


def test_what_a_model_prints_is_no_part_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    main(["tests.export.test_command:Talking", "--input", "2,3"])
    output, error = capsys.readouterr()
    assert json.loads(output)["layers"] == [{"type": "mul", "other": 2}]
    assert error == "torch.Size([2, 3])\n"


def test_what_no_document_can_say_is_not_built_with_weights(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tests.export.test_command:Huge", "--input", "2,3"])
    assert "airy_ai" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_on_a_terminal_a_bar_is_drawn_that_makes_way() -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "service.export", "tests.export.test_command:Slow", "--input", "2,3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        seen = b"".join(iter(partial(read, ours), b"")).decode()
        assert process.stdout is not None
        document = json.loads(process.stdout.read())
    os.close(ours)
    assert process.returncode == 0
    assert document["layers"] == [{"type": "Tanh", "name": "tanh"}]
    assert re.search(r"█+·+  50% 1 calls of modules, \d+ s", seen)
    assert "\r\x1b[Kdone\r\n" in seen
    assert seen.endswith(("\x1b[K", "done\r\n"))


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 12)
    except OSError:
        # Nobody has the other end open any more.
        return b""


class Slow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tanh = nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        time.sleep(1.5)
        print("done")
        result: Tensor = self.tanh(x)
        return result


class Talking(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        print(x.shape)
        return x * 2


class Huge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1 << 40, 1 << 10))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = torch.special.airy_ai(x)
        return result
