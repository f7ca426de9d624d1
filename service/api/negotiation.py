"""Which representation a request asks for: by ``?format=``, or by ``Accept`` (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from fastapi import Request


class Offer(Protocol):
    """A representation that there is."""

    @property
    def name(self) -> str:
        """What ``?format=`` calls it."""

    @property
    def media_type(self) -> str:
        """What ``Accept`` calls it."""


Offered = TypeVar("Offered", bound=Offer)

MOST_RANGES: Final = 64
"""Ranges of an ``Accept`` header that are looked at; more are noise."""
_RANGE: Final = re.compile(r"^\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^;]*)*)$")
_QUALITY: Final = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)


class NotAcceptableError(Exception):
    """There is no representation such as was asked for."""

    def __init__(self, asked: str, offers: Sequence[Offer]) -> None:
        super().__init__(asked)
        self.asked, self.offers = asked, tuple(offers)


class _Range(NamedTuple):
    kind: str
    subtype: str
    quality: float

    def matches(self, media_type: str) -> int:
        """How specifically it names a media type; 0 if it does not."""
        kind, _, subtype = media_type.partition("/")
        if self.kind == kind and self.subtype == subtype:
            return 3
        if self.subtype != "*":
            return 0
        return 2 if self.kind == kind else 1 if self.kind == "*" else 0


def chosen(request: Request, offers: Sequence[Offered]) -> Offered:
    """The offer that a request asks for, the first if it doesn't mind; raises :class:`NotAcceptableError`."""
    asked = request.query_params.get("format") if request.scope["query_string"] else None
    if asked is not None:
        found = next((offer for offer in offers if asked in (offer.name, offer.media_type)), None)
    else:
        asked = ", ".join(request.headers.getlist("accept"))
        if asked in ("", "*/*"):
            return offers[0]
        found = preferred(asked, offers)
    if found is None:
        raise NotAcceptableError(asked, offers)
    return found


def chosen_or_first(request: Request, offers: Sequence[Offered]) -> Offered:
    """The offer that a request asks for, the first if there is none such."""
    try:
        return chosen(request, offers)
    except NotAcceptableError:
        return offers[0]


def preferred(accept: str, offers: Sequence[Offered]) -> Offered | None:
    """The offer that an ``Accept`` header likes best, of equals the first; none if it likes none."""
    ranges = [each for text in accept.split(",")[:MOST_RANGES] if (each := _range(text)) is not None]
    best, most = None, 0.0
    for offer in offers:
        matching = [(each.matches(offer.media_type), each.quality) for each in ranges]
        specific, quality = max(matching, default=(0, 0.0))
        if specific and quality > most:
            best, most = offer, quality
    return best


def _range(text: str) -> _Range | None:
    match = _RANGE.match(text)
    if match is None:
        return None
    quality = _QUALITY.search(match[3])
    return _Range(match[1].lower(), match[2].lower(), float(quality[1]) if quality else 1.0)
