"""POST /analyze."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.api.body import request_body
from service.api.problems import may_answer
from service.reports.answer import Answer

router: Final = APIRouter(tags=["analysis"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Document"}}},
    }
}


@router.post(
    "/analyze",
    summary="Does the architecture stand?",
    response_model=Answer,
    openapi_extra=_BODY,
    responses=may_answer(400, 413, 415, 422),
)
async def analyze(request: Request) -> Response:
    """Every layer's output shape, parameters and multiply-accumulates, with the formulas behind them.

    Every mistake is explained, with proven fixes. The answer is 200 whether the architecture is sound or not.
    """
    # Not a dependency, as looking for those costs a fifth of a small request.
    body = await request_body(request)
    return Response(request.app.state.responder.respond(body), media_type="application/json")
