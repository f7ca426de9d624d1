"""API keys: who may ask. Only their hashes are kept, in a file that may change while the service runs."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]{1,64}):(?P<hash>[0-9a-f]{64})$")
_LOOKED_AFTER_SECONDS: Final = 1.0
LONGEST_KEY: Final = 256


class KeysError(ValueError):
    """A file that does not hold keys."""


def new_key(name: str) -> tuple[str, str]:
    """A key for somebody, and the line for the file of keys. 256 random bits need no slow hash."""
    key = f"plumbline_{secrets.token_urlsafe(32)}"
    line = f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"
    if _LINE.match(line) is None:
        msg = f"{name!r} cannot be a name: up to 64 letters, digits, dots, underscores and hyphens were expected."
        raise KeysError(msg)
    return key, line


def parsed(lines: Iterable[str]) -> dict[str, bytes]:
    """The hashes by name; a line is empty, a comment (``#``), or ``name:sha256``."""
    found: dict[str, bytes] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.match(text)
        if match is None or match["name"] in found:
            msg = f"line {number} is not name:sha256, or its name stands there before"
            raise KeysError(msg)
        found[match["name"]] = bytes.fromhex(match["hash"])
    if not found:
        msg = "it has no key"
        raise KeysError(msg)
    return found


class Keys:
    """The keys of a file, read again when it changes."""

    def __init__(self, path: Path) -> None:
        """Raises :class:`KeysError` and :class:`OSError`."""
        self.path = path
        self.failure: str | None = None
        """Why the file's latest state could not be read; the keys before it hold on."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when the file was read again, or cannot be any more."""
        self._version = self._stamp()
        self._looked = time.monotonic()
        self._hashes = parsed(path.read_text().splitlines())

    def owner(self, key: str) -> str | None:
        """Whose key it is; takes as long whether it is one or not, and whichever."""
        self._look()
        given = hashlib.sha256(key[:LONGEST_KEY].encode("utf-8", "surrogateescape")).digest()
        found = None
        for name, known in self._hashes.items():
            if hmac.compare_digest(given, known):
                found = name
        return found if len(key) <= LONGEST_KEY else None

    def _stamp(self) -> tuple[int, int, int]:
        status = self.path.stat()
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOKED_AFTER_SECONDS:
            return
        self._looked = now
        try:
            version = self._stamp()
            if version != self._version:
                self._hashes = parsed(self.path.read_text().splitlines())
                self._version, self.failure = version, None
                self.on_change()
        except (OSError, ValueError) as error:
            before, self.failure = self.failure, str(error)
            if self.failure != before:
                self.on_change()

    @property
    def names(self) -> list[str]:
        """Whose keys there are."""
        return list(self._hashes)


def presented(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The key that a request comes with, in ``Authorization: Bearer`` or ``X-API-Key``; empty if it has none."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, key = value.decode("latin-1").partition(" ")
            if scheme.lower() == "bearer":
                return key.strip()
        elif name == b"x-api-key":
            return value.decode("latin-1").strip()
    return ""
