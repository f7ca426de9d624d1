"""Over HTTP: requests a second against a bare endpoint of the same stack, and what starting costs."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.measuring import table
from service.reference.shelf import REFERENCES

SECONDS = 5
PORT = 18_231

BARE = """
import json, sys
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic_core import to_json
from service.architecture.document import Document
application = FastAPI()
answers = {len(layers): answer for layers, answer in json.load(open(sys.argv[1]))}
@application.post("/analyze")
async def analyze(request: Request) -> Response:
    document = Document.model_validate_json(await request.body())
    return Response(to_json(answers[len(document.layers)]), media_type="application/json")
uvicorn.run(application, port=int(sys.argv[2]), log_level="warning", access_log=False)
"""
EMPTY = """
import sys
import uvicorn
from fastapi import FastAPI
application = FastAPI()
@application.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "ok"}
uvicorn.run(application, port=int(sys.argv[1]), log_level="warning", access_log=False)
"""


def tutorial_document() -> dict[str, Any]:
    """Six layers."""
    convolution = {"type": "Conv2d", "kernel_size": 3, "stride": 2, "padding": 1}
    layers = [{**convolution, "out_channels": 16}, {"type": "ReLU"}, {**convolution, "out_channels": 32}]
    return {
        "input": [1, 3, 32, 32],
        "layers": [*layers, {"type": "ReLU"}, {"type": "Flatten"}, {"type": "Linear", "out_features": 10}],
    }


def throughput() -> str:
    """Requests a second by wrk, one worker, beside an endpoint that validates and serialises but computes nothing."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return "wrk is not installed, so that requests a second were not measured (Debian: apt-get install wrk)."
    documents = {
        "6 layers": tutorial_document(),
        "ResNet-50, 175 layers": REFERENCES["resnet-50"].document(),
        "VGG16-BN": REFERENCES["vgg-16-bn"].document(),
    }
    rates: dict[str, dict[str, float]] = {name: {} for name in documents}
    with tempfile.TemporaryDirectory() as folder:
        with _serving([sys.executable, "-m", "service", "--port", str(PORT)]):
            answers = [[document["layers"], _post(document)] for document in documents.values()]
            for name, document in documents.items():
                rates[name]["ours"] = _rate(wrk, document, folder)
        stored = Path(folder, "answers.json")
        stored.write_text(json.dumps(answers))
        with _serving([sys.executable, "-c", BARE, str(stored), str(PORT)]):
            for name, document in documents.items():
                rates[name]["bare"] = _rate(wrk, document, folder)
    rows = [
        (name, f"{rate['ours']:,.0f}", f"{rate['bare']:,.0f}", f"{rate['ours'] / rate['bare']:.2f}")
        for name, rate in rates.items()
    ]
    return table(("document", "Plumbline, requests/s", "bare, requests/s", "ratio (limit 0.6)"), rows)


def start() -> str:
    """Time from the command to the first answer, and resident memory, beside a FastAPI application with one route."""
    ours = min(_start([sys.executable, "-m", "service", "--port", str(PORT)]) for _ in range(5))
    bare = min(_start([sys.executable, "-c", EMPTY, str(PORT)]) for _ in range(5))
    rows = [
        ("start to first answer, s", f"{ours[0]:.2f}", f"{bare[0]:.2f}", f"{ours[0] - bare[0]:+.2f} (limit +0.50)"),
        ("resident memory, MB", f"{ours[1]:.0f}", f"{bare[1]:.0f}", f"{ours[1] - bare[1]:+.0f} (limit +60)"),
    ]
    return table(("", "Plumbline", "bare", "difference"), rows)


@contextmanager
def _serving(command: list[str]) -> Iterator[psutil.Process]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not _alive():
                time.sleep(0.005)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _alive() -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{PORT}/health/live")
    except httpx.TransportError:
        return False
    return True


def _start(command: list[str]) -> tuple[float, float]:
    begun = time.perf_counter()
    with _serving(command) as process:
        if "-m" in command:
            _post(tutorial_document())
        return time.perf_counter() - begun, process.memory_info().rss / 2**20


def _post(document: dict[str, Any]) -> Any:
    return httpx.post(f"http://127.0.0.1:{PORT}/analyze", json=document).raise_for_status().json()


def posting(wrk: str, address: str, document: dict[str, Any], seconds: int, folder: str) -> list[str]:
    """The command by which wrk has a document analysed again and again; its script is put into the folder."""
    script = Path(folder, "post.lua")
    script.write_text(f'wrk.method = "POST"\nwrk.body = {json.dumps(json.dumps(document))}\n')
    return [wrk, "-t1", "-c8", f"-d{seconds}s", "--latency", "-s", str(script), f"{address}/analyze"]


def _rate(wrk: str, document: dict[str, Any], folder: str) -> float:
    command = posting(wrk, f"http://127.0.0.1:{PORT}", document, SECONDS, folder)
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ)).stdout
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", output)
    if "Non-2xx" in output:
        raise RuntimeError(output)
    return float(rate)
