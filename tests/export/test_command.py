"""``python -m service.export``."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
