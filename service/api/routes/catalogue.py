"""GET /layers: the catalogue."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from service.api.problems import may_answer
from service.architecture.foreign import meant_type
from service.layers.catalogue import CATALOGUE
from service.reports.catalogue import LayerEntry, LayerSummary, entry, summaries

router: Final = APIRouter(tags=["catalogue"])


@router.get("/layers", summary="Every layer and operation")
async def layers() -> list[LayerSummary]:
    """Name and summary of every `type` that a document can use."""
    return summaries()


@router.get("/layers/{type}", summary="One layer or operation", responses=may_answer(404, 422))
async def layer(
    type: Annotated[str, Path(description="The `type` of a layer.", examples=["Conv2d"], max_length=64)],
) -> LayerEntry:
    """Its arguments with their defaults, and an example to post to `/analyze`."""
    if type not in CATALOGUE:
        guess = meant_type(type)
        raise HTTPException(404, f"There is no layer {type!r}." + (f" Did you mean {guess}?" if guess else ""))
    return entry(CATALOGUE[type])
