"""``python -m service``: runs the service, or a command."""

import argparse
import os
import socket
import sys
import tempfile
import threading
import time
from typing import Any

import uvicorn
from pydantic import ValidationError
from uvicorn.supervisors import Multiprocess

from service.api.application import create_application
from service.api.metrics import FOLDER
from service.api.settings import Settings


class _Server(uvicorn.Server):
    """Says in one line where it listens, once it does."""

    def _log_started_message(self, listeners: Any) -> None:
        _announce(listeners[0])


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"Plumbline listens on http://{host}:{port}\n")
    sys.stdout.flush()


def _settings() -> Settings:
    """The settings of the environment and, before those, of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service",
        description="Runs Plumbline. With a command (analyze, fix, check, diff) it does that without a server.",
    )
    for name, field in Settings.model_fields.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=field.description, default=argparse.SUPPRESS)
    try:
        return Settings(**vars(parser.parse_args()))
    except ValidationError as error:
        first = error.errors()[0]
        parser.exit(2, f"python -m service: {first['loc'][0]} = {first['input']!r}: {first['msg']}\n")


def _serve_alone(settings: Settings) -> None:
    application = create_application(settings)
    _Server(uvicorn.Config(application, settings.host, settings.port, log_level="warning", access_log=False)).run()


def _serve_together(settings: Settings) -> None:
    """Several processes that accept from one socket; they read the settings from the environment."""
    os.environ |= {f"PLUMBLINE_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    with tempfile.TemporaryDirectory(prefix="plumbline-") as folder:
        # Where the metrics of the processes meet.
        os.environ[FOLDER] = folder
        _serve_by(settings)


def _serve_by(settings: Settings) -> None:
    config = uvicorn.Config(
        "service.api.application:create_application",
        settings.host,
        settings.port,
        factory=True,
        workers=settings.workers,
        log_level="warning",
        access_log=False,
    )
    listener = config.bind_socket()
    threading.Thread(target=_announce_once_ready, args=(listener,), daemon=True).start()
    Multiprocess(config, [listener]).run()


def _announce_once_ready(listener: socket.socket) -> None:
    """Waits for the first of the processes to listen."""
    while True:
        try:
            socket.create_connection(listener.getsockname()[:2], timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            _announce(listener)
            return


def main() -> None:
    """Runs the service or, if a command is given, that."""
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        from service import cli  # noqa: PLC0415 (the service does without)

        sys.exit(cli.main(sys.argv[1:]))
    settings = _settings()
    if settings.workers == 1:
        _serve_alone(settings)
    else:
        _serve_together(settings)


if __name__ == "__main__":
    main()
