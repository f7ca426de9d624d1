"""The README's first request, as it is written, gets the answer that it shows."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.api.server import running

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def contains(whole: Any, part: Any) -> bool:
    """Whether everything that ``part`` says is in ``whole``; a list of parts stands for entries in that order."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return len(whole) >= len(part) and all(map(contains, whole, part))
    return bool(whole == part)


COMMANDS = re.findall(r"```sh\n(curl .*?)```", README, re.DOTALL)


def output_of(part: str) -> str:
    """What the command prints of which this is a part."""
    (command,) = (command for command in COMMANDS if part in command)
    with running() as address:
        written = ["bash", "-c", command.replace("localhost:8000", address)]
        return subprocess.run(written, capture_output=True, text=True, check=True).stdout


def test_the_first_request() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert contains(json.loads(output_of("myCNN")), json.loads(shown))


def test_the_unreadable_request() -> None:
    problem = json.loads(output_of("kernal_size"))
    assert problem["status"] == 422
    assert {fault["did_you_mean"] for fault in problem["faults"]} == {"kernel_size", None}


def test_an_architecture_at_another_size() -> None:
    table = output_of("vit-b-16")
    assert table.startswith("✗ ViT-B/16: 1 mistake")
    assert "226" in table


def test_every_command_is_run() -> None:
    assert len(COMMANDS) == 3


def test_what_contains_means() -> None:
    assert contains({"a": [{"b": 1, "c": 2}], "d": 3}, {"a": [{"b": 1}]})
    assert not contains({"a": [{"b": 1}]}, {"a": [{"b": 2}]})


def test_the_commands_exist() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"(?:^|`)make (\w+)(?:$|`)", README, re.MULTILINE)
    assert {"setup", "serve", "test", "check", "bench"} <= set(targets)
    assert all(f"\n{target}:" in makefile for target in targets)
