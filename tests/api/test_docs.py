"""Swagger UI in a real browser, with the network watched."""

import json
import shutil
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
ANALYZE: Final = "#operations-analysis-analyze_analyze_post"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser.new_page()
        browser.close()


def test_the_page_needs_no_other_host(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert "https://" not in page.text
    assert client.get("/docs/swagger-ui-bundle.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/docs/nothing.js").status_code == 404


def test_the_page_describes_what_the_service_describes(client: httpx.Client) -> None:
    whole, lean = client.get("/openapi.json").json(), client.get("/docs/openapi.json").json()
    assert lean["paths"] == whole["paths"]
    assert "Document" in lean["components"]["schemas"]
    assert "Conv2d" not in lean["components"]["schemas"]


def test_every_example_executed_in_a_browser_returns_what_is_shown(page: Page, address: str) -> None:
    hosts, complaints = set[str](), list[str]()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/docs")
    page.locator(f"{ANALYZE} .opblock-summary").click()
    documented: Any = httpx.get(f"{address}/openapi.json").json()["paths"]["/analyze"]["post"]["responses"]["200"]
    examples = documented["content"]["application/json"]["examples"]
    chosen = page.locator(f"{ANALYZE} .opblock-section-request-body select").last
    assert len(chosen.locator("option").all()) == len(examples)
    for name, example in examples.items():
        chosen.select_option(name)
        with page.expect_response("**/analyze") as response:
            page.locator(f"{ANALYZE} .execute").click()
        assert json.loads(response.value.body()) == example["value"]
    assert hosts == {urlsplit(address).netloc}
    assert complaints == []
