"""GET /layers: the catalogue."""

from typing import Annotated, Any, Final

from fastapi import Path
from fastapi.responses import JSONResponse
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


@routes.get("/layers", summary="Every layer and operation")
async def layers() -> list[LayerSummary]:
    """Name and summary of every `type` that a document can use."""
    return summaries()


@routes.get("/layers/{type}", summary="One layer or operation", responses=may_answer(404, 422))
async def layer(
    type: Annotated[str, Path(description="The `type` of a layer.", examples=["Conv2d"], max_length=64)],
) -> LayerEntry:
    """Its arguments with their defaults, and an example to post to `/analyze`."""
    if type not in CATALOGUE:
        guess = meant_type(type)
        raise HTTPException(404, f"There is no layer {type!r}." + (f" Did you mean {guess}?" if guess else ""))
    return entry(CATALOGUE[type])


@routes.get("/schemas/document", summary="The schema of a document", response_class=SchemaResponse)
def document() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `/analyze` takes, the arguments of every layer included: for editors and checks."""
    return document_schema()
