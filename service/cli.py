"""The commands of ``python -m service``: what the service does, without any server, or by one elsewhere."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from service.api.access import KeysError, new_key
from service.architecture.problems import DocumentFault, UnreadableDocument
from service.architecture.reading import parse
from service.core.issues import Fix, Issue, Operation
from service.core.writing import formatted
from service.diagnosis.examination import Examination, examine
from service.reports.abridged.names import cleaned
from service.reports.formats import FORMATS, Format
from service.reports.review.budget import BUDGET_WRITERS
from service.reports.review.difference import DIFFERENCE_WRITERS
from service.review.budget import checked, read_budget
from service.review.difference import compared
from service.review.mending import issues_here, mended, mistakes

if TYPE_CHECKING:
    from service.client import Plumbline
    from service.reports.answer import FixAnswer

SOUND, UNSOUND, UNREADABLE = 0, 1, 2
"""Exit codes: all is well; the architecture has mistakes, or exceeds its budget; nothing could be said."""

UNWANTED = 141
"""As a shell has it for who wrote to a closed pipe."""

COLOURS: Final = (
    (re.compile(r"^(\d+→ error .*)$", re.MULTILINE), "\033[1;31m"),
    (re.compile(r"^(\d+→ warning .*)$", re.MULTILINE), "\033[33m"),
    (re.compile(r"^( *✗.*(?:\n +\w.*)*)$", re.MULTILINE), "\033[31m"),
    (re.compile(r"^( *✓.*(?:\n +\w.*)*| +fix: .*|\+ .*)$", re.MULTILINE), "\033[32m"),
    (re.compile(r"^(− .*)$", re.MULTILINE), "\033[31m"),
)


class _UnreadableFile(Exception):
    """What is in a file cannot be read."""

    def __init__(self, file: str, faults: tuple[DocumentFault, ...]) -> None:
        self.file, self.faults = file, faults


def main(arguments: Sequence[str]) -> int:
    """Runs a command; its exit code."""
    given = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except BrokenPipeError:
        # Who reads has enough; nothing is left to be flushed on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNWANTED
    except _UnreadableFile as error:
        for fault in error.faults:
            _complain(f"{error.file}{f' {fault.pointer}' if fault.pointer else ''}: {fault.detail}")
    except OSError as error:
        _complain(f"{error.filename or given.file}: {error.strerror}")
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
    _written(analyze)
    fix = _command(commands, "fix", _fix, "apply the best fixes, and write the document")
    fix.add_argument("-o", "--output", metavar="FILE", help="where to; standard output if left out")
    fix.add_argument("--in-place", action="store_true", help="into the file itself")
    _served(fix)
    check = _command(commands, "check", _check, "hold a document against a budget")
    check.add_argument("budget", help='a file such as {"parameters": {"max": 5000000}, "no_warnings": true}')
    _written(check)
    diff = _command(commands, "diff", _diff, "what changed from one document to another")
    diff.add_argument("after", help="the later version")
    _written(diff)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], told: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told)
    command.add_argument("file", help="a document; - for standard input")
    command.set_defaults(run=run)
    return command


def _written(command: argparse.ArgumentParser) -> None:
    names = [each.name for each in FORMATS]
    command.add_argument("--format", choices=names, default="text", help="how; text if left out")
    _served(command)


def _served(command: argparse.ArgumentParser) -> None:
    command.add_argument("--server", metavar="URL", help="have a service elsewhere do it")


def _analyze(given: argparse.Namespace) -> int:
    body = _read(given.file)
    if given.server is not None:
        document = _parsed(given.file, body)
        with _service(given.server) as service:
            _tell(service.written(document, given.format).encode(), given)
            return SOUND if service.analyze(document).valid else UNSOUND
    examination = _examined(given.file, body)
    written = next(each for each in FORMATS if each.name == given.format)
    content = written.render(examination)
    _tell(
        content if examination.document.verification is None else _verified(content, written, body, examination), given
    )
    return _code(examination)


def _verified(content: bytes, written: Format, body: bytes, examination: Examination) -> bytes:
    """What there is to say, and what PyTorch says, which the document asks for."""
    from service.api.responding import Responder  # noqa: PLC0415 (most documents don't ask)
    from service.api.settings import Settings  # noqa: PLC0415
    from service.api.tasks import asked  # noqa: PLC0415
    from service.api.verifying import verified_alone  # noqa: PLC0415
    from service.reports.verified import joined  # noqa: PLC0415

    question = asked(Responder(), body, examination)
    return (
        content
        if question is None
        else joined(content, written, asyncio.run(verified_alone(Settings(), body, question)))
    )


@contextmanager
def _service(address: str) -> "Iterator[Plumbline]":
    """A service elsewhere; what it refuses, or that it is not there, ends the command with a line."""
    from service.client import Plumbline, PlumblineError, UnreachableError  # noqa: PLC0415 (an optional part of the install)

    try:
        with Plumbline(address) as service:
            yield service
    except UnreachableError as error:
        _fail(str(error))
    except PlumblineError as error:
        _fail(f"{address}: {error}")


def _fix(given: argparse.Namespace) -> int:
    raw = _parsed(given.file, _read(given.file))
    if given.server is not None:
        with _service(given.server) as service:
            found = mended(raw, partial(_issues_of, service))
    else:
        with _reading(given.file):
            found = mended(raw, issues_here)
    for fix in found.applied:
        _complain(fix.description)
    for issue in found.issues:
        if issue.severity == "error":
            _complain(f"Not mended: {issue.message}")
    text = f"{formatted(found.raw)}\n"
    target = given.file if given.in_place else given.output
    if target is None or target == "-":
        sys.stdout.write(text)
    else:
        Path(target).write_text(text, encoding="utf-8")
    return UNSOUND if mistakes(found.issues) else SOUND


def _issues_of(service: "Plumbline", raw: dict[str, Any]) -> list[Issue]:
    """What a service elsewhere says is wrong; PyTorch is not asked about every step."""
    answer = service.analyze({key: value for key, value in raw.items() if key != "verify"})
    return [
        Issue(each.severity, each.code, each.layer, each.pointer, each.message, fixes=tuple(map(_fix_of, each.fixes)))
        for each in answer.issues
    ]


def _fix_of(offered: "FixAnswer") -> Fix:
    patch = tuple(Operation(step.op, step.path, step.value) for step in offered.patch)
    return Fix(offered.description, patch, offered.valid, offered.effect.parameters, offered.effect.macs)


def _check(given: argparse.Namespace) -> int:
    _only_once(given.file, given.budget)
    raw = _parsed(given.budget, _read(given.budget))
    body = _read(given.file)
    if given.server is not None:
        document = _parsed(given.file, body)
        with _service(given.server) as service:
            _tell(service.check_written(document, raw, given.format).encode(), given)
            return SOUND if service.check(document, raw).passed else UNSOUND
    with _reading(given.budget):
        budget = read_budget(raw)
    found = checked(_examined(given.file, body), budget)
    _tell(BUDGET_WRITERS[given.format](found), given)
    return SOUND if found.passed else UNSOUND


def _diff(given: argparse.Namespace) -> int:
    _only_once(given.file, given.after)
    before, after = _read(given.file), _read(given.after)
    if given.server is not None:
        versions = _parsed(given.file, before), _parsed(given.after, after)
        with _service(given.server) as service:
            _tell(service.diff_written(*versions, given.format).encode(), given)
            return SOUND if service.diff(*versions).valid[1] else UNSOUND
    former, later = _examined(given.file, before), _examined(given.after, after)
    _tell(DIFFERENCE_WRITERS[given.format](compared(former, later)), given)
    return _code(later)


def _only_once(*files: str) -> None:
    if files.count("-") > 1:
        _fail("Only one of the two can be standard input.")


def _code(examination: Examination) -> int:
    return SOUND if examination.valid else UNSOUND


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


@contextmanager
def _reading(file: str) -> Iterator[None]:
    try:
        yield
    except UnreadableDocument as error:
        raise _UnreadableFile(file, error.faults) from None


def _parsed(file: str, body: bytes) -> dict[str, Any]:
    with _reading(file):
        return parse(body)


def _examined(file: str, body: bytes) -> Examination:
    with _reading(file):
        return examine(body)


def _tell(content: bytes, given: argparse.Namespace) -> None:
    """Writes to standard output; in colours where that is a terminal whose user does not mind."""
    if given.format == "text" and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        text = content.decode()
        for pattern, colour in COLOURS:
            text = pattern.sub(f"{colour}\\1\033[0m", text)
        content = text.encode()
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _complain(line: str) -> None:
    """Writes a line to standard error, in which names do nothing to a terminal."""
    sys.stderr.write(f"{cleaned(line)}\n")


def _fail(message: str) -> NoReturn:
    for line in message.rstrip().splitlines():
        _complain(line)
    raise SystemExit(UNREADABLE)
