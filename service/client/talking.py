"""What both clients say and understand, whichever way it travels."""

import random
from typing import Any, Final, NamedTuple, TypeVar

import httpx
from pydantic import BaseModel

from service.client.errors import RefusedError

Json = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)

BUSY: Final = frozenset({429, 503})
"""Statuses after which it is worth coming back."""
LONGEST_WAIT: Final = 30.0
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


def wait(response: httpx.Response | None, attempt: int) -> float:
    """Seconds until it is worth coming back: as the service says, or ever longer."""
    told = None if response is None else response.headers.get("retry-after", "")
    if told and told.isdigit():
        return min(float(told), LONGEST_WAIT)
    return float(min(0.2 * 2.0**attempt, LONGEST_WAIT)) * random.uniform(0.5, 1)  # noqa: S311 (so that clients spread)


def understood(response: httpx.Response) -> httpx.Response:
    """The response, if it is no problem; raises :class:`RefusedError`."""
    if not response.is_error:
        return response
    try:
        problem = response.json()
    except ValueError:
        problem = {"title": response.reason_phrase, "detail": response.text[:500]}
    raise RefusedError(response.status_code, problem if isinstance(problem, dict) else {"detail": str(problem)})


def as_model(model: type[Model], response: httpx.Response) -> Model:
    """The answer with attributes; further fields are passed over."""
    return model.model_validate_json(understood(response).content)


def as_object(response: httpx.Response) -> Json:
    """The answer as a dict."""
    found: Json = understood(response).json()
    return found


def as_list(response: httpx.Response) -> list[Json]:
    """The answer as a list of dicts."""
    found: list[Json] = understood(response).json()
    return found
