"""POST /check and POST /diff: an architecture against a budget, and against its former version."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from service.api.body import request_body
from service.api.negotiation import chosen
from service.api.problems import may_answer
from service.reports.formats import FORMATS, JSON
from service.review.budget import Budget

router: Final = APIRouter(tags=["review"])

OFFERS: Final = (JSON, next(each for each in FORMATS if each.name == "text"))


class CheckRequest(BaseModel):
    """An architecture and what it has to keep to."""

    document: Annotated[dict[str, Any], Field(description="As `/analyze` takes it.")]
    budget: Annotated[Budget, Field(description="Its limits.")]


class LimitAnswer(BaseModel):
    """A limit, and how the architecture stands to it."""

    limit: Annotated[str, Field(description="The key of the budget; `valid` is always asked for.")]
    passed: Annotated[bool, Field(description="Whether it is kept.")]
    expected: Annotated[Any, Field(description="What the budget says.")]
    actual: Annotated[Any, Field(description="What the architecture has.")]
    detail: Annotated[str, Field(description="In words, and by how much.")]


class CheckAnswer(BaseModel):
    """Whether an architecture keeps to its budget."""

    passed: Annotated[bool, Field(description="Whether every limit is kept.")]
    lines: Annotated[list[LimitAnswer], Field(description="A line a limit.")]


class DiffRequest(BaseModel):
    """Two versions of an architecture."""

    before: Annotated[dict[str, Any], Field(description="The former version, as `/analyze` takes it.")]
    after: Annotated[dict[str, Any], Field(description="The later version.")]


class LayerChange(BaseModel):
    """A layer that is there in both versions; each pair is before and after."""

    layer: Annotated[str, Field(description="Its name, afterwards.")]
    renamed_from: Annotated[str | None, Field(description="Its name before, if that was another.")]
    type: Annotated[list[str] | None, Field(description="Its type, if that changed.")]
    arguments: Annotated[dict[str, list[Any]], Field(description="The arguments that changed.")]
    output_shape: Annotated[list[Any] | None, Field(description="What it returns, if that changed.")]
    parameters: Annotated[list[int | None] | None, Field(description="Its parameters, if they changed.")]
    macs: Annotated[list[int | None] | None, Field(description="Its multiply-accumulates, if they changed.")]


class DiffAnswer(BaseModel):
    """What changed from one version to the next."""

    added: Annotated[list[str], Field(description="Layers that are new.")]
    removed: Annotated[list[str], Field(description="Layers that are no more.")]
    changed: Annotated[list[LayerChange], Field(description="Layers that are others than before.")]
    totals: Annotated[dict[str, list[int | None]], Field(description="Figures that changed, before and after.")]
    valid: Annotated[list[bool], Field(description="Whether PyTorch runs it, before and after.")]
    gained: Annotated[list[str], Field(description="Issues that are new, in words.")]
    cured: Annotated[list[str], Field(description="Issues that are no more.")]


_LINEAR: Final = {"type": "Linear", "name": "fc", "out_features": 10}
_SMALL: Final = {"input": [1, 64], "layers": [_LINEAR]}


def _body(model: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


@router.post(
    "/check",
    summary="Does it keep to a budget?",
    response_model=CheckAnswer,
    openapi_extra=_body("CheckRequest", {"document": _SMALL, "budget": {"parameters": {"max": 1000}}}),
    responses=may_answer(400, 406, 413, 415, 422, 503, 504),
)
async def check(request: Request) -> Response:
    """Passed or failed, a line a limit: a gate for design reviews."""
    return await _reviewed("check", request)


@router.post(
    "/diff",
    summary="What changed between two versions?",
    response_model=DiffAnswer,
    openapi_extra=_body("DiffRequest", {"before": _SMALL, "after": {**_SMALL, "input": [8, 64]}}),
    responses=may_answer(400, 406, 413, 415, 422, 503, 504),
)
async def diff(request: Request) -> Response:
    """Layers added, removed and changed, figures, and issues gained and cured."""
    return await _reviewed("diff", request)


async def _reviewed(task: str, request: Request) -> Response:
    written = chosen(request, OFFERS)
    body = await request_body(request)
    answered = await request.app.state.lanes.run(task, body, written)
    return Response(answered.content, headers={"Vary": "Accept"}, media_type=written.content_type)
