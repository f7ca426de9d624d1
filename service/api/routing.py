"""Routes as FastAPI has them, which describe themselves, less what a small request would wait for in vain."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class DirectRoute(APIRoute):
    """A route whose function takes the request and returns the response, and does everything in between itself.

    To find out that there is nothing to resolve, to validate or to clean up takes FastAPI a fifth of the time of a
    small document.
    """

    def __init__(self, path: str, endpoint: Endpoint, **given: Any) -> None:
        super().__init__(path, endpoint, **given)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            response = await endpoint(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = application


def router(tag: str | None, route: type[APIRoute] = APIRoute) -> APIRouter:
    """A router for operations of a group of the documentation, or for pages that are in none."""
    return APIRouter(
        tags=[tag] if tag else None, include_in_schema=tag is not None, route_class=route,
        generate_unique_id_function=lambda route: route.name,
    )  # fmt: skip


def add_routes(application: FastAPI, router: APIRouter) -> None:
    """Adds routes straight to an application, as those of an included router are looked through twice."""
    application.router.routes.extend(router.routes)
