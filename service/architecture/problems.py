"""Why a document cannot be read: faults with a JSON Pointer, what was allowed, and "did you mean"."""

import difflib
import math
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, NamedTuple

MOST_FAULTS: Final = 20
LONGEST_VALUE: Final = 80
LIKE_ENOUGH: Final = 0.7
"""From which likeness on (difflib's, from 0 to 1) a word is taken for a misspelling of another."""


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
        self.faults: tuple[DocumentFault, ...] = tuple(islice(faults, MOST_FAULTS))
        self.syntax = syntax
        super().__init__(self.faults[0].detail)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that was probably meant, if one was.

    A dotted prefix, the case and underscores hardly count: ``nn.conv_2D`` is Conv2d. A beginning is as good as the
    whole: ``kernal`` is kernel_size.
    """
    given = word.rpartition(".")[2][:64]
    length = len(bare(given))
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(bare(given))
    scored = [
        (max(_likeness(matcher, bare(each)), 0.9 * _likeness(matcher, bare(each)[:length])), each) for each in words
    ]
    capitals = given != given.lower()
    close = [
        (score, each.lower() == given.lower(), (each != each.lower()) == capitals, each)
        for score, each in scored
        if score >= LIKE_ENOUGH
    ]
    return max(close)[-1] if close else None


def bare(word: str) -> str:
    """A word without its dotted prefix, case and underscores: ``conv2d`` for ``nn.Conv_2D``."""
    return word.rpartition(".")[2].lower().replace("_", "").replace("-", "")


def _likeness(matcher: "difflib.SequenceMatcher[str]", candidate: str) -> float:
    matcher.set_seq1(candidate)
    # The bounds cost little, and most candidates don't pass them.
    close = candidate and matcher.real_quick_ratio() >= LIKE_ENOUGH <= matcher.quick_ratio()
    return matcher.ratio() if close else 0.0


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
    if isinstance(value, float) and math.isinf(value):
        return "a number beyond 64-bit floats"
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of about {value.bit_length() * 3 // 10} digits"
    return str(value)
