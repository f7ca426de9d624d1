"""GET /layers: the catalogue."""

from functools import cache
from typing import Annotated, Any, Final

from fastapi import Path
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from service.api.description import document_schema
from service.api.problems import may_answer
from service.api.routing import router
from service.architecture.foreign import meant_type
from service.layers.catalogue import CATALOGUE
from service.reports.catalogue import entry, summaries
from service.reports.catalogue_answer import LayerEntry, LayerSummary


class SchemaResponse(JSONResponse):
    """A JSON Schema."""

    media_type = "application/schema+json"


routes: Final = router("catalogue")


@routes.get("/layers", summary="Every layer and operation", response_model=list[LayerSummary])
async def layers() -> Response:
    """Name and summary of every `type` that a document can use."""
    return Response(_summaries(), media_type=JSONResponse.media_type)


@routes.get(
    "/layers/{type}", summary="One layer or operation", response_model=LayerEntry, responses=may_answer(404, 422)
)
async def layer(
    type: Annotated[str, Path(description="The `type` of a layer.", examples=["Conv2d"], max_length=64)],
) -> Response:
    """Its arguments with their defaults, and an example to post to `/analyze`."""
    if type not in CATALOGUE:
        guess = meant_type(type)
        raise HTTPException(404, f"There is no layer {type!r}." + (f" Did you mean {guess}?" if guess else ""))
    return Response(_entry(type), media_type=JSONResponse.media_type)


@routes.get(
    "/schemas/document",
    summary="The schema of a document",
    response_model=dict[str, Any],
    response_class=SchemaResponse,
)
def document() -> Response:
    """JSON Schema (2020-12) of what `/analyze` takes, the arguments of every layer included: for editors and checks."""
    # Not asynchronous, as it takes a second to make, once: others have their turn meanwhile.
    return Response(_schema(), media_type=SchemaResponse.media_type)


@cache
def _summaries() -> bytes:
    return to_json(summaries())


@cache
def _entry(type: str) -> bytes:
    return to_json(entry(CATALOGUE[type]))


@cache
def _schema() -> bytes:
    return to_json(document_schema())
