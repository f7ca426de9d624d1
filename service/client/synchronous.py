"""The client that asked and waited for."""

import time
from typing import Any, Self

import httpx

from service.client import talking
from service.client.errors import UnreachableError
from service.client.talking import RETRIES, TIMEOUT, Call, Json
from service.reports.answer import Answer
from service.reports.catalogue_answer import ArchitectureSummary, LayerEntry, LayerSummary
from service.reports.review_answer import CheckAnswer, DiffAnswer
from service.reports.version_answer import Version


class Plumbline:
    """A service, asked and waited for.

    Raises :class:`RefusedError` with the service's problem document, :class:`UnreachableError`, or
    :class:`GarbledError` for what is no answer of the service. A service that is busy, or is just starting, is asked
    again up to ``retries`` times, after as long as it says.
    """

    def __init__(
        self, address: str, *, timeout: httpx.Timeout | float = TIMEOUT, retries: int = RETRIES, **options: Any
    ) -> None:
        """``options`` are those of :class:`httpx.Client`: headers, a transport, certificates."""
        try:
            self._client = httpx.Client(base_url=address, timeout=timeout, **options)
        except httpx.InvalidURL as error:
            raise UnreachableError(f"{address!r} is no address: {error}") from None
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def analyze(self, document: Json) -> Answer:
        """Everything that there is to say of a document."""
        return talking.as_model(Answer, self._sent(talking.analysis(document)))

    def written(self, document: Json, format: str) -> str:
        """What :meth:`analyze` says in one of the service's forms: ``text``, ``markdown``, ``svg``, ``python``, …"""
        return talking.understood(self._sent(talking.analysis(document, format))).text

    def check(self, document: Json, budget: Json) -> CheckAnswer:
        """Whether a document keeps to a budget, line by line."""
        return talking.as_model(CheckAnswer, self._sent(talking.check(document, budget)))

    def check_written(self, document: Json, budget: Json, format: str) -> str:
        """What :meth:`check` says in one of the forms: ``text``, ``svg``, ``python``, …"""
        return talking.understood(self._sent(talking.check(document, budget, format))).text

    def diff(self, before: Json, after: Json) -> DiffAnswer:
        """What changed from one document to another."""
        return talking.as_model(DiffAnswer, self._sent(talking.diff(before, after)))

    def diff_written(self, before: Json, after: Json, format: str) -> str:
        """What :meth:`diff` says in one of the forms: ``text``, ``svg``, ``python``, …"""
        return talking.understood(self._sent(talking.diff(before, after, format))).text

    def layers(self) -> list[LayerSummary]:
        """Every layer and operation."""
        return talking.as_models(LayerSummary, self._sent(Call("GET", "/layers")))

    def layer(self, type: str) -> LayerEntry:
        """One of them, whole."""
        return talking.as_model(LayerEntry, self._sent(talking.named("/layers", type)))

    def architectures(self) -> list[ArchitectureSummary]:
        """The well-known architectures."""
        return talking.as_models(ArchitectureSummary, self._sent(Call("GET", "/architectures")))

    def architecture(self, name: str) -> Json:
        """The document of one of them: a dict, to be changed and analysed."""
        return talking.as_object(self._sent(talking.named("/architectures", name)))

    def architecture_analysis(self, name: str, *inputs: str) -> Answer:
        """One of them at other sizes: ``"1,3,240,240"``."""
        return talking.as_model(Answer, self._sent(talking.architecture_analysis(name, inputs)))

    def version(self) -> Version:
        """Versions, devices and limits."""
        return talking.as_model(Version, self._sent(Call("GET", "/version")))

    def is_ready(self) -> bool:
        """Whether the service takes requests."""
        try:
            return (self._client.get("/health/ready")).is_success
        except httpx.RequestError:
            return False

    def _sent(self, call: Call) -> httpx.Response:
        """The response to a call; again and again while the service is busy or not there yet."""
        for attempt in range(self._retries + 1):
            response = None
            try:
                response = self._client.send(call.request(self._client))
                if talking.is_final(response) or attempt == self._retries:
                    return response
            except httpx.ConnectError as error:
                if attempt == self._retries:
                    raise talking.unreached(self._client.base_url, error) from error
            except httpx.RequestError as error:
                raise talking.unreached(self._client.base_url, error) from error
            time.sleep(talking.wait(response, attempt))
        raise AssertionError("the last attempt returns or raises")
