"""Files that are written from the code: renewed or, where they are only checked, told if they are stale."""

import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent


def renew(written: Mapping[str, Callable[[], str]], arguments: Collection[str]) -> int:
    """Writes what differs of the files, which are given by their paths or, with ``--check``, says what is stale.

    Returns the exit status: 1 if a check failed.
    """
    contents = {name: content() for name, content in written.items()}
    stale = [name for name, content in contents.items() if _present(ROOT / name) != content]
    if "--check" not in arguments:
        for name in stale:
            (ROOT / name).parent.mkdir(exist_ok=True)
            (ROOT / name).write_text(contents[name], encoding="utf-8")
        return 0
    if stale:
        sys.stderr.write(f"stale, run `make generate`: {', '.join(stale)}\n")
    return int(bool(stale))


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
