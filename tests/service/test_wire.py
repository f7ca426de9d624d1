"""Slow requests, large heads, bodies over the limit, and answers that reach who is still sending."""

from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.api.server import analysing
from tests.service.wire import connected, exchanged, rest, seconds_until_closed

HEAD = b"POST /analyze HTTP/1.1\r\nHost: a\r\n"


def process_of(address: str) -> psutil.Process:
    port = int(address.rpartition(":")[2])
    children = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    return next(each for each in children for one in each.net_connections() if one.laddr.port == port)


@pytest.mark.parametrize(
    ("first", "dribble"),
    [
        (b"", b""),
        (HEAD, b"X"),
        (HEAD, b"X-A: b\r\n"),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"GET /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"\r\n", b"\r\n"),
    ],
    ids=["nothing", "head", "fields", "body", "chunks", "unread-body", "blank-lines"],
)
def test_what_comes_too_slowly_is_closed(first: bytes, dribble: bytes) -> None:
    with analysing("--receive-seconds", "1") as address:
        seconds, answer = seconds_until_closed(address, first, dribble, most=60)
    assert 0.5 < seconds < 45
    assert answer == b"" or answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 404 "))


def test_by_default_within_ten_seconds(client: httpx.Client) -> None:
    assert client.get("/version").json()["limits"]["receive_seconds"] < 10


def test_a_body_that_keeps_coming_may_take_its_time() -> None:
    piece = b" " * 70_000
    with analysing("--receive-seconds", "0.5") as address:
        first = HEAD + b"Connection: close\r\nContent-Length: 700000\r\n\r\n"
        _, answer = seconds_until_closed(address, first, piece, most=120)
    assert answer.startswith(b"HTTP/1.1 400 "), answer


@pytest.mark.parametrize("size", [2**20, 40_000])
def test_a_large_head(address: str, size: int) -> None:
    answer = exchanged(address, [HEAD, b"X: " + b"a" * size + b"\r\n\r\n"])
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in answer


def test_a_head_at_the_limit_and_one_past_it(client: httpx.Client, address: str) -> None:
    limit = client.get("/version").json()["limits"]["max_header_bytes"]
    start, end = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ", b"\r\n\r\n"
    for size, status in ((limit, b"200"), (limit + 200, b"431")):
        answer = exchanged(address, [start + b"a" * (size - len(start) - len(end)) + end])
        assert answer.startswith(b"HTTP/1.1 " + status), answer


def test_a_large_head_on_a_connection_that_was_used(address: str) -> None:
    small = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    large = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"
    with connected(address) as connection:
        connection.sendall(small)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(large)
        assert rest(connection).startswith(b"HTTP/1.1 431 ")
    # What was asked before in the same breath is answered, and nothing in its place.
    answer = exchanged(address, [small + large])
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_what_is_no_http(address: str) -> None:
    answer = exchanged(address, [b"\x16\x03\x01 hello\r\n\r\n"])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"bad-request"' in answer


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_body_at_the_limit_and_one_past_it(declared: bool) -> None:
    document = b'{"input": [1, 8], "layers": [{"type": "ReLU"}]}'

    def body(size: int) -> bytes | Iterator[bytes]:
        whole = document + b" " * (size - len(document))
        return whole if declared else (whole[at : at + 50_000] for at in range(0, len(whole), 50_000))

    with analysing("--max-body-bytes", "200000") as address:
        assert httpx.post(f"{address}/analyze", content=body(200_000), timeout=60).status_code == 200
        answer = httpx.post(f"{address}/analyze", content=body(200_001), timeout=60)
        assert answer.status_code == 413
        assert answer.json()["code"] == "body-too-large"


def test_memory_is_flat_whatever_is_sent(address: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        piece = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        for _ in range(1600):
            yield piece

    service = process_of(address)
    exchanged(address, chunks())
    before = service.memory_info().rss
    for _ in range(3):
        assert exchanged(address, chunks()).startswith(b"HTTP/1.1 413 ")
        declared = HEAD + b"Content-Length: 104857600\r\n\r\n"
        assert exchanged(address, [declared, *[b" " * 65_536] * 16]).startswith(b"HTTP/1.1 413 ")
    assert service.memory_info().rss < before + 2**25


def test_bodies_on_their_way_are_limited_together() -> None:
    with analysing("--max-body-bytes", "100000", "--max-arriving-bytes", "150000") as address:
        with connected(address) as first:
            first.sendall(HEAD + b"Content-Length: 100000\r\n\r\n" + b" " * 90_000)
            answer = httpx.post(f"{address}/analyze", content=b" " * 90_000)
            assert answer.status_code == 503
            assert answer.json()["code"] == "overloaded"
            assert int(answer.headers["retry-after"]) > 0
            first.sendall(b" " * 10_000)
            first.settimeout(10)
            assert first.recv(100).startswith(b"HTTP/1.1 400 ")
        assert httpx.post(f"{address}/analyze", content=b" " * 90_000).status_code == 400
