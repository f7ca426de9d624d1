"""What whoever runs the service gets to see: logs, identifiers, traces."""

import gzip
import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from logging import ERROR, INFO
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.api.logs import Log
from tests.api.server import WITHOUT_PYTORCH
from tests.documents import tutorial
from tests.service.wire import waited_for


@contextmanager
def logging(*flags: str) -> Iterator[tuple[str, list[Any]]]:
    """A service, and the events that it logs, there once it has ended."""
    command = [sys.executable, "-m", "service", "--port", "0", "--drain-seconds", "0", *WITHOUT_PYTORCH, *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        events: list[Any] = []
        yield process.stdout.readline().split()[-1], events
        process.terminate()
        events += map(json.loads, process.stderr.read().splitlines())
        assert process.wait(timeout=30) == 0


def test_a_line_a_request_with_its_identifier_and_nothing_of_its_body() -> None:
    with logging() as (address, events):
        document = {**tutorial(3, 2048), "name": "confidential"}
        answer = httpx.post(f"{address}/analyze?format=json", json=document, headers={"X-Request-Id": "abc-1"})
        assert answer.headers["x-request-id"] == "abc-1"
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert httpx.post(f"{address}/analyze", content=b'{"confidential').status_code == 400
    first, second = events
    assert (first["event"], first["method"], first["path"]) == ("request", "POST", "/analyze")
    assert (first["status"], first["request_id"], first["level"]) == (200, "abc-1", "info")
    assert first["ms"] > 0
    assert second["status"] == 400
    assert "confidential" not in json.dumps(events)


@pytest.mark.parametrize("given", ["a" * 65, "a\u00e9", "a b", "<script>", ""])
def test_an_identifier_that_is_not_plain_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/health/live", headers={b"X-Request-Id": given.encode()})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_no_log_holds_up_the_service() -> None:
    """Nobody reads the pipe that the log goes to."""
    command = [sys.executable, "-m", "service", "--port", "0", "--drain-seconds", "0", *WITHOUT_PYTORCH]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        with httpx.Client(base_url=address, timeout=10) as client:
            for _ in range(700):  # Some 150 bytes each, and a pipe takes 64 KB.
                assert client.get("/problems/busy").status_code == 200
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_a_defect_is_told_without_what_was_sent() -> None:
    read, write = os.pipe()
    try:
        raise ValueError("confidential")  # noqa: TRY301
    except ValueError as error:
        Log("info", "json", write).tell(ERROR, "defect", error)
    os.close(write)
    with os.fdopen(read) as lines:
        (event,) = map(json.loads, lines)
    assert event["error"] == "ValueError"
    assert "test_observability.py" in event["where"][0]
    assert "confidential" not in json.dumps(event)


def test_a_line_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that those of several processes don't get into each other."""
    written: list[bytes] = []
    monkeypatch.setattr(os, "write", lambda _, data: written.append(data))
    read, write = os.pipe()
    Log("info", "json", write).tell(INFO, "request", status=200)
    os.close(read)
    os.close(write)
    (line,) = written
    assert json.loads(line)["status"] == 200
    assert line.endswith(b"}\n")


def test_a_terminal_gets_lines_for_people() -> None:
    leader, follower = pty.openpty()
    Log("info", "auto", follower).tell(INFO, "request", status=200)
    line = os.read(leader, 1000).decode()
    assert "request" in line
    assert "status" in line
    assert not line.startswith("{")


class _Collector(BaseHTTPRequestHandler):
    spans: list[Any]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        found = ExportTraceServiceRequest.FromString(body)
        self.spans += [span for one in found.resource_spans for scope in one.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_traces_go_where_they_are_wanted() -> None:
    spans: list[Any] = []
    collector = HTTPServer(("127.0.0.1", 0), type("Collector", (_Collector,), {"spans": spans}))
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{collector.server_port}/v1/traces"
    trace = "0af7651916cd43dd8448eb211c80319c"
    with logging("--otlp-endpoint", endpoint) as (address, _):
        headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
        assert httpx.post(f"{address}/analyze", json=tutorial(3, 2048), headers=headers).status_code == 200
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert waited_for(lambda: bool(spans))
    collector.shutdown()
    collector.server_close()
    (span,) = spans
    assert span.name.startswith("POST /analyze")
    assert span.trace_id.hex() == trace
    assert "confidential" not in str(span)


def test_without_an_endpoint_nothing_of_it_is_imported() -> None:
    code = """
import sys, service.api.serving, service.api.application as application
application.create_application()
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "structlog", "torch"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
