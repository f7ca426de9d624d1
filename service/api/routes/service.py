"""What the service says of itself: health, version, and the pages that problems point to."""

import importlib.metadata
from typing import Annotated, Final

from fastapi import Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from service import __version__
from service.api.metrics import CONTENT_TYPE, Metrics
from service.api.problems import EXPLANATIONS, ProblemError, may_answer
from service.api.routing import router
from service.api.settings import Settings
from service.api.verifying import devices_of
from service.architecture.bundles import MOST_VALUES
from service.architecture.document import MAXIMAL_RANK
from service.architecture.problems import MOST_FAULTS
from service.architecture.unrolling import DEEPEST_NESTING, MOST_LAYERS
from service.core.sizes import LARGEST_INTEGER
from service.diagnosis.diagnose import MOST_FIXES, MOST_TOLD
from service.layers.arguments import LONGEST_TEXT
from service.reports.version_answer import Version

routes: Final = router("service")

FIXED: Final = {
    "layers": MOST_LAYERS, "bundled_values": MOST_VALUES, "nesting": DEEPEST_NESTING, "rank": MAXIMAL_RANK,
    "integer": LARGEST_INTEGER, "text_characters": LONGEST_TEXT, "issues_explained": MOST_TOLD,
    "fixes_an_issue": MOST_FIXES, "faults_told": MOST_FAULTS,
}  # fmt: skip
"""Limits that are part of the contract rather than settings."""


class Health(BaseModel):
    """A sign of life."""

    status: Annotated[str, Field(description="Always `ok`; otherwise there is no answer.", examples=["ok"])]


class ProblemPage(BaseModel):
    """What a problem's code means."""

    code: Annotated[str, Field(description="The code, as problems carry it.")]
    status: Annotated[int, Field(description="The HTTP status it comes with.")]
    title: Annotated[str, Field(description="The kind of problem.")]
    meaning: Annotated[str, Field(description="What it means and what to do.")]


@routes.get("/health/live", summary="Is the process alive?")
async def live() -> Health:
    """Answers as long as the process does."""
    return Health(status="ok")


@routes.get("/health/ready", summary="Can it take requests?", responses=may_answer(503))
async def ready(request: Request) -> Health:
    """Answers once requests can be served, and says 503 once the service is about to end."""
    if request.app.state.draining.begun:
        raise ProblemError("ending", "The service is about to end; others take its requests.", {"Retry-After": "1"})
    return Health(status="ok")


@routes.get("/version", summary="Versions and limits")
async def version(request: Request) -> Version:
    """Which versions run here, and what requests are limited to."""
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch = None
    settings: Settings = request.app.state.settings
    limits = {**settings.limits(), **FIXED}
    devices = [] if torch is None else devices_of(settings)
    return Version(version=__version__, torch_version=torch, devices=devices, limits=limits, settings=settings.shown())


@routes.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Requests, analyses by outcome, issues by code and verifications by status."""
    found: Metrics = request.app.state.metrics
    return Response(found.exposed(), headers={"Content-Type": CONTENT_TYPE})


@routes.get("/problems/{code}", summary="What a problem means", responses=may_answer(404, 422))
async def explanation(
    code: Annotated[str, Path(description="The `code` of a problem.", examples=["unreadable-document"])],
) -> ProblemPage:
    """The page that a problem's `type` points to."""
    if code not in EXPLANATIONS:
        raise HTTPException(404, "There is no such problem.")
    return ProblemPage(code=code, **EXPLANATIONS[code]._asdict())
