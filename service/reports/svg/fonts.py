"""How wide text is, before anybody has chosen a font: an upper bound, and what is done with text that is too wide."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

FAMILY: Final = "Arial, 'Liberation Sans', Helvetica, sans-serif"

_REGULAR: Final = (
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 56, 102, 69, 69, 73, 78, 67, 62, 78, 76, 30, 50, 67, 56, 87, 75, 79, 67, 79, 73, 67, 62, 74, 69, 99, 69, 67,
    69, 40, 34, 40, 84, 56, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60,
    82, 60, 60, 53, 64, 34, 64, 84,
)  # fmt: skip
_BOLD: Final = (
    35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40, 84,
    84, 84, 62, 100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 56, 78, 64, 100, 84, 86, 74, 86, 78, 73, 69, 82, 78, 111, 78,
    73, 73, 46, 37, 46, 84, 56, 50, 68, 72, 60, 72, 68, 44, 72, 72, 35, 35, 67, 35, 105, 72, 69, 72, 72, 50, 60, 48, 72,
    66, 93, 65, 66, 59, 72, 37, 72, 84,
)  # fmt: skip
"""Hundredths of the size, from the space to the tilde: the wider of Arial's and DejaVu Sans's."""

_SYMBOLS: Final = {"×": 84, "·": 38, "−": 84, "→": 100, "…": 100, "–": 56, "√": 67, "²": 44, "³": 44}
_WIDE: Final = 100
_OTHER: Final = 72


def width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper bound on the width, in pixels; where :func:`is_measured` does not hold, the width it has to be given."""
    table = _BOLD if bold else _REGULAR
    return sum(_hundredths(character, table) for character in text) * size / 100


def is_measured(text: str) -> bool:
    """Whether the bound rests on known fonts. Other text needs to be fitted into its width."""
    return text.isascii() or all(character.isascii() or character in _SYMBOLS for character in text)


def _hundredths(character: str, table: tuple[int, ...]) -> int:
    place = ord(character) - 32
    if 0 <= place < len(table):
        return table[place]
    return _SYMBOLS.get(character) or _unmeasured(character)


@lru_cache(4096)
def _unmeasured(character: str) -> int:
    if unicodedata.combining(character) or character in "\u2068\u2069":
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER


def shortened(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, or its beginning and end around an ellipsis, no wider than ``room``."""
    if len(text) * size < room or width(text, size, bold=bold) <= room:
        return text
    isolated = text.startswith("\u2068")
    inner = text.strip("\u2068\u2069")
    table = _BOLD if bold else _REGULAR
    left = room * 100 / size - _SYMBOLS["…"]
    head, tail = 0, len(inner)
    while head < tail:
        front = head <= len(inner) - tail
        character = inner[head] if front else inner[tail - 1]
        left -= _hundredths(character, table)
        if left < 0:
            break
        if front:
            head += 1
        else:
            tail -= 1
    result = f"{inner[:head]}…{inner[tail:]}"
    return f"\u2068{result}\u2069" if isolated else result


def wrapped(text: str, room: float, size: float, lines: int, *, bold: bool = False) -> list[str]:
    """The text in at most so many lines, the last with an ellipsis if there is more."""
    result: list[str] = []
    line = ""
    # More than this cannot fit, whatever it consists of.
    for word in _pieces(text[: int(lines * room)], room, size, bold=bold):
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= room:
            line = longer
            continue
        result.append(line)
        line = word
        if len(result) == lines:
            break
    else:
        result.append(line)
        return result
    result[-1] = shortened(f"{result[-1]} …", room, size, bold=bold)
    return result


def _pieces(text: str, room: float, size: float, *, bold: bool) -> Iterator[str]:
    """Words, those that are wider than a line taken apart."""
    for word in text.split():
        rest = word
        while width(rest, size, bold=bold) > room:
            end = max(1, int(room / size))
            while width(rest[: end + 1], size, bold=bold) <= room:
                end += 1
            yield rest[:end]
            rest = rest[end:]
        yield rest
