"""The representation that a request asks for, errors included."""

import json

import httpx
import pytest

from service.api.negotiation import preferred
from service.reports.formats import FORMATS, Format
from tests.documents import tutorial

BODY = json.dumps(tutorial(5, 2048))


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("*/*", "json"), ("application/*", "json"), ("text/*", "text"), ("text/csv", "csv"), ("TEXT/CSV", "csv"),
        ("text/csv;q=0.5, text/markdown", "markdown"), ("text/html, */*;q=0.1", "json"),
        ("text/csv;q=0, text/*", "text"), ("*/*;q=0.5, text/csv", "csv"), ("application/json;q=0, */*", "text"),
        ("text/plain; charset=utf-8", "text"), ("text/plain;version=1;q=0.2,text/vnd.mermaid;q=0.3", "mermaid"),
        ("nonsense, text/csv", "csv"), ("text/html", None), ("", None), (";;;,,,", None),
        ("application/json;q=0", None),
    ],
)  # fmt: skip
def test_what_is_preferred(accept: str, name: str | None) -> None:
    found = preferred(accept, FORMATS)
    assert (found and found.name) == name


@pytest.mark.parametrize("written", FORMATS, ids=[each.name for each in FORMATS])
def test_every_format_by_header_and_by_name(client: httpx.Client, written: Format) -> None:
    by_header = client.post("/analyze", content=BODY, headers={"Accept": written.media_type})
    by_name = client.post(f"/analyze?format={written.name}", content=BODY, headers={"Accept": "text/html"})
    assert by_header.status_code == by_name.status_code == 200
    assert by_header.content == by_name.content
    assert by_header.headers["content-type"] == by_name.headers["content-type"] == written.content_type
    assert by_header.headers["vary"] == "Accept"
    assert by_header.headers["etag"] == by_name.headers["etag"]


def test_tags_tell_requests_apart(client: httpx.Client) -> None:
    bodies = [BODY, json.dumps(tutorial(5, 1568))]
    tags = {client.post(f"/analyze?format={each.name}", content=body).headers["etag"] for each in FORMATS
            for body in bodies}  # fmt: skip
    assert len(tags) == len(FORMATS) * len(bodies)


@pytest.mark.parametrize("path", ["/analyze?format=docx", "/analyze"])
def test_what_there_is_not_lists_what_there_is(client: httpx.Client, path: str) -> None:
    response = client.post(path, content=BODY, headers={"Accept": "image/webp"})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert all(each.media_type in response.json()["detail"] for each in FORMATS)


@pytest.mark.parametrize(("accept", "type"), [("text/plain", "text/plain"), ("text/markdown", "text/markdown"),
                                              ("text/csv", "application/problem+json"),
                                              ("application/json", "application/problem+json")])  # fmt: skip
def test_errors_honour_accept_too(client: httpx.Client, accept: str, type: str) -> None:
    response = client.post("/analyze", content=b'{"input": [1, 2], "layers": [{"type": "Conv"}]}',
                           headers={"Accept": accept})  # fmt: skip
    assert response.status_code == 422
    assert response.headers["content-type"].partition(";")[0] == type
    assert response.headers["vary"] == "Accept"
    assert "/layers/0" in response.text


def test_the_root_suits_who_asks(client: httpx.Client) -> None:
    usage = client.get("/")
    assert usage.headers["content-type"].startswith("text/plain")
    assert f"curl {client.base_url}".rstrip("/") in usage.text
    browser = client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert browser.headers["location"] == "/docs"


def test_the_command_of_the_root_works(client: httpx.Client) -> None:
    usage = client.get("/").text
    document = usage.partition("-d '")[2].partition("'")[0]
    assert client.post("/analyze", content=document).json()["valid"]


def test_a_form_of_another_site_is_refused(client: httpx.Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://example.org"}
    response = client.post("/analyze", content=BODY, headers=form)
    assert response.status_code == 415
    assert response.json()["code"] == "foreign-origin"
    own = str(client.base_url).rstrip("/")
    assert client.post("/analyze", content=BODY, headers={**form, "Origin": own}).status_code == 200
    assert client.post("/analyze", content=BODY, headers={**form, "Origin": "null"}).status_code == 415
    declared = {"Content-Type": "application/json; charset=utf-8", "Origin": "https://example.org"}
    assert client.post("/analyze", content=BODY, headers=declared).status_code == 200


@pytest.mark.parametrize("path", ["/", "/layers", "/layers/Conv2d", "/docs", "/openapi.json", "/architectures/lenet-5",
                                  "/architectures/lenet-5/analysis?format=svg", "/version"])  # fmt: skip
def test_what_can_be_fetched_has_a_head_and_a_tag(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.content == b""
    for name in ("content-length", "content-type", "etag"):
        assert head.headers[name] == got.headers[name]
    for known in (got.headers["etag"], f'"other", W/{got.headers["etag"]}', "*"):
        same = client.get(path, headers={"If-None-Match": known})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == got.headers["etag"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == got.content


@pytest.mark.parametrize(("path", "allowed"), [("/analyze", "POST, OPTIONS"), ("/layers/Conv2d", "GET, HEAD, OPTIONS")])
def test_a_path_says_what_it_takes(client: httpx.Client, path: str, allowed: str) -> None:
    told = client.options(path)
    assert (told.status_code, told.content, told.headers["allow"]) == (204, b"", allowed)
    refused = client.put(path)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert path in refused.json()["detail"]


def test_what_changes_by_itself_has_no_tag(client: httpx.Client) -> None:
    assert "etag" not in client.get("/metrics").headers
    assert client.get("/health/live", headers={"If-None-Match": "*"}).status_code == 200


def test_what_is_not_there_is_named(client: httpx.Client) -> None:
    assert "/nothing" in client.get("/nothing").json()["detail"]
    assert client.head("/nothing").status_code == 404


@pytest.mark.parametrize("each", ["text", "markdown"])
def test_what_cannot_be_read_does_nothing_to_who_reads_of_it(client: httpx.Client, each: str) -> None:
    layers = [{"type": "x\x1b[31m\u202e<script>"}, {"type": "Linear", "a\x1b]0;b\x07": 1, "out_features": 1}]
    told = client.post(f"/analyze?format={each}", json={"input": [1, 3], "layers": layers}).text
    assert all(character.isprintable() or character in "\n\u2068\u2069" for character in told), ascii(told)
    assert each == "text" or "<script>" not in told
