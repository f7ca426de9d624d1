"""Charts are read by Mermaid itself, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from service.reference.shelf import REFERENCES
from service.reports.mermaid import as_mermaid
from tests.browser import opened
from tests.diagnosis.broken import BROKEN
from tests.documents import examined
from tests.reports.test_formats import DOCUMENTS, HOSTILE
from tests.tools import tool

CHARTS = {
    **DOCUMENTS,
    **{f"reference {name}": reference.document() for name, reference in REFERENCES.items()},
    **{f"broken {name}": case.document for name, case in BROKEN.items()},
    **{f"hostile {index}": raw for index, raw in enumerate(HOSTILE)},
}
DRAWN = ("broken", "residual", "repeated", "hostile 0", "hostile 8", "hostile 9", "broken a residual")
"""What is not only read but drawn, which takes longer."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    script = tool("mermaid/dist/mermaid.min.js")
    with opened() as page:
        page.add_script_tag(path=str(script))
        page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
        yield page


def test_mermaid_reads_every_chart(page: Page) -> None:
    for name, raw in CHARTS.items():
        kind = page.evaluate(
            "async chart => (await mermaid.parse(chart)).diagramType", as_mermaid(examined(raw)).decode()
        )
        assert kind.startswith("flowchart"), name


def test_mermaid_draws_what_was_said(page: Page) -> None:
    for name in DRAWN:
        chart = as_mermaid(examined(CHARTS[name])).decode()
        drawn = page.evaluate("async chart => (await mermaid.render('chart', chart)).svg", chart)
        assert "<svg" in drawn, name
        assert "<script" not in drawn, name
