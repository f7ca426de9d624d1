"""The service from the command line: its settings, then itself."""

import argparse
import difflib
import os
import sys
from typing import Final, NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.api.settings import PREFIX, Settings

_LIKE_ENOUGH: Final = 0.75
"""Others, such as those that orchestrators make up for services of this name, are left alone."""


def start() -> None:
    """Runs the service with the settings of the environment and of the command line."""
    settings = _settings()
    from service.api.application import UnusableSettingsError  # noqa: PLC0415 (a wrong setting is told at once)
    from service.api.serving import serve  # noqa: PLC0415

    try:
        serve(settings)
    except UnusableSettingsError as error:
        _stop(str(error))


def _settings() -> Settings:
    """The settings of the environment and, before those, of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Runs Plumbline. With a command (analyze, fix, check, diff, key) it does that without a server.",
        epilog="Every flag is also an environment variable: PLUMBLINE_PORT for --port.",
    )
    for name, field in Settings.model_fields.items():
        description = (field.description or "").replace("%", "%%")
        parser.add_argument(f"--{name.replace('_', '-')}", help=description, default=argparse.SUPPRESS)
    given = vars(parser.parse_args())
    _refuse_misspellings()
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            _stop(first["msg"].removeprefix("Value error, "))
        name = str(first["loc"][0])
        source = f"--{name.replace('_', '-')}" if name in given else f"{PREFIX}{name.upper()}"
        _stop(f"{name} = {first['input']!r} ({source}): {first['msg']}")
    except SettingsError as error:
        _stop(str(error))


def _refuse_misspellings() -> None:
    """Stops at a variable that is nearly a setting: who meant to have a limit, or keys, is not to go without."""
    names = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for given in sorted(os.environ):
        if given.startswith(PREFIX) and given not in names:
            bare = [name.removeprefix(PREFIX) for name in names]
            close = difflib.get_close_matches(given.removeprefix(PREFIX), bare, n=1, cutoff=_LIKE_ENOUGH)
            if close:
                _stop(f"there is no setting {given}; did you mean {PREFIX}{close[0]}?")


def _stop(why: str) -> NoReturn:
    sys.stderr.write(f"python -m service: {why}\n")
    sys.exit(2)
