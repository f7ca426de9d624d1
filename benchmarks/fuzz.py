"""``python -m benchmarks.fuzz --seconds 3600``: everything that can be thrown at the service over HTTP.

Beside each other: schemathesis with every check in every phase, over ``openapi/openapi.json``; known documents changed
at random, in every form, some to be verified; and somebody who asks again and again whether the service is well. What
is not as it should be stays in ``--folder``. The exit code is 0 if there is nothing.
"""

import argparse
import json
import random
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.hosting import Hosted, hosted
from benchmarks.mutations import Mutator
from service.api.problems import Problem
from service.reports.formats import FORMATS

ROOT = Path(__file__).parent.parent
EXPECTED = {200, 400, 413, 415, 422, 503, 504}
CONFIRMED = {"verified", "rejected", "timeout", "out_of_memory", "too_large", "unavailable"}
VERIFICATIONS = ({"device": "meta"}, {"device": "cpu"}, True)
VERIFIED_ONE_IN = 20
REVIEWED = {"/diff": b'{"before": %b, "after": %b}', "/check": b'{"document": %b, "budget": {"layers": {"max": 9}}}'}


class Findings:
    """What is not as it should be; the requests that led there are kept."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, body: bytes, detail: object) -> None:
        """Keeps the first of each kind."""
        self.counts[kind] += 1
        if self.counts[kind] <= 20:
            stem = f"{kind}-{self.counts[kind]}".replace("/", "-").replace(" ", "-")
            (self.folder / f"{stem}.json").write_bytes(body)
            (self.folder / f"{stem}.txt").write_text(str(detail), encoding="utf-8")


class Mutations(threading.Thread):
    """Posts changed documents until the time is over."""

    def __init__(self, service: Hosted, seed: int, until: float, findings: Findings) -> None:
        super().__init__()
        self.service, self.until, self.findings = service, until, findings
        self.random, self.bodies = random.Random(seed), Mutator(seed).bodies()
        self.statuses: Counter[int] = Counter()
        self.verified: Counter[str] = Counter()

    def run(self) -> None:
        with httpx.Client(base_url=self.service.address, timeout=120) as client:
            while time.monotonic() < self.until:
                body = next(self.bodies)
                try:
                    self._post(client, body)
                except Exception as error:
                    self.findings.add(f"lost-{type(error).__name__}", body, traceback.format_exc())

    def _post(self, client: httpx.Client, body: bytes) -> None:
        if self.random.randrange(VERIFIED_ONE_IN) == 0 and body.startswith(b"{"):
            body = b'{"verify": %b, %b' % (json.dumps(self.random.choice(VERIFICATIONS)).encode(), body[1:])
        whole = self.random.random() < 0.9
        content = body if whole else (body[at : at + 700] for at in range(0, len(body), 700))
        path = self.random.choice(("/analyze",) * 8 + tuple(REVIEWED))
        if path != "/analyze":
            body = content = REVIEWED[path] % ((body,) * REVIEWED[path].count(b"%b"))
        written = self.random.choice(FORMATS).name if self.random.random() < 0.3 else "json"
        answer = client.post(path, params={"format": written}, content=content)
        self.statuses[answer.status_code] += 1
        if answer.status_code not in EXPECTED:
            self.findings.add(f"status-{answer.status_code}", body, answer.text)
        elif answer.status_code != 200:
            if answer.headers["content-type"] == "application/problem+json":
                Problem.model_validate_json(answer.content, strict=True)
            if len(answer.content) > 65_536:
                self.findings.add("long-problem", body, len(answer.content))
        elif written == "json" and path == "/analyze":
            self._look_at(answer.json(), body)

    def _look_at(self, answer: dict[str, object], body: bytes) -> None:
        verification = answer.get("verification")
        if isinstance(verification, dict):
            self.verified[verification["status"]] += 1
            if verification["status"] not in CONFIRMED:
                self.findings.add(verification["status"], body, json.dumps(verification, indent=1))


class Health(threading.Thread):
    """Asks again and again."""

    def __init__(self, service: Hosted, until: float, findings: Findings) -> None:
        super().__init__()
        self.service, self.until, self.findings = service, until, findings
        self.milliseconds: list[float] = []

    def run(self) -> None:
        with httpx.Client(base_url=self.service.address, timeout=30) as client:
            while time.monotonic() < self.until:
                begun = time.perf_counter()
                try:
                    well = client.get("/health/live").status_code == 200
                except httpx.HTTPError as error:
                    self.findings.add("health", b"", error)
                else:
                    if not well:
                        self.findings.add("health", b"", "not well")
                self.milliseconds.append((time.perf_counter() - begun) * 1000)
                time.sleep(0.25)


def schemathesis(service: Hosted, seed: int, seconds: int, folder: Path) -> int:
    """The exit code; what it says is kept."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", "openapi/openapi.json", "--url", service.address,
        "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--seed", str(seed),
        "--max-time", str(seconds), "--continue-on-failure",
    ]  # fmt: skip
    with (folder / "schemathesis.txt").open("wb") as said:
        return subprocess.run(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--folder", type=Path, default=Path("/tmp/plumbline-fuzz"))
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.seconds} s")
    findings = Findings(given.folder)
    with hosted() as service:
        before = service.megabytes()
        until = time.monotonic() + given.seconds
        mutations, health = Mutations(service, given.seed, until, findings), Health(service, until, findings)
        mutations.start()
        health.start()
        code = schemathesis(service, given.seed, given.seconds, given.folder)
        mutations.join()
        health.join()
        print((given.folder / "schemathesis.txt").read_text(encoding="utf-8").partition(" SUMMARY ")[2])
        print(f"documents changed at random: {sum(mutations.statuses.values()):,}: {dict(mutations.statuses)}")
        print(f"verified: {dict(mutations.verified)}")
        waits = sorted(health.milliseconds)
        print(f"health: {len(waits):,} times, median {waits[len(waits) // 2]:.1f} ms, longest {waits[-1]:.1f} ms")
        print(f"memory of the server, of all: {before} MB before, {service.megabytes()} MB after")
        print(f"defects in the log: {len(service.defects())}")
        for defect in service.defects()[:20]:
            findings.add("defect", b"", json.dumps(defect, indent=1))
    print(f"schemathesis: exit {code}; findings: {dict(findings.counts) or 'none'}")
    return 1 if code or findings.counts else 0


if __name__ == "__main__":
    sys.exit(main())
