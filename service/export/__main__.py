"""``python -m service.export package.module:callable --input 1,3,224,224``: prints the document of a model."""

import argparse
import ast
import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import Any, Final, NoReturn

import torch
from torch.nn import Module

from service.core.writing import formatted
from service.export import ExportError, export
from service.export.inputs import dtype_of
from service.export.problems import ValuesNeededError
from service.export.progress import Progress

_DESCRIPTION: Final = """Prints the document of a PyTorch model. The model is built on the meta device, so that weights
take no memory, and run there once."""


class UsageError(ExportError):
    """What the command is told makes no model."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        # What the model prints is no part of the document.
        with Progress() as progress, redirect_stdout(progress):
            document = _exported(given, progress)
    except ExportError as error:
        parser.exit(1, f"{parser.prog}: {error.in_one_line()}\n")
    sys.stdout.write(formatted(document) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service.export", description=_DESCRIPTION)
    parser.add_argument("model", help="package.module:callable, which returns the model; dots lead to attributes")
    parser.add_argument(
        "--input",
        action="append",
        required=True,
        metavar="[NAME=]SIZES[:DTYPE]",
        help="an input: 1,3,224,224 or 2,16:int64; by keyword with its name before it: mask=2,16:bool; "
        "by its numbers, where the model asks for these: lengths=[16,12]",
    )
    parser.add_argument(
        "--argument",
        action="append",
        default=[],
        metavar="[NAME=]VALUE",
        help="an argument of the callable, as Python or plain text: num_classes=10",
    )
    parser.add_argument("--name", help="what the document calls the model; its class if left out")
    parser.add_argument("--train", action="store_true", help="take the model in training mode")
    return parser


def _exported(given: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    inputs = _inputs(given.input)
    build = _builder(given.model, given.argument)
    try:
        with torch.device("meta"):
            model = build()
    except ExportError:
        # Constructors may ask for numbers, which meta has not.
        return _document(build(), inputs, given, progress)
    try:
        return _document(model, inputs, given, progress)
    except ValuesNeededError:
        return _document(build(), inputs, given, progress)


def _document(model: Any, inputs: Any, given: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    if not isinstance(model, Module):
        raise UsageError(f"{given.model} returned {type(model).__name__}; a torch.nn.Module was expected.")
    progress.expect(sum(1 for _ in model.modules()))
    return export(model, inputs, name=given.name, training=given.train, entered=progress.step)


def _builder(path: str, arguments: list[str]) -> Callable[[], Any]:
    """A function that builds the model, or says in one line why it cannot."""
    found = _found(path)
    args, kwargs = _arguments(arguments)

    def build() -> Any:
        if isinstance(found, Module):
            return found
        try:
            return found(*args, **kwargs)
        except Exception as error:
            missing = " (--argument NAME=VALUE gives one)" if "required positional argument" in str(error) else ""
            raise UsageError(f"{path} fails: {type(error).__name__}: {error}{missing}") from error

    return build


def _found(path: str) -> Any:
    module, colon, attributes = path.partition(":")
    if not colon or not module or not attributes:
        raise UsageError(f"{path} names no model; package.module:callable was expected.")
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        raise UsageError(f"{module} cannot be imported: {type(error).__name__}: {error}") from error
    for name in attributes.split("."):
        if not hasattr(found, name):
            raise UsageError(f"{module} has no {attributes}.")
        found = getattr(found, name)
    if not callable(found):
        raise UsageError(f"{path} is {type(found).__name__}; something to call was expected.")
    return found


def _arguments(given: list[str]) -> tuple[list[Any], dict[str, Any]]:
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if equals and name.isidentifier():
            kwargs[name] = _value(value)
        else:
            args.append(_value(text))
    return args, kwargs


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"true": True, "false": False, "null": None}.get(text, text)


def _inputs(given: list[str]) -> Any:
    """The inputs in order, or by keyword."""
    named = [text.partition("=") for text in given]
    by_name = [bool(equals) for _, equals, _ in named]
    if any(by_name):
        if not all(by_name):
            raise UsageError("Some inputs are given by name and some are not; all or none were expected.")
        return {name: _input(text) for name, _, text in named}
    return [_input(text) for text in given]


def _input(text: str) -> Any:
    sizes, _, dtype = text.partition(":")
    if sizes.startswith("["):
        return _numbers(sizes, dtype)
    try:
        shape = tuple(int(size) for size in sizes.split(",")) if sizes else ()
    except ValueError:
        _refuse(text)
    if any(size < 0 for size in shape):
        _refuse(text)
    return {"shape": shape, "dtype": dtype or "float32"}


def _numbers(text: str, dtype: str) -> torch.Tensor:
    """A tensor by its numbers."""
    try:
        numbers = torch.tensor(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError):
        _refuse(text)
    return numbers.to(dtype_of(dtype)) if dtype else numbers


def _refuse(text: str) -> NoReturn:
    raise UsageError(f"--input {text} is no shape; sizes such as 1,3,224,224 or 2,16:int64 were expected.")


if __name__ == "__main__":
    main()
