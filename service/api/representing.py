"""Answers in several representations: how they are described and sent, and what tells whether one has changed."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import blake2b
from typing import Any, Final

from fastapi.responses import Response, StreamingResponse

from service import __version__
from service.reports.formats import FORMATS, Format

FORMAT_PARAMETER: Final[dict[str, Any]] = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "The representation, where the header `Accept` is awkward.",
    "schema": {"type": "string", "enum": [each.name for each in FORMATS]},
}

REPRESENTATIONS: Final[dict[str, Any]] = {
    "description": "What was found out, in the representation that `Accept` or `format` asks for.",
    "content": {each.media_type: {"schema": {"type": "string"}} for each in FORMATS[1:]},
}


def answer(pieces: tuple[bytes, ...], written: Format, etag: str | None = None) -> Response:
    """An answer in a representation; a long one is sent piece by piece, so that others have their turn in between."""
    headers = {"Vary": "Accept"} if etag is None else {"Vary": "Accept", "ETag": etag}
    if len(pieces) == 1:
        return Response(pieces[0], headers=headers, media_type=written.content_type)
    headers = {**headers, "Content-Length": str(sum(map(len, pieces)))}
    return StreamingResponse(_one_by_one(pieces), headers=headers, media_type=written.content_type)


async def _one_by_one(pieces: tuple[bytes, ...]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)


def tag(format: Format, body: bytes) -> str:
    """The ``ETag`` of an answer, which follows from the request alone."""
    return f'"{blake2b(body, digest_size=12, key=format.name.encode(), person=__version__.encode()[:16]).hexdigest()}"'
