"""The commands of ``python -m service``: what the service does, without any server, or by one elsewhere."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from service.api.access import KeysError, new_key
from service.architecture.explaining import explained
from service.architecture.problems import DocumentFault, UnreadableDocument
from service.architecture.reading import parse
from service.core.writing import formatted
from service.diagnosis.examination import Examination, examine
from service.reports.formats import FORMATS
from service.reports.review import budget_as_text, difference_as_text
from service.review.budget import Budget, checked
from service.review.difference import difference
from service.review.mending import mended

SOUND, UNSOUND, UNREADABLE = 0, 1, 2
"""Exit codes: all is well; the architecture has mistakes, or exceeds its budget; nothing could be said."""

COLOURS: Final = (
    (re.compile(r"^(\d+→ error .*)$", re.MULTILINE), "\033[1;31m"),
    (re.compile(r"^(\d+→ warning .*)$", re.MULTILINE), "\033[33m"),
    (re.compile(r"^(\s*✗.*)$", re.MULTILINE), "\033[31m"),
    (re.compile(r"^(\s+fix: .*|\s*✓.*)$", re.MULTILINE), "\033[32m"),
)


def main(arguments: Sequence[str]) -> int:
    """Runs a command; its exit code."""
    given = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except UnreadableDocument as error:
        for fault in error.faults:
            sys.stderr.write(f"{given.file}{f' {fault.pointer}' if fault.pointer else ''}: {fault.detail}\n")
    except OSError as error:
        sys.stderr.write(f"{error.filename or given.file}: {error.strerror}\n")
    return UNREADABLE


def _key(given: argparse.Namespace) -> int:
    try:
        key, line = new_key(given.name)
    except KeysError as error:
        sys.stderr.write(f"key: {error}\n")
        return UNREADABLE
    sys.stderr.write(f"The key, which is kept nowhere:\n{key}\nThe line for PLUMBLINE_API_KEYS_FILE:\n")
    sys.stdout.write(f"{line}\n")
    return SOUND


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Tells whether a neural network's architecture stands. Exit code 0: it does; 1: it has mistakes or "
        "exceeds its budget; 2: it could not be read. Without a command, runs the service.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    key = commands.add_parser("key", help="make an API key, and the line for the file of keys")
    key.add_argument("name", help="whose it is")
    key.set_defaults(run=_key, file="key")
    analyze = _command(commands, "analyze", _analyze, "what there is to say of a document")
    names = [each.name for each in FORMATS]
    analyze.add_argument("--format", choices=names, default="text", help="how; text if left out")
    analyze.add_argument("--server", metavar="URL", help="have a service elsewhere do it")
    fix = _command(commands, "fix", _fix, "apply the best fixes, and write the document")
    fix.add_argument("-o", "--output", metavar="FILE", help="where to; standard output if left out")
    fix.add_argument("--in-place", action="store_true", help="into the file itself")
    check = _command(commands, "check", _check, "hold a document against a budget")
    check.add_argument("budget", help='a file such as {"parameters": {"max": 5000000}, "no_warnings": true}')
    diff = _command(commands, "diff", _diff, "what changed from one document to another")
    diff.add_argument("after", help="the later version")
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told)
    command.add_argument("file", help="a document; - for standard input")
    command.set_defaults(run=run)
    return command


def _analyze(given: argparse.Namespace) -> int:
    body = _read(given.file)
    if given.server is not None:
        return _analyzed_by(given.server, body, given.format)
    examination = examine(body)
    written = next(each for each in FORMATS if each.name == given.format)
    _write(written.render(examination), coloured=given.format == "text")
    return _code(examination)


def _analyzed_by(server: str, body: bytes, written: str) -> int:
    """The same by a service elsewhere."""
    import httpx  # noqa: PLC0415 (only this needs it)

    try:
        answers = [
            httpx.post(f"{server.rstrip('/')}/analyze", params={"format": each}, content=body, timeout=60,
                       headers={"Content-Type": "application/json"})
            for each in dict.fromkeys((written, "json"))
        ]  # fmt: skip
    except httpx.HTTPError as error:
        _fail(f"{server}: {error}")
    if answers[0].is_error:
        _fail(f"{server}: {answers[0].text}")
    _write(answers[0].content, coloured=written == "text")
    return SOUND if answers[-1].json()["valid"] else UNSOUND


def _fix(given: argparse.Namespace) -> int:
    found = mended(parse(_read(given.file)))
    for fix in found.applied:
        sys.stderr.write(f"{fix.description}\n")
    for issue in found.examination.issues:
        if issue.severity == "error":
            sys.stderr.write(f"Not mended: {issue.message}\n")
    text = f"{formatted(found.raw)}\n"
    target = given.file if given.in_place else given.output
    if target is None or target == "-":
        sys.stdout.write(text)
    else:
        Path(target).write_text(text, encoding="utf-8")
    return _code(found.examination)


def _check(given: argparse.Namespace) -> int:
    raw = parse(_read(given.budget))
    try:
        budget = Budget.model_validate(raw)
    except ValidationError as error:
        raise UnreadableDocument([_in_budget(fault) for fault in explained(error, raw)]) from None
    lines = checked(examine(_read(given.file)), budget)
    _write(budget_as_text(lines).encode(), coloured=True)
    return SOUND if all(line.passed for line in lines) else UNSOUND


def _in_budget(fault: DocumentFault) -> DocumentFault:
    return fault._replace(pointer=f"(budget){fault.pointer}")


def _diff(given: argparse.Namespace) -> int:
    after = examine(_read(given.after))
    _write(difference_as_text(difference(examine(_read(given.file)), after)).encode(), coloured=False)
    return _code(after)


def _code(examination: Examination) -> int:
    return SOUND if examination.valid else UNSOUND


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _write(content: bytes, *, coloured: bool) -> None:
    """Writes to standard output; in colours where that is a terminal whose user does not mind."""
    if coloured and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        text = content.decode()
        for pattern, colour in COLOURS:
            text = pattern.sub(f"{colour}\\1\033[0m", text)
        content = text.encode()
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"{message.rstrip()}\n")
    raise SystemExit(UNREADABLE)
