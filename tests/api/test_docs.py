"""Swagger UI in a real browser, with the network watched."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser import opened

ANALYZE: Final = "#operations-analysis-analyze"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with opened() as page:
        yield page


def test_the_page_needs_no_other_host(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert "https://" not in page.text
    assert client.get("/docs/swagger-ui-bundle.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/docs/nothing.js").status_code == 404


def test_every_example_executed_in_a_browser_returns_what_is_shown(page: Page, address: str) -> None:
    hosts, complaints = set[str](), list[str]()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/docs")
    page.locator(f"{ANALYZE} .opblock-summary").click()
    documented: Any = httpx.get(f"{address}/openapi.json").json()["paths"]["/analyze"]["post"]["responses"]["200"]
    examples = documented["content"]["application/json"]["examples"]
    assert len(examples) >= 10
    chosen = page.locator(f"{ANALYZE} .opblock-section-request-body select").last
    assert len(chosen.locator("option").all()) == len(examples)
    for name, example in examples.items():
        chosen.select_option(name)
        with page.expect_response("**/analyze") as response:
            page.locator(f"{ANALYZE} .execute").click()
        assert json.loads(response.value.body()) == example["value"]
    assert hosts == {urlsplit(address).netloc}
    assert complaints == []
