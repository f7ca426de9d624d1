"""A typed client: ``Plumbline("http://localhost:8000").analyze(document).totals.parameters``."""

from service.client.asynchronous import AsyncPlumbline
from service.client.errors import GarbledError, PlumblineError, RefusedError, UnreachableError
from service.client.synchronous import Plumbline
from service.reports.answer import Answer as Analysis
from service.reports.catalogue_answer import ArchitectureSummary, LayerEntry, LayerSummary
from service.reports.review_answer import CheckAnswer, DiffAnswer
from service.reports.version_answer import Version

__all__ = [
    "Analysis",
    "ArchitectureSummary",
    "AsyncPlumbline",
    "CheckAnswer",
    "DiffAnswer",
    "GarbledError",
    "LayerEntry",
    "LayerSummary",
    "Plumbline",
    "PlumblineError",
    "RefusedError",
    "UnreachableError",
    "Version",
]
