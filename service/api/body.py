"""The body of a request, as bytes: JSON whatever the header calls it, never compressed, never over the limit."""

from fastapi import Request
from starlette.exceptions import HTTPException


async def request_body(request: Request) -> bytes:
    """The whole body; refused as soon as it is known to be too large, declared or not."""
    limit: int = request.app.state.settings.max_body_bytes
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "The body is compressed; send it as it is, without Content-Encoding.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {limit:,} bytes.", {"Connection": "close"})
