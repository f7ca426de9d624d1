"""Prometheus metrics, none of whose labels a request can make up.

With several server processes each writes into files of a common folder, and whichever is asked adds them up.
"""

import os
import time
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.diagnosis.examination import Examination

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which the library knows that there are several processes."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("plumbline_requests", "Requests.", ("method", "path", "status"), registry=self.registry)
        self.seconds = Histogram(
            "plumbline_request_seconds", "Seconds to the end of an answer.", ("path",), buckets=SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.analyses = Counter("plumbline_analyses", "Documents analysed.", ("outcome",), registry=self.registry)
        self.sound, self.unsound = map(self.analyses.labels, ("sound", "unsound"))
        self.issues = Counter("plumbline_issues", "Issues told.", ("severity", "code"), registry=self.registry)
        self.verifications = Counter(
            "plumbline_verifications", "Documents that PyTorch was asked about.", ("status",), registry=self.registry
        )

    def analysed(self, examination: Examination) -> None:
        """Counts a document that could be read."""
        (self.sound if examination.valid else self.unsound).inc()
        for issue in examination.issues:
            self.issues.labels(issue.severity, issue.code).inc()

    def exposed(self) -> bytes:
        """Everything, in Prometheus's text format."""
        if FOLDER not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class Counting:
    """Counts and times requests by the route that served them."""

    def __init__(self, application: ASGIApp, metrics: Metrics) -> None:
        self.application, self.metrics = application, metrics
        self.known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def noticing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.application(scope, receive, noticing)
        finally:
            path = route_of(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            requests, seconds = self.series(method, path, status)
            requests.inc()
            seconds.observe(time.perf_counter() - begun)

    def series(self, method: str, path: str, status: int) -> tuple[Counter, Histogram]:
        """What counts such requests; the library takes its time to find that, and there are few."""
        key = method, path, status
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self.metrics.requests.labels(*key), self.metrics.seconds.labels(path)
        return found


def route_of(scope: Scope) -> str:
    """The template of the path, so that no request can make a series of its own."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "unknown"))
