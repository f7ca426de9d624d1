"""GET /architectures: well-known models as documents to start from, and what becomes of them at other sizes."""

import json
import re
from functools import cache
from typing import Annotated, Any, Final

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.exceptions import HTTPException

from service.api.negotiation import chosen
from service.api.problems import ProblemError, may_answer
from service.api.representing import FORMAT_PARAMETER, REPRESENTATIONS, answer, tag
from service.api.routing import router
from service.api.tasks import Answered
from service.architecture.problems import nearest, shortened
from service.core.writing import formatted
from service.reference.architecture import Json, Reference
from service.reference.shelf import REFERENCES
from service.reports.answer import Answer
from service.reports.catalogue_answer import ArchitectureSummary
from service.reports.formats import FORMATS, JSON

routes: Final = router("architectures")

_SHAPE: Final = re.compile(r"^([^=]+=)? *[0-9]{1,19} *(, *[0-9]{1,19} *)*$")
"""Sizes, perhaps with the name of an input before them."""

Name = Annotated[str, Path(description="An architecture of the list.", examples=["resnet-50"], max_length=64)]


@routes.get("/architectures", summary="Well-known architectures")
async def architectures() -> list[ArchitectureSummary]:
    """Each with a line of description, the paper, the input it was made for and the published count."""
    return _summaries()


@routes.get(
    "/architectures/{name}",
    summary="One of them, as a document",
    response_class=Response,
    responses={
        200: {"content": {JSON.media_type: {"schema": {"$ref": "#/components/schemas/Document"}}}},
        **may_answer(404, 422),
    },
)
async def architecture(name: Name) -> Response:
    """A document to start from: post it to `/analyze` as it is, or changed."""
    return Response(_written(_found(name).name), media_type=JSON.media_type)


@routes.get(
    "/architectures/{name}/analysis",
    summary="One of them at another input size",
    response_model=Answer,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
    responses={200: REPRESENTATIONS, **may_answer(404, 406, 422, 503, 504)},
)
async def analysis(
    request: Request,
    name: Name,
    input: Annotated[
        list[Annotated[str, Field(json_schema_extra={"pattern": _SHAPE.pattern})]] | None,
        Query(
            description="Sizes of the input, batch axis included; `name=sizes` for one of several inputs.",
            examples=[["1,3,240,240"]],
        ),
    ] = None,
) -> Response:
    """Whether it minds, where it breaks, and what to change; the answer is that of `/analyze`."""
    written = chosen(request, FORMATS)
    document = _resized(_found(name), input or [])
    body = json.dumps(document).encode()
    answered: Answered = await request.app.state.lanes.run("analyze", body, written)
    return answer(answered.pieces, written, tag(written, body))


@cache
def _summaries() -> list[ArchitectureSummary]:
    return [
        ArchitectureSummary(name=each.name, title=each.title, inputs=each.inputs, path=f"/architectures/{each.name}",
                            **each.about)
        for each in REFERENCES.values()
    ]  # fmt: skip


@cache
def _written(name: str) -> bytes:
    return f"{formatted(REFERENCES[name].document())}\n".encode()


def _found(name: str) -> Reference:
    if name not in REFERENCES:
        guess = nearest(name.lower(), REFERENCES)
        hint = f" Did you mean {guess}?" if guess else " GET /architectures lists them."
        raise HTTPException(404, f"There is no architecture {shortened(name)}.{hint}")
    return REFERENCES[name]


def _resized(reference: Reference, given: list[str]) -> Json:
    """The document with other sizes of its inputs."""
    document = reference.document()
    inputs: Json = document.get("inputs") or {"input": document["input"]}
    for text in given:
        name, named, sizes = text.rpartition("=")
        name = name if named or len(inputs) > 1 else "input"
        if name not in inputs:
            several = f"one of {', '.join(f'{each}=…' for each in inputs)}" if len(inputs) > 1 else "1,3,240,240"
            raise ProblemError("bad-parameter", f"input: {shortened(text)} names no input; {several} was expected.")
        inputs[name] = _shaped(inputs[name], text, sizes)
    return document | ({"inputs": inputs} if "inputs" in document else inputs)


def _shaped(before: Any, text: str, sizes: str) -> Any:
    if _SHAPE.fullmatch(text) is None:
        detail = f"input: {shortened(text)} is no shape; sizes such as 1,3,240,240 were expected."
        raise ProblemError("bad-parameter", detail)
    shape = [int(size) for size in sizes.split(",")]
    return {**before, "shape": shape} if isinstance(before, dict) else shape
