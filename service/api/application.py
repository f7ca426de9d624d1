"""The application: routes, problem details and the OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from service import __version__
from service.api import problems
from service.api.problems import Problem
from service.api.responding import Responder
from service.api.routes import analyze, catalogue, service
from service.api.settings import Settings
from service.architecture.document import Document

DESCRIPTION = """\
Describe a model in JSON, a layer being its `torch.nn` class and that constructor's arguments, and get every layer's
output shape, parameters and multiply-accumulates, the formulas behind them, and every mistake explained, with fixes
that were proven.
"""


def create_application(settings: Settings | None = None) -> FastAPI:
    """An application with these settings, or with those of the environment."""
    application = FastAPI(
        title="Plumbline", summary="Does a neural network's architecture stand?", description=DESCRIPTION,
        version=__version__, license_info={"name": "MIT", "identifier": "MIT"}, redoc_url=None,
    )  # fmt: skip
    application.state.settings = settings = settings or Settings()
    application.state.responder = Responder(settings.remembered_outcomes)
    problems.install(application)
    for module in (analyze, catalogue, service):
        application.include_router(module.router)
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign]
    return application


def _openapi(application: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the request document's schema in it; made once."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title, version=application.version, summary=application.summary,
            description=application.description, routes=application.routes,
            license_info=application.license_info,
        )  # fmt: skip
        _, definitions = models_json_schema(
            [(Document, "validation"), (Problem, "validation")], ref_template="#/components/schemas/{model}"
        )
        document["components"]["schemas"] |= definitions["$defs"]
        application.openapi_schema = document
    return application.openapi_schema
