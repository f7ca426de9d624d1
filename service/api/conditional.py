"""What HTTP promises of everything that can be fetched: HEAD, entity tags, and 304 where nothing changed (RFC 9110)."""

from hashlib import blake2b
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FLEETING: Final = ("/health/", "/metrics")
"""Paths of what is another thing the next time, and has no tag."""


class Conditional:
    """Answers HEAD as GET without its body; tags what GET returns, and answers 304 to whom has it already."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.application(scope, receive, send)
            return
        bodiless = scope["method"] == "HEAD"
        known = Headers(scope=scope).get("if-none-match", "")
        start: Message | None = None

        async def answering(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                if start["status"] == 200 and not message.get("more_body") and not scope["path"].startswith(FLEETING):
                    message = _conditioned(start, message, known)
                await send(start)
                start = None
            await send({**message, "body": b""} if bodiless else message)

        # A copy, as the server looks into its own while it sends; what is outside looks there for the route.
        inner = {**scope, "method": "GET"}
        try:
            await self.application(inner, receive, answering)
        finally:
            scope["route"] = inner.get("route")


def _conditioned(start: Message, message: Message, known: str) -> Message:
    """Gives the response a tag, if it has none; makes it a 304 if that is among the ``known`` ones."""
    body = message.get("body", b"")
    headers = MutableHeaders(raw=start["headers"])
    headers.setdefault("etag", f'"{blake2b(body, digest_size=12).hexdigest()}"')
    if not is_among(headers["etag"], known):
        return message
    start["status"] = 304
    del headers["content-length"]
    return {**message, "body": b""}


def is_among(tag: str, known: str) -> bool:
    """Whether an ``If-None-Match`` header names a tag, by the weak comparison."""
    return known.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in known.split(","))
