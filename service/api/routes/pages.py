"""GET /docs: Swagger UI, served from the package, so that it works where there is no internet."""

from functools import cache
from importlib import resources
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from service.layers.catalogue import ANY_LAYER

_LAYER: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A layer: its `type` and the arguments of that class or function. `GET /layers` lists the types, "
    "`GET /layers/{type}` the arguments of one.",
    "properties": {"type": {"type": "string", "examples": ["Conv2d"]}, "name": {"type": "string"}},
    "required": ["type"],
    "additionalProperties": True,
}

router: Final = APIRouter(include_in_schema=False)

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
    # Hundreds of schemas, one for each layer, would stand below the operations; GET /layers shows them better.
    "defaultModelsExpandDepth": -1,
    "defaultModelRendering": "example",
    "validatorUrl": None,
}


@router.get("/docs/openapi.json")
async def description(request: Request) -> JSONResponse:
    """The OpenAPI document for the page: without the schemas of single layers, of which browsers take seconds."""
    whole: dict[str, Any] = request.app.openapi()
    entries = whole["components"]["schemas"][ANY_LAYER]["discriminator"]["mapping"].values()
    single = {reference.rpartition("/")[2] for reference in entries}
    schemas = {name: schema for name, schema in whole["components"]["schemas"].items() if name not in single}
    return JSONResponse({**whole, "components": {**whole["components"], "schemas": {**schemas, ANY_LAYER: _LAYER}}})


@router.get("/docs")
async def swagger(request: Request) -> Response:
    """The page."""
    root = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root}/docs/openapi.json",
        title=f"{request.app.title}: documentation",
        swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/favicon-32x32.png",
        swagger_ui_parameters=PARAMETERS,
    )


@router.get("/docs/{name}")
async def asset(name: str) -> Response:
    """A file of the page."""
    if name not in ASSETS:
        raise HTTPException(404, "The documentation has no such file.")
    return Response(_content(name), media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=86400"})


@cache
def _content(name: str) -> bytes:
    return resources.files("fastapi_swagger.resources").joinpath(name).read_bytes()
