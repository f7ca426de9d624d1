"""What both clients say and understand, whichever way it travels."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from service.client.errors import GarbledError, RefusedError, UnreachableError

Json = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)
Read = TypeVar("Read")

BUSY: Final = frozenset({429, 503})
"""Statuses after which it is worth coming back."""
LONGEST_WAIT: Final = 30.0
"""Seconds; who is told to come back later than that is told so at once."""
LONGEST_QUOTE: Final = 500
"""Characters of an answer that is not understood."""
TIMEOUT: Final = httpx.Timeout(60, connect=5)
RETRIES: Final = 3


class Call(NamedTuple):
    """A request, apart from where it goes."""

    method: str
    path: str
    body: Any = None
    query: tuple[tuple[str, str], ...] = ()

    def request(self, client: "httpx.Client | httpx.AsyncClient") -> httpx.Request:
        """The request as httpx sends it."""
        return client.build_request(self.method, self.path, json=self.body, params=self.query or None)


def analysis(document: Json, written: str = "json") -> Call:
    """The call of ``POST /analyze``."""
    return Call("POST", "/analyze", document, (("format", written),))


def check(document: Json, budget: Json, written: str = "json") -> Call:
    """The call of ``POST /check``."""
    return Call("POST", "/check", {"document": document, "budget": budget}, (("format", written),))


def diff(before: Json, after: Json, written: str = "json") -> Call:
    """The call of ``POST /diff``."""
    return Call("POST", "/diff", {"before": before, "after": after}, (("format", written),))


def architecture_analysis(name: str, inputs: tuple[str, ...]) -> Call:
    """The call of ``GET /architectures/{name}/analysis``."""
    return Call("GET", f"/architectures/{name}/analysis", None, tuple(("input", each) for each in inputs))


def named(path: str, name: str) -> Call:
    """The call of what stands under a name, whatever characters are in it."""
    return Call("GET", f"{path}/{quote(name, safe='')}")


def unreached(address: httpx.URL, error: httpx.RequestError) -> UnreachableError:
    """Why nothing came back, in words."""
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return UnreachableError(f"{address} cannot be reached: {error}")
        case httpx.UnsupportedProtocol():
            return UnreachableError(f"{str(address)!r} is no address: {error}")
        case httpx.TimeoutException():
            return UnreachableError(f"{address} did not answer in time.")
    return UnreachableError(f"{address} did not answer: {error or type(error).__name__}")


def is_final(response: httpx.Response) -> bool:
    """Whether it is not worth coming back, or only after longer than anybody waits."""
    told = _told(response.headers.get("retry-after", ""))
    return response.status_code not in BUSY or (told is not None and told > LONGEST_WAIT)


def wait(response: httpx.Response | None, attempt: int) -> float:
    """Seconds until it is worth coming back: as the service says, or ever longer."""
    told = None if response is None else _told(response.headers.get("retry-after", ""))
    if told is not None:
        return max(told, 0.0)
    return float(min(0.2 * 2.0**attempt, LONGEST_WAIT)) * random.uniform(0.5, 1)  # noqa: S311 (so that clients spread)


def _told(header: str) -> float | None:
    """Seconds that ``Retry-After`` says, as a number or as a date (RFC 9110, 10.2.3); None where it says neither."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    # A date of HTTP is in GMT, also where it is not said in a way that Python reads so.
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return (date - datetime.now(UTC)).total_seconds()


def understood(response: httpx.Response) -> httpx.Response:
    """The response, if it is an answer; raises :class:`RefusedError`."""
    if response.is_success:
        return response
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"title": response.reason_phrase, "detail": response.text[:LONGEST_QUOTE]}
    raise RefusedError(response.status_code, problem)


def as_model(model: type[Model], response: httpx.Response) -> Model:
    """The answer with attributes; further fields are passed over. Raises :class:`GarbledError`."""
    return _read(model, response)


def as_models(model: type[Model], response: httpx.Response) -> list[Model]:
    """The answer as a list of what has attributes; raises :class:`GarbledError`."""
    return _read(list[model], response)  # type: ignore[valid-type]


def as_object(response: httpx.Response) -> Json:
    """The answer as a dict; raises :class:`GarbledError`."""
    return _read(Json, response)


def _read(kind: type[Read], response: httpx.Response) -> Read:
    content = understood(response).content
    try:
        found: Read = _adapter(kind).validate_json(content)  # type: ignore[arg-type] # every type has a hash
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "".join(f"/{step}" for step in first["loc"])
        raise GarbledError(f"{place} {first['msg']}".strip(), response.text[:LONGEST_QUOTE]) from None
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Made once for each kind: to make one takes far longer than to read with it."""
    return TypeAdapter(kind)
