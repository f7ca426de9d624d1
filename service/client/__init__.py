"""A typed client: ``Plumbline("http://localhost:8000").analyze(document).totals.parameters``."""

from service.client.asynchronous import AsyncPlumbline
from service.client.errors import PlumblineError, RefusedError, UnreachableError
from service.client.synchronous import Plumbline
from service.reports.answer import Answer as Analysis

__all__ = ["Analysis", "AsyncPlumbline", "Plumbline", "PlumblineError", "RefusedError", "UnreachableError"]
