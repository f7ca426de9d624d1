"""Prometheus metrics, none of whose labels a request can make up.

With several server processes each writes into files of a common folder, and whichever is asked adds them up.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.types import Scope

from service.api.tasks import Answered

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
        self.discrepancies = Counter(
            "plumbline_discrepancies", "Differences between us and PyTorch; each is a defect.", registry=self.registry
        )
        waiting = Gauge("plumbline_waiting", "Large documents and verifications that wait or are worked on.", ("lane",),
                        registry=self.registry, multiprocess_mode="livesum")  # fmt: skip
        self.heavy, self.verifying = map(waiting.labels, ("heavy", "verify"))
        self.processes = Gauge(
            "plumbline_processes", "Server processes.", registry=self.registry, multiprocess_mode="livesum"
        )
        self.known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def analysed(self, answered: Answered) -> None:
        """Counts a document that could be read."""
        (self.sound if answered.valid else self.unsound).inc()
        for kind, count in answered.issues.items():
            self.issues.labels(*kind).inc(count)

    def verified(self, found: Mapping[str, Any]) -> None:
        """Counts what PyTorch said."""
        self.verifications.labels(found["status"]).inc()
        if found["discrepancies"]:
            self.discrepancies.inc(len(found["discrepancies"]))

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Counts and times a request by the route that served it."""
        key = method, path, status
        found = self.known.get(key)
        if found is None:
            # The library takes its time to find what counts such requests, and there are few kinds.
            found = self.known[key] = self.requests.labels(*key), self.seconds.labels(path)
        found[0].inc()
        found[1].observe(seconds)

    def exposed(self) -> bytes:
        """Everything, in Prometheus's text format."""
        if FOLDER not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def forget(process: int) -> None:
    """Leaves out of what is told now a process that has ended; what it counted stays."""
    if FOLDER in os.environ:
        mark_process_dead(process)  # type: ignore[no-untyped-call]


def route_of(scope: Scope) -> str:
    """The template of the path, so that no request can make a series of its own."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "unknown"))
