"""The representations of an answer, each by its media type and by a short name."""

import importlib
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from service.diagnosis.examination import Examination


class Format(NamedTuple):
    """A way to write what was found out about a document."""

    name: str
    """What ``?format=`` and the command line call it."""
    media_type: str
    content_type: str
    """The media type with its parameters, as a response's header has it."""
    function: str
    """``module:function`` in this package, imported when it is first asked for."""
    weight: int = 1
    """How many times as long as JSON it takes where every layer takes from two others: what is drawn looks for room."""

    @property
    def render(self) -> Callable[[Examination], bytes]:
        """What writes an examination in this format."""
        module, _, function = self.function.partition(":")
        found = getattr(importlib.import_module(f"service.reports.{module}"), function)
        return cast("Callable[[Examination], bytes]", found)


def _text(name: str, media_type: str, function: str, weight: int = 1) -> Format:
    return Format(name, media_type, f"{media_type}; charset=utf-8", function, weight)


JSON: Final = Format("json", "application/json", "application/json", "json:as_json")
FORMATS: Final = (
    JSON,
    _text("text", "text/plain", "text:as_text", weight=5),
    _text("markdown", "text/markdown", "markdown:as_markdown", weight=5),
    _text("csv", "text/csv", "csv:as_csv"),
    _text("svg", "image/svg+xml", "svg.drawing:as_svg", weight=6),
    _text("mermaid", "text/vnd.mermaid", "mermaid:as_mermaid", weight=3),
    _text("python", "text/x-python", "source.program:as_python", weight=2),
)
"""The first is what is given to those who don't mind."""
