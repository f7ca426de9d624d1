"""``python -m service``: runs the service."""

import argparse
from typing import Any

import uvicorn

from service.api.application import create_application
from service.api.settings import Settings


class _Server(uvicorn.Server):
    """Says in one line where it listens, once it does."""

    def _log_started_message(self, listeners: Any) -> None:
        for socket in listeners:
            host, port = socket.getsockname()[:2]
            print(f"Plumbline listens on http://{host}:{port}", flush=True)  # noqa: T201 (the promised line)


def main() -> None:
    """Runs the service with the settings of the environment and the command line."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Runs Plumbline.")
    for name, field in Settings.model_fields.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=field.description, default=argparse.SUPPRESS)
    settings = Settings(**vars(parser.parse_args()))
    config = uvicorn.Config(
        create_application(settings), settings.host, settings.port, log_level="warning", access_log=False
    )
    _Server(config).run()


if __name__ == "__main__":
    main()
