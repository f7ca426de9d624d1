"""The body of a request, as bytes: JSON whatever the header calls it, never compressed, never over the limit."""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from service.api.problems import ProblemError
from service.architecture.problems import shortened


class Arriving:
    """Bytes of bodies that are on their way in, all together."""

    def __init__(self, most: int) -> None:
        self.most, self.bytes = most, 0

    def add(self, size: int) -> None:
        """Takes a piece in; raises :class:`ProblemError` if there is no room."""
        if self.bytes + size > self.most:
            detail = "Too many bytes of other requests are on their way."
            raise ProblemError("overloaded", detail, {"Retry-After": "2", "Connection": "close"})
        self.bytes += size


async def request_body(request: Request) -> bytes:
    """The whole body; refused as soon as it is known to be too large, declared or not."""
    state = request.app.state
    limit: int = state.settings.max_body_bytes
    headers = dict(request.scope["headers"])
    if b"origin" in headers:
        _refuse_forms_of_other_sites(request)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise HTTPException(415, "The body is compressed; send it as it is, without Content-Encoding.")
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    arriving: Arriving = state.arriving
    chunks, size = [], 0
    try:
        more = True
        while more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk, more = message.get("body", b""), message.get("more_body", False)
            if size + len(chunk) > limit:
                raise _too_large(limit)
            arriving.add(len(chunk))
            size += len(chunk)
            chunks.append(chunk)
    finally:
        arriving.bytes -= size
    return b"".join(chunks)


def _refuse_forms_of_other_sites(request: Request) -> None:
    """A page may post forms to any address without asking; curl, which says that it posts a form, has no origin."""
    origin = request.headers.get("origin")
    if origin is None or request.headers.get("content-type", "").partition(";")[0].strip().lower().endswith("json"):
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        detail = f"A page of {shortened(origin)} may not post here as a form; send the document as application/json."
        raise ProblemError("foreign-origin", detail)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {limit:,} bytes.", {"Connection": "close"})
