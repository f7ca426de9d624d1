"""Names as a person can read them, whatever they consist of."""

import re
import unicodedata
from typing import Final

_MOST_MARKS: Final = 2
"""Marks above and below one letter; more of them reach into the lines around."""
_MEANINGFUL: Final = re.compile(r"[\\`*<>|~&@$]|(?<!\w)_|_(?!\w)|:(?=[/\w])|\](?=[(\[:])|#(?=\d)|(?<=www)\.", re.ASCII)
"""What would be markup, a mention, a link, an emoji or a formula, where it stands within a line."""


def cleaned(text: str) -> str:
    """Text that stands in XML, in one line and in the direction it is written in, whatever a name consists of."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for character in " ".join(text.split()):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category == "Cf" or marks > _MOST_MARKS:
            continue
        kept.append("\ufffd" if category in {"Cc", "Cs", "Cn", "Co"} else character)
    result = "".join(kept)
    if any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in result):
        return f"\u2068{result}\u2069"
    return result


def escaped(text: str) -> str:
    """Text in which nothing is markup, a mention or a link, in one line."""
    return _MEANINGFUL.sub(lambda match: f"&#{ord(match[0])};", cleaned(text))
