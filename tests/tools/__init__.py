"""Where the tools are that ``make test`` installs with npm, and that tests do without where there is no npm."""

from pathlib import Path

import pytest


def tool(path: str) -> Path:
    """A file of an npm package; skips the test where it is not installed."""
    found = Path(__file__).parent / "node_modules" / path
    if not found.exists():
        pytest.skip(f"{path} is not installed")
    return found
