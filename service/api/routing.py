"""Routes as FastAPI has them, which describe themselves, less what a small request would wait for in vain."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute


class DirectRoute(APIRoute):
    """A route whose function takes the request and returns the response, and does everything in between itself.

    To find out that nothing has to be resolved or validated takes FastAPI a sixth of the time of a small document.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function as it is."""
        return self.endpoint


def router(tag: str | None, route: type[APIRoute] = APIRoute) -> APIRouter:
    """A router for operations of a group of the documentation, or for pages that are in none."""
    return APIRouter(
        tags=[tag] if tag else None, include_in_schema=tag is not None, route_class=route,
        generate_unique_id_function=lambda route: route.name,
    )  # fmt: skip


def add_routes(application: FastAPI, router: APIRouter) -> None:
    """Adds routes straight to an application, as those of an included router are looked through twice."""
    application.router.routes.extend(router.routes)
