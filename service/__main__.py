"""``python -m service``: runs the service, or a command."""

import sys

INTERRUPTED = 130
"""The exit code that a shell has for Ctrl-C."""


def main() -> None:
    """Runs the service or, if a command is given, that; whoever loses patience meanwhile is told nothing."""
    try:
        if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
            from service import cli  # noqa: PLC0415 (the service does without)

            sys.exit(cli.main(sys.argv[1:]))
        from service.api.starting import start  # noqa: PLC0415 (a command does without)

        start()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
