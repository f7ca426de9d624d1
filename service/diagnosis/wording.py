"""Sentences with the user's names in them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from service.core.faults import listed
from service.diagnosis.place import Place, called, is_named, origin

MOST_NAMES: Final = 8
"""Layers named in one sentence."""

_ARTICLE: Final = re.compile(r"\bis a (?=[AEIOaeio]|L[PS]|RMS|RNN|[Uu]p|[Uu]n[^i])")
_PLACEHOLDER: Final = re.compile(r"\{(layer|input)\}")


def sentence(message: str, place: Place) -> str:
    """The message with names for ``{layer}`` and ``{input}``, from its capital to its full stop."""
    node = place.reading.node
    names = {"layer": node.name if is_named(node) else f"layer {node.name}", "input": origin(place)}
    text = _ARTICLE.sub("is an ", _PLACEHOLDER.sub(lambda match: names[match[1]], message))
    # A name that the user gave is written as he wrote it, also at the start.
    return ended(text if message.startswith("{layer}") and is_named(node) else text[0].upper() + text[1:])


def with_article(kind: str) -> str:
    """``an LSTM``"""
    return _ARTICLE.sub("is an ", f"is a {kind}").removeprefix("is ")


def named(names: Sequence[str], count: int | None = None) -> str:
    """``a, b and 3 more``; ``count`` is how many there are, if not all of them are among ``names``."""
    count = len(names) if count is None else count
    rest = [f"{count - MOST_NAMES} more"] if count > MOST_NAMES else []
    return listed([*names[:MOST_NAMES], *rest], "and")


def ended(text: str) -> str:
    """With a full stop, where there is none yet."""
    return text if text.endswith(("?", ".")) else f"{text}."


def about_copies(place: Place, refused: tuple[int, ...]) -> Iterator[str]:
    """What has to be said of a repeated layer, and of all the nodes that are refused along with it."""
    repeated = _repetition(place)
    if repeated is not None:
        name, copy = repeated
        if copy > 0:
            yield f"{name} is repeated, so what it returns has to be what it takes."
    pointer = place.reading.node.pointer
    readings = [place.analysis.readings[node] for node in refused if node != place.node]
    copies = sum(reading.node.pointer == pointer for reading in readings)
    if copies:
        yield f"The same holds for {copies} more {'copies' if copies > 1 else 'copy'} of it."
    # Of the copies of a layer the first gives its name.
    others = {other.node.pointer: called(other) for other in reversed(readings) if other.node.pointer != pointer}
    if others:
        are = "are" if len(others) > 1 else "is"
        yield f"For the same reason {named(list(others.values())[::-1])} {are} refused."


def _repetition(place: Place) -> tuple[str, int] | None:
    """Name of the repeated layer or block that the layer belongs to, and which of its copies the layer is in."""
    node = place.reading.node
    if node.shares is not None:
        return None
    parts, spoken, value = node.name.split("."), [], place.raw
    for position in node.pointer.split("/")[2::2]:
        value = value["layers"][int(position)]
        spoken.append(parts.pop(0))
        if value.get("repeat") is not None:
            copy = int(parts.pop(0))
            if copy > 0:
                return ".".join(spoken), copy
            spoken.append(str(copy))
    return None
