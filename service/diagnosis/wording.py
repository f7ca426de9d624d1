"""Sentences with the user's names in them."""

import re
from collections.abc import Sequence
from typing import Final

from service.core.faults import listed
from service.diagnosis.place import Place, is_named, origin

MOST_NAMES: Final = 8
"""Layers named in one sentence."""

_ARTICLE: Final = re.compile(r"\bis a (?=[AEIOaeio]|L[PS]|RMS|RNN|Un|un[^i])")
_PLACEHOLDER: Final = re.compile(r"\{(layer|input)\}")


def sentence(message: str, place: Place) -> str:
    """The message with names for ``{layer}`` and ``{input}``, from its capital to its full stop."""
    node = place.reading.node
    names = {"layer": node.name if is_named(node) else f"layer {node.name}", "input": origin(place)}
    text = _ARTICLE.sub("is an ", _PLACEHOLDER.sub(lambda match: names[match[1]], message))
    # A name that the user gave is written as he wrote it, also at the start.
    return ended(text if message.startswith("{layer}") and is_named(node) else text[0].upper() + text[1:])


def named(names: Sequence[str]) -> str:
    """``a, b and 3 more``"""
    rest = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return listed([*names[:MOST_NAMES], *rest], "and")


def ended(text: str) -> str:
    """With a full stop, where there is none yet."""
    return text if text.endswith(("?", ".")) else f"{text}."
