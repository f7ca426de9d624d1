"""Errors as ``application/problem+json`` (RFC 9457), one schema for all, and a page for each code."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from service.api.negotiation import NotAcceptableError, chosen_or_first
from service.architecture.problems import DocumentFault, UnreadableDocument, shortened
from service.reports.abridged.names import cleaned, escaped

MEDIA_TYPE: Final = "application/problem+json"
LONGEST_DETAIL: Final = 400


class _Representation(NamedTuple):
    """A form of a problem."""

    name: str
    media_type: str


REPRESENTATIONS: Final = (
    _Representation("json", MEDIA_TYPE),
    _Representation("json", "application/json"),
    _Representation("text", "text/plain"),
    _Representation("markdown", "text/markdown"),
)
"""What is neither is answered with the first."""


class Explanation(NamedTuple):
    """What a problem's page says."""

    status: int
    title: str
    meaning: str


EXPLANATIONS: Final = {
    "bad-request": Explanation(400, "Bad request", "The request could not be understood."),
    "not-json": Explanation(400, "Not JSON", "The body has to be one JSON object (RFC 8259) with finite numbers."),
    "not-utf-8": Explanation(400, "Not UTF-8", "JSON is exchanged in UTF-8."),
    "number-too-large": Explanation(400, "A number is too large", "Integers have 64 bits, other numbers are floats."),
    "too-deep": Explanation(400, "Nested too deeply", "No JSON value of a document is nested this deep."),
    "unauthorized": Explanation(401, "A key is needed", "Whoever runs this service gives out keys."),
    "not-found": Explanation(404, "Nothing here", "GET /openapi.json lists the paths that there are."),
    "not-acceptable": Explanation(406, "No such representation", "The detail lists the media types that there are."),
    "method-not-allowed": Explanation(405, "Method not allowed", "The header Allow names the path's methods."),
    "request-timeout": Explanation(408, "The request took too long to arrive", "GET /version shows how long it may."),
    "body-too-large": Explanation(413, "The body is too large", "GET /version shows the limit."),
    "foreign-origin": Explanation(
        415, "A form of another site", "What browsers send across origins without asking has to say that it is JSON."
    ),
    "content-encoding": Explanation(415, "Compressed body", "Send the body as it is, without Content-Encoding."),
    "bad-parameter": Explanation(422, "A parameter cannot be read", "The detail says what was expected of it."),
    "unreadable-document": Explanation(
        422, "The document cannot be read", "Each fault has a JSON Pointer, what was given, and what was allowed."
    ),
    "answer-too-large": Explanation(
        422, "The answer is too large", "It takes more memory or bytes than GET /version shows; ask for less at a time."
    ),
    "headers-too-large": Explanation(431, "The request's head is too large", "GET /version shows the limit."),
    "overloaded": Explanation(503, "Too many documents", "Come back after the seconds that Retry-After says."),
    "busy": Explanation(503, "Too many verifications", "Come back after the seconds that Retry-After says."),
    "ending": Explanation(503, "About to end", "The service was told to stop; ask another replica."),
    "analysis-timeout": Explanation(504, "The analysis took too long", "GET /version shows how long it may take."),
    "internal-error": Explanation(500, "A defect of Plumbline", "Please report it, with the document."),
}


class FaultAnswer(BaseModel):
    """One thing about a document that cannot be read."""

    code: Annotated[str, Field(description="Stable, for programs.", examples=["unknown-key"])]
    pointer: Annotated[str, Field(description="Where it stands (JSON Pointer).", examples=["/layers/0/kernel"])]
    detail: Annotated[str, Field(description="What was given and what was expected.")]
    allowed: Annotated[list[Any], Field(description="What may stand there, where that can be listed.")]
    did_you_mean: Annotated[str | None, Field(description="What was probably meant.", examples=["kernel_size"])]


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: Annotated[str, Field(description="A path of this service that explains the code.")]
    title: Annotated[str, Field(description="The kind of problem.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    code: Annotated[str, Field(description="Stable, for programs.", examples=["unreadable-document"])]
    detail: Annotated[str, Field(description="What happened this time.")]
    faults: Annotated[list[FaultAnswer], Field(description="Each thing that cannot be read, at most 20.")] = []


class ProblemError(HTTPException):
    """A problem with a code of its own, where the status does not tell it."""

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(EXPLANATIONS[code].status, detail, headers)
        self.code = code


def may_answer(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route describes the problems that it may answer with."""
    content: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    content |= {each.media_type: {"schema": {"type": "string"}} for each in REPRESENTATIONS if each.name != "json"}
    titles = {page.status: page.title for page in EXPLANATIONS.values()}
    return {status: {"description": titles[status], "content": content} for status in statuses}


def problem(
    request: Request, code: str, detail: str, faults: tuple[DocumentFault, ...] = (), headers: Any = None
) -> Response:
    """The response for a problem, in the form that the request asks for where problems have it."""
    explanation = EXPLANATIONS[code]
    written = chosen_or_first(request, REPRESENTATIONS)
    headers = {**(headers or {}), "Vary": "Accept"}
    if written.name != "json":
        text = _as_text(explanation, detail, faults, f"/problems/{code}", marked=written.name == "markdown")
        return Response(text, explanation.status, headers, written.media_type)
    return Response(_as_json(code, detail, faults), explanation.status, headers, MEDIA_TYPE)


def bare_problem(code: str, detail: str) -> bytes:
    """The JSON of a problem, where there is no request that could ask for another form."""
    return _as_json(code, detail, ())


def _as_json(code: str, detail: str, faults: tuple[DocumentFault, ...]) -> bytes:
    page = EXPLANATIONS[code]
    return to_json(
        {
            "type": f"/problems/{code}",
            "title": page.title,
            "status": page.status,
            "code": code,
            "detail": detail,
            "faults": [fault._asdict() for fault in faults],
        }
    )


def _as_text(page: Explanation, detail: str, faults: tuple[DocumentFault, ...], path: str, *, marked: bool) -> str:
    """A problem for people to read; ``marked`` up, or plain."""
    heading = f"{page.status} {page.title}"
    shown = escaped if marked else cleaned
    lines = [f"**{heading}**" if marked else heading, "", shown(detail)]
    if len(faults) > 1 or any(fault.pointer for fault in faults):
        sign = "-" if marked else " "
        lines += ["", *(f"{sign} {shown(fault.pointer or '/')}: {shown(fault.detail)}" for fault in faults)]
    return "\n".join([*lines, "", f"{page.meaning} See {path}.", ""])


def unreadable(request: Request, error: Exception) -> Response:
    """A document that cannot be read."""
    assert isinstance(error, UnreadableDocument)  # noqa: S101 (registered for it alone)
    request.app.state.metrics.analyses.labels("unreadable").inc()
    if error.syntax:
        return problem(request, error.faults[0].code, error.faults[0].detail, error.faults)
    count = len(error.faults)
    detail = (
        error.faults[0].detail if count == 1 else f"{count} things cannot be read; the first: {error.faults[0].detail}"
    )
    return problem(request, "unreadable-document", detail, error.faults)


def bad_parameter(request: Request, error: Exception) -> Response:
    """A parameter of the path or the query that is not what was asked for."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it alone)
    told = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()]
    return problem(request, "bad-parameter", "; ".join(told)[:LONGEST_DETAIL])


def http_error(request: Request, error: Exception) -> Response:
    """An error that the framework raised."""
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it alone)
    codes = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "content-encoding"}
    code = error.code if isinstance(error, ProblemError) else codes.get(error.status_code, "bad-request")
    if code == "method-not-allowed":
        return other_method(request, error.headers or {})
    detail = str(error.detail)
    if code == "not-found" and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"There is nothing at {shortened(request.url.path)}; GET / tells what there is."
    return problem(request, code, detail, headers=error.headers)


def other_method(request: Request, headers: Mapping[str, str]) -> Response:
    """What a path takes, to those who ask by OPTIONS, and to those who come with something else."""
    taken = headers.get("Allow", "GET")
    allowed = ", ".join(["GET, HEAD" if taken == "GET" else taken, "OPTIONS"])
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": allowed})
    detail = f"{shortened(request.url.path)} takes {taken}, not {shortened(request.method)}."
    return problem(request, "method-not-allowed", detail, headers={"Allow": allowed})


def defect(request: Request, _error: Exception) -> Response:
    """An error of ours; what it was stays in the log."""
    return problem(request, "internal-error", "Something went wrong that should not have.")


def not_acceptable(request: Request, error: Exception) -> Response:
    """A representation that there is not."""
    assert isinstance(error, NotAcceptableError)  # noqa: S101 (registered for it alone)
    offers = ", ".join(f"{offer.media_type} (format={offer.name})" for offer in error.offers)
    return problem(request, "not-acceptable", f"There is no {shortened(error.asked)} of this. There are {offers}.")


def install(application: FastAPI) -> None:
    """Makes every error of an application a problem document."""
    handlers: dict[type[Exception], _Handler] = {
        UnreadableDocument: unreadable,
        RequestValidationError: bad_parameter,
        HTTPException: http_error,
        NotAcceptableError: not_acceptable,
        Exception: defect,
    }
    for kind, handler in handlers.items():
        application.add_exception_handler(kind, _at_once(handler))


_Handler = Callable[[Request, Exception], Response]


def _at_once(handler: _Handler) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What is not asynchronous is given to a thread, to and from which a refusal would take longer than by itself."""

    async def handled(request: Request, error: Exception) -> Response:
        return handler(request, error)

    return handled
