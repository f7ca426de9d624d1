"""POST /check and POST /diff: an architecture against a budget, and against its former version."""

from typing import Annotated, Any, Final

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from service.api.body import request_body
from service.api.negotiation import chosen
from service.api.problems import may_answer
from service.api.representing import FORMAT_PARAMETER, REPRESENTATIONS, answer
from service.api.routing import DirectRoute, router
from service.architecture.document import Document
from service.reports.formats import FORMATS
from service.reports.review_answer import CheckAnswer, DiffAnswer
from service.review.budget import Budget

routes: Final = router("review", DirectRoute)


class CheckRequest(BaseModel):
    """An architecture and what it has to keep to."""

    model_config = ConfigDict(extra="forbid")

    document: Annotated[Document, Field(description="As `/analyze` takes it.")]
    budget: Annotated[Budget, Field(description="Its limits.")]


class DiffRequest(BaseModel):
    """Two versions of an architecture."""

    model_config = ConfigDict(extra="forbid")

    before: Annotated[Document, Field(description="The former version, as `/analyze` takes it.")]
    after: Annotated[Document, Field(description="The later version.")]


_LINEAR: Final = {"type": "Linear", "name": "fc", "out_features": 10}
_SMALL: Final = {"input": [1, 64], "layers": [_LINEAR]}


def _body(model: str, example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": example}
    return {
        "requestBody": {"required": True, "content": {"application/json": content}},
        "parameters": [FORMAT_PARAMETER],
    }


@routes.post(
    "/check",
    summary="Does it keep to a budget?",
    response_model=CheckAnswer,
    openapi_extra=_body("CheckRequest", {"document": _SMALL, "budget": {"parameters": {"max": 1000}}}),
    responses={200: REPRESENTATIONS, **may_answer(400, 406, 413, 415, 422, 503, 504)},
)
async def check(request: Request) -> Response:
    """Passed or failed, a line a limit: a gate for design reviews."""
    return await _reviewed("check", request)


@routes.post(
    "/diff",
    summary="What changed between two versions?",
    response_model=DiffAnswer,
    openapi_extra=_body("DiffRequest", {"before": _SMALL, "after": {**_SMALL, "input": [8, 64]}}),
    responses={200: REPRESENTATIONS, **may_answer(400, 406, 413, 415, 422, 503, 504)},
)
async def diff(request: Request) -> Response:
    """Layers added, removed and changed, figures, and issues gained and cured."""
    return await _reviewed("diff", request)


async def _reviewed(task: str, request: Request) -> Response:
    written = chosen(request, FORMATS)
    body = await request_body(request)
    answered = await request.app.state.lanes.run(task, body, written)
    return answer(answered.pieces, written)
