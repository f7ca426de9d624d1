"""Why a document cannot be read: faults with a JSON Pointer, what was allowed, and "did you mean"."""

import difflib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

MOST_FAULTS: Final = 20
LONGEST_VALUE: Final = 80


class DocumentFault(NamedTuple):
    """One thing that cannot be read."""

    code: str
    pointer: str
    detail: str
    allowed: tuple[Any, ...] = ()
    did_you_mean: str | None = None


class UnreadableDocument(Exception):
    """The document cannot be read. ``syntax`` is true where it is not even JSON."""

    def __init__(self, faults: Iterable[DocumentFault], *, syntax: bool = False) -> None:
        self.faults: tuple[DocumentFault, ...] = tuple(faults)[:MOST_FAULTS]
        self.syntax = syntax
        super().__init__(self.faults[0].detail)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that was probably meant: the case and a dotted prefix don't count."""
    plain = word.rpartition(".")[2].lower()
    by_plain = {candidate.lower(): candidate for candidate in words}
    compact = {candidate.replace("_", ""): original for candidate, original in by_plain.items()}
    if plain in by_plain:
        return by_plain[plain]
    if plain.replace("_", "").replace("-", "") in compact:
        return compact[plain.replace("_", "").replace("-", "")]
    close = difflib.get_close_matches(plain[:64], by_plain, n=1, cutoff=0.6)
    return by_plain[close[0]] if close else None


def shortened(value: Any) -> str:
    """A value as it was written, cut to a readable length."""
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else _literal(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        printable = value[:LONGEST_VALUE].encode("utf-8", "replace").decode()
        return f'"{printable}"'
    if isinstance(value, dict):
        return f"an object with {len(value)} keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of about {value.bit_length() * 3 // 10} digits"
    return str(value)
