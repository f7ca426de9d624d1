"""GET /: what this is and how to use it, for those who come with curl; browsers go to the documentation."""

from typing import Final, NamedTuple

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from service.api.negotiation import chosen_or_first
from service.api.routing import router
from service.reports.formats import FORMATS

routes: Final = router(None)


class _Page(NamedTuple):
    name: str
    media_type: str


PAGES: Final = (_Page("text", "text/plain"), _Page("html", "text/html"))

USAGE: Final = """\
Plumbline tells whether a neural network's architecture stands.

  curl {address}/analyze -d '{{"input": [1, 3, 32, 32], "layers": [
    {{"type": "Conv2d", "out_channels": 16, "kernel_size": 5, "stride": 2, "padding": 1}},
    {{"type": "Flatten"}},
    {{"type": "Linear", "in_features": 3600, "out_features": 10}}]}}'

A layer is its torch.nn class and that constructor's arguments. The answer has every layer's shape, parameters and
multiply-accumulates, and every mistake with fixes that were proven. As a table: {address}/analyze?format=text
(or {formats}).

  {address}/layers        the layers and operations there are
  {address}/docs          try it in a browser
  {address}/openapi.json  the description for programs
"""


@routes.get("/")
async def usage(request: Request) -> Response:
    """How to use the service."""
    if chosen_or_first(request, PAGES).name == "html":
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs", headers={"Vary": "Accept"})
    address = str(request.base_url).rstrip("/")
    formats = ", ".join(each.name for each in FORMATS if each.name != "text")
    return PlainTextResponse(USAGE.format(address=address, formats=formats), headers={"Vary": "Accept"})
