"""The body of a request, as bytes: JSON whatever the header calls it, never compressed, never over the limit."""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.exceptions import HTTPException

from service.api.problems import ProblemError
from service.architecture.problems import shortened


async def request_body(request: Request) -> bytes:
    """The whole body; refused as soon as it is known to be too large, declared or not."""
    limit: int = request.app.state.settings.max_body_bytes
    headers = dict(request.scope["headers"])
    if b"origin" in headers:
        _refuse_forms_of_other_sites(request)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise HTTPException(415, "The body is compressed; send it as it is, without Content-Encoding.")
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
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
