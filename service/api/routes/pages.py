"""GET /docs: Swagger UI, served from the package, so that it works where there is no internet."""

from functools import cache
from importlib import resources
from typing import Final

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from service.api.routing import router

routes: Final = router(None)

ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""The files that the page consists of, from the package ``fastapi-swagger``, and their types."""

PARAMETERS: Final = {
    "tryItOutEnabled": True,
    "displayRequestDuration": True,
    "docExpansion": "list",
    # The schemas stand with the operations that use them.
    "defaultModelsExpandDepth": -1,
    "defaultModelRendering": "example",
    "validatorUrl": None,
}


@routes.get("/docs")
async def swagger(request: Request) -> Response:
    """The page."""
    root = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{request.app.title}: documentation",
        swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/favicon-32x32.png",
        swagger_ui_parameters=PARAMETERS,
    )


@routes.get("/openapi.json")
def description(request: Request) -> Response:
    """The OpenAPI document."""
    # Not asynchronous, as it takes a moment to make, once: others have their turn meanwhile.
    return Response(_written(request.app), media_type="application/json")


@routes.get("/docs/{name}")
async def asset(name: str) -> Response:
    """A file of the page."""
    if name not in ASSETS:
        raise HTTPException(404, "The documentation has no such file.")
    return Response(_content(name), media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=86400"})


@cache
def _written(application: FastAPI) -> bytes:
    return to_json(application.openapi())


@cache
def _content(name: str) -> bytes:
    return resources.files("fastapi_swagger.resources").joinpath(name).read_bytes()
