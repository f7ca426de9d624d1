"""POST /check and POST /diff: an architecture against a budget, and against its former version."""

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json

from service.api.body import request_body
from service.api.negotiation import chosen
from service.api.problems import may_answer
from service.api.responding import COLLECTION_PAUSED
from service.architecture.explaining import explained
from service.architecture.problems import DocumentFault, UnreadableDocument
from service.architecture.reading import parse
from service.diagnosis.examination import Examination
from service.reports.formats import FORMATS, JSON, Format
from service.reports.review import budget_as_text, difference_as_text
from service.review.budget import Budget, checked
from service.review.difference import difference

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
    responses=may_answer(400, 406, 413, 415, 422),
)
async def check(request: Request) -> Response:
    """Passed or failed, a line a limit: a gate for design reviews."""
    written = chosen(request, OFFERS)
    parts = _parts(await request_body(request), "document", "budget")
    try:
        budget = Budget.model_validate(parts["budget"])
    except ValidationError as error:
        raise _within("budget", explained(error, parts["budget"])) from None
    lines = checked(_examined(request, parts, "document"), budget)
    if written is not JSON:
        return _response(budget_as_text(lines).encode(), written)
    answer = {"passed": all(line.passed for line in lines), "lines": [line._asdict() for line in lines]}
    return _response(to_json(answer), written)


@router.post(
    "/diff",
    summary="What changed between two versions?",
    response_model=DiffAnswer,
    openapi_extra=_body("DiffRequest", {"before": _SMALL, "after": {**_SMALL, "input": [8, 64]}}),
    responses=may_answer(400, 406, 413, 415, 422),
)
async def diff(request: Request) -> Response:
    """Layers added, removed and changed, figures, and issues gained and cured."""
    written = chosen(request, OFFERS)
    parts = _parts(await request_body(request), "before", "after")
    found = difference(_examined(request, parts, "before"), _examined(request, parts, "after"))
    if written is not JSON:
        return _response(difference_as_text(found).encode(), written)
    answer = {**found._asdict(), "changed": [changed._asdict() for changed in found.changed]}
    return _response(to_json(answer), written)


def _response(content: bytes, written: Format) -> Response:
    return Response(content, headers={"Vary": "Accept"}, media_type=written.content_type)


def _parts(body: bytes, *names: str) -> dict[str, Any]:
    """The parts of a body, which has just these."""
    found = parse(body)
    faults = [DocumentFault("missing-key", f"/{name}", f"{name} is missing.") for name in names if name not in found]
    faults += [DocumentFault("unknown-key", f"/{name}", f"{' and '.join(names)} were expected.", names)
               for name in found if name not in names]  # fmt: skip
    faults += [DocumentFault("wrong-type", f"/{name}", f"{name} is no object.") for name in names
               if name in found and not isinstance(found[name], dict)]  # fmt: skip
    if faults:
        raise UnreadableDocument(faults)
    return found


def _examined(request: Request, parts: dict[str, Any], name: str) -> Examination:
    try:
        with COLLECTION_PAUSED:
            examination: Examination = request.app.state.responder.examined(json.dumps(parts[name]).encode())
    except UnreadableDocument as error:
        raise _within(name, error.faults) from None
    return examination


def _within(name: str, faults: Any) -> UnreadableDocument:
    """The faults of a part, with pointers into the whole."""
    return UnreadableDocument([fault._replace(pointer=f"/{name}{fault.pointer}") for fault in faults])
