"""The application: routes, problem details and the OpenAPI document."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from service import __version__
from service.api import problems
from service.api.access import Keys
from service.api.body import Arriving
from service.api.examples import answer_examples, request_examples
from service.api.gateway import Draining, Gateway
from service.api.lanes import Lanes
from service.api.logs import Log
from service.api.metrics import Metrics, forget
from service.api.problems import Problem
from service.api.routes import analyze, architectures, catalogue, pages, review, root, service
from service.api.routes.review import CheckRequest, DiffRequest
from service.api.settings import Settings
from service.api.verifying import limits_of
from service.architecture.document import Document
from service.layers.catalogue import ANY_LAYER, CATALOGUE
from service.verification.workers import Workers, is_installed

DESCRIPTION = """\
Describe a model in JSON, a layer being its `torch.nn` class and that constructor's arguments, and get every layer's
output shape, parameters and multiply-accumulates, the formulas behind them, and every mistake explained, with fixes
that were proven.
"""

TAGS: Final = [
    {"name": "analysis", "description": "Post an architecture and learn whether it stands."},
    {"name": "architectures", "description": "Well-known models as documents to start from."},
    {"name": "review", "description": "Hold an architecture against a budget, or against its former version."},
    {"name": "catalogue", "description": "Every layer and operation that a document can use."},
    {"name": "service", "description": "What runs here, whether it is well, and what its problems mean."},
]


class UnusableSettingsError(ValueError):
    """Settings that are well formed, and cannot be used here."""


class Application(FastAPI):
    """The routes, within what every request passes first."""

    def build_middleware_stack(self) -> ASGIApp:
        """Around everything else, so that nothing escapes it."""
        state = self.state
        stack = super().build_middleware_stack()
        return Gateway(stack, metrics=state.metrics, log=state.log, keys=state.keys, draining=state.draining)


def create_application(settings: Settings | None = None) -> Application:
    """An application with these settings, or with those of the environment; raises :class:`UnusableSettingsError`."""
    settings = settings or Settings()
    metrics, keys = Metrics(), keys_of(settings)
    workers = Workers(limits_of(settings)) if is_installed() else None
    lanes = Lanes(settings, metrics)
    on_start: list[Callable[[], None]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        metrics.processes.set(1)
        if workers is not None:
            workers.start()
        for start in on_start:
            start()
        yield
        lanes.heavy.stop()
        if workers is not None:
            workers.stop()
        forget(os.getpid())

    application = Application(
        title="Plumbline", summary="Does a neural network's architecture stand?", description=DESCRIPTION,
        version=__version__, license_info={"name": "MIT", "identifier": "MIT"}, docs_url=None, redoc_url=None,
        openapi_tags=TAGS, lifespan=lifespan,
    )  # fmt: skip
    application.state.settings = settings
    application.state.workers = workers
    application.state.metrics = metrics
    application.state.lanes = lanes
    application.state.keys = keys
    application.state.log = Log(settings.log_level, settings.log_format)
    application.state.draining = Draining()
    application.state.arriving = Arriving(settings.max_arriving_bytes)
    application.state.on_start = on_start
    problems.install(application)
    if settings.cors_origins:
        application.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"], expose_headers=["ETag", "X-Request-Id"],
        )  # fmt: skip
    if settings.otlp_endpoint is not None:
        _trace(application, settings.otlp_endpoint)
    for module in (analyze, architectures, review, catalogue, service, pages, root):
        application.include_router(module.router)
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign]
    return application


def keys_of(settings: Settings) -> Keys | None:
    """Who may ask, if not everybody may; raises :class:`UnusableSettingsError`."""
    if settings.api_keys_file is None:
        return None
    try:
        return Keys(settings.api_keys_file)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"api_keys_file = {str(settings.api_keys_file)!r} cannot be used: {why}"
        raise UnusableSettingsError(msg) from None


def _trace(application: FastAPI, endpoint: str) -> None:
    try:
        from service.api.tracing import install  # noqa: PLC0415 (an optional part of the install)
    except ModuleNotFoundError as error:
        msg = f'otlp_endpoint needs the extra "tracing" (pip install plumbline[tracing]): there is no {error.name}'
        raise UnusableSettingsError(msg) from None
    install(application, endpoint)


def _openapi(application: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the request document's schema in it; made once."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title, version=application.version, summary=application.summary,
            description=application.description, routes=application.routes,
            license_info=application.license_info, tags=TAGS,
        )  # fmt: skip
        references, definitions = models_json_schema(
            [
                (Document, "validation"),
                (Problem, "validation"),
                (CheckRequest, "validation"),
                (DiffRequest, "validation"),
                *((entry, "validation") for entry in CATALOGUE.values()),
            ],
            ref_template="#/components/schemas/{model}",
        )
        mapping = {name: references[entry, "validation"]["$ref"] for name, entry in CATALOGUE.items()}
        any_layer = {
            "description": "A layer: its `type` and the arguments of that class or function.",
            "oneOf": [{"$ref": reference} for reference in mapping.values()],
            "discriminator": {"propertyName": "type", "mapping": mapping},
        }
        document["components"]["schemas"] |= {**_referring(definitions["$defs"]), ANY_LAYER: any_layer}
        analyze_path = document["paths"]["/analyze"]["post"]
        analyze_path["requestBody"]["content"]["application/json"]["examples"] = request_examples()
        analyze_path["responses"]["200"]["content"]["application/json"]["examples"] = answer_examples()
        application.openapi_schema = document
    return application.openapi_schema


def _referring(schema: Any) -> Any:
    """The schema with a reference wherever any layer may stand."""
    if isinstance(schema, dict):
        if schema.get("title") == ANY_LAYER:
            return {
                **{key: value for key, value in schema.items() if key != "title"},
                "$ref": f"#/components/schemas/{ANY_LAYER}",
            }
        return {key: _referring(value) for key, value in schema.items()}
    return [_referring(value) for value in schema] if isinstance(schema, list) else schema
