"""The application: routes, problem details and the OpenAPI document."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from service import __version__
from service.api import problems
from service.api.access import Keys
from service.api.body import Arriving
from service.api.conditional import Conditional
from service.api.description import TAGS, openapi
from service.api.gateway import Draining, Gateway
from service.api.lanes import Lanes
from service.api.logs import Log
from service.api.metrics import Metrics, forget
from service.api.routes import analyze, architectures, catalogue, pages, review, root, service
from service.api.routing import add_routes
from service.api.settings import Settings
from service.api.verifying import workers_of

DESCRIPTION = """\
Describe a model in JSON, a layer being its `torch.nn` class and that constructor's arguments, and get every layer's
output shape, parameters and multiply-accumulates, the formulas behind them, and every mistake explained, with fixes
that were proven.
"""


class UnusableSettingsError(ValueError):
    """Settings that are well formed, and cannot be used here."""


class Application(FastAPI):
    """The routes, within what every request passes first."""

    def build_middleware_stack(self) -> ASGIApp:
        """Around everything else, so that nothing escapes it."""
        state = self.state
        stack = super().build_middleware_stack()
        return Gateway(stack, metrics=state.metrics, log=state.log, keys=state.keys, draining=state.draining,
                       lanes=state.lanes, crossing=crossing(state.settings))  # fmt: skip


def create_application(settings: Settings | None = None) -> Application:
    """An application with these settings, or with those of the environment; raises :class:`UnusableSettingsError`."""
    settings = settings or Settings()
    metrics, keys = Metrics(), keys_of(settings)
    workers = workers_of(settings)
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
        version=__version__, contact={"name": "Plumbline"}, license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "This service."}], docs_url=None, redoc_url=None, openapi_url=None,
        openapi_tags=TAGS, lifespan=lifespan,
    )  # fmt: skip
    application.state.settings = settings
    application.state.workers = workers
    application.state.metrics = metrics
    application.state.lanes = lanes
    application.state.keys = keys
    application.state.log = Log(settings.log_level, settings.log_format)
    if keys is not None:
        keys.on_change = partial(_tell_of_keys, application.state.log, keys)
    application.state.draining = Draining()
    application.state.arriving = Arriving(settings.max_arriving_bytes)
    application.state.on_start = on_start
    application.add_middleware(Conditional)
    problems.install(application)
    if settings.otlp_endpoint is not None:
        _trace(application, settings.otlp_endpoint)
    for module in (analyze, architectures, review, catalogue, service, pages, root):
        add_routes(application, module.routes)
    application.openapi = lambda: openapi(application)  # type: ignore[method-assign]
    return application


def crossing(settings: Settings) -> Callable[[ASGIApp], ASGIApp]:
    """What lets pages of other origins ask, if any may."""
    if not settings.cors_origins:
        return lambda application: application
    return partial(
        CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key"],
        expose_headers=["ETag", "Retry-After", "X-Request-Id"],
    )  # fmt: skip


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


def _tell_of_keys(log: Log, keys: Keys) -> None:
    if keys.failure is None:
        log.tell(logging.INFO, "keys read again", names=keys.names)
    else:
        log.tell(logging.WARNING, "keys unreadable, those of before hold on", why=keys.failure, names=keys.names)


def _trace(application: FastAPI, endpoint: str) -> None:
    try:
        from service.api.tracing import install  # noqa: PLC0415 (an optional part of the install)
    except ModuleNotFoundError as error:
        msg = f'otlp_endpoint needs the extra "tracing" (pip install plumbline[tracing]): there is no {error.name}'
        raise UnusableSettingsError(msg) from None
    install(application, endpoint)
