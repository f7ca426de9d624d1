"""What Prometheus gets to see."""

import re

import httpx
import pytest

from tests.api.server import analysing
from tests.documents import tutorial


def figures(client: httpx.Client) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{.*?\})?) (\S+)$", response.text, re.MULTILINE)}


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_what_is_counted(flags: tuple[str, ...]) -> None:
    with analysing(*flags) as address, httpx.Client(base_url=address, timeout=30) as client:
        for _ in range(4):
            httpx.post(f"{address}/analyze", json=tutorial(5, 1568))
        httpx.post(f"{address}/analyze", json=tutorial(5, 2048))
        httpx.post(f"{address}/analyze", content=b"{")
        found = figures(client)
        assert found['plumbline_analyses_total{outcome="sound"}'] == 4
        assert found['plumbline_analyses_total{outcome="unsound"}'] == 1
        assert found['plumbline_analyses_total{outcome="unreadable"}'] == 1
        assert found['plumbline_issues_total{code="linear-in-features",severity="error"}'] == 1
        assert found['plumbline_requests_total{method="POST",path="/analyze",status="200"}'] == 5
        assert found['plumbline_request_seconds_count{path="/analyze"}'] == 6


def test_no_request_makes_a_series_of_its_own(client: httpx.Client) -> None:
    client.get("/nowhere/0")
    client.request("BREW", "/nowhere/0")
    client.get("/layers/none")
    figures(client)
    before = figures(client).keys()
    for index in range(200):
        client.get(f"/nowhere/{index}")
        client.get(f"/layers/none{index}")
        client.request(f"BREW{index}", "/nowhere/0")
    after = figures(client).keys()
    assert after == before
