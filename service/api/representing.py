"""Answers in several representations: how they are described, and what tells whether one has changed."""

from hashlib import blake2b
from typing import Any, Final

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


def tag(format: Format, body: bytes) -> str:
    """The ``ETag`` of an answer, which follows from the request alone."""
    return f'"{blake2b(body, digest_size=12, key=format.name.encode(), person=__version__.encode()[:16]).hexdigest()}"'
