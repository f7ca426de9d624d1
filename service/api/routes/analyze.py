"""POST /analyze."""

from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from service.api.body import request_body
from service.api.metrics import Metrics
from service.api.negotiation import chosen
from service.api.problems import may_answer
from service.api.representing import FORMAT_PARAMETER, REPRESENTATIONS, answer, tag
from service.api.routing import DirectRoute, router
from service.api.tasks import Answered
from service.api.verifying import refuse_if_busy, verification
from service.reports.answer import Answer
from service.reports.formats import FORMATS
from service.reports.verified import joined

routes: Final = router("analysis", DirectRoute)

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Document"}}},
    },
    "parameters": [FORMAT_PARAMETER],
}


@routes.post(
    "/analyze",
    summary="Does the architecture stand?",
    response_model=Answer,
    openapi_extra=_BODY,
    responses={200: REPRESENTATIONS, **may_answer(400, 406, 413, 415, 422, 503, 504)},
)
async def analyze(request: Request) -> Response:
    """Every layer's output shape, parameters and multiply-accumulates, with the formulas behind them.

    Every mistake is explained, with proven fixes. The answer is 200 whether the architecture is sound or not.
    """
    written = chosen(request, FORMATS)
    body = await request_body(request)
    refuse_if_busy(request.app.state.workers, body)
    answered: Answered = await request.app.state.lanes.run("analyze", body, written)
    metrics: Metrics = request.app.state.metrics
    metrics.analysed(answered)
    if answered.question is None:
        return answer(answered.pieces, written, tag(written, body))
    # How long PyTorch takes is not the same twice, so that there is no tag.
    with metrics.verifying.track_inprogress():
        found = await verification(request, body, answered.question, answered.seconds)
    metrics.verified(found)
    *before, last = answered.pieces
    return answer((*before, joined(last, written, found)), written)
