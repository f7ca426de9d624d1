"""The service from the command line: its settings, then itself."""

import argparse
import sys
from typing import NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.api.settings import PREFIX, Settings


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


def _stop(why: str) -> NoReturn:
    sys.stderr.write(f"python -m service: {why}\n")
    sys.exit(2)
