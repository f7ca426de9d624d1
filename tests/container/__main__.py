"""``python -m tests.container TARGET``: runs the image ``plumbline:TARGET`` as an orchestrator would, and tests it from
outside: an ordinary user, nothing writable, no capabilities, no new privileges."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.documents import tutorial

PORT = 18_765
COMPILERS = ("gcc", "cc", "g++", "c++", "clang", "ld", "as", "make", "rustc")
MEGABYTES = {"slim": 500, "cpu": 1_600, "cuda": 12_000}
RUN = """
mount --bind {root} {root} && mount -o remount,ro,bind {root} && mount -t proc proc {root}/proc
mount --rbind /dev {root}/dev && mount -t tmpfs tmpfs {root}/tmp
exec chroot {root} /usr/bin/setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs --bounding-set=-all \
    --inh-caps=-all /usr/bin/env -i {environment} {command}
"""


def buildah(*arguments: str) -> str:
    return subprocess.run(["buildah", *arguments], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def mounted(image: str) -> Iterator[Path]:
    container = buildah("from", "--pull-never", image)
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


def started(root: Path, configuration: Any, command: list[str], **more: Any) -> subprocess.Popen[str]:
    variables = [*configuration["Env"], f"PLUMBLINE_PORT={PORT}", "PLUMBLINE_HOST=127.0.0.1"]
    quoted = shlex.join(command)
    script = RUN.format(root=root, user=configuration["User"], command=quoted,
                        environment=shlex.join(variables))  # fmt: skip
    return subprocess.Popen(["unshare", "--mount", "sh", "-ec", script], text=True, **more)


def told(what: str, holds: bool, detail: object = "") -> None:
    print(f"{'ok  ' if holds else 'FAIL'} {what}{f': {detail}' if detail != '' else ''}", flush=True)
    if not holds:
        sys.exit(1)


def inside(root: Path, names: tuple[str, ...]) -> list[str]:
    folders = [root / "usr/bin", root / "usr/local/bin", root / "opt/plumbline/bin"]
    return [str(found.relative_to(root)) for folder in folders for name in names if (found := folder / name).exists()]


def examine_files(root: Path, target: str) -> None:
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 10**6
    told("size", size < MEGABYTES[target], f"{size} MB")
    told("no compiler", not inside(root, COMPILERS), inside(root, COMPILERS))
    packages = root / "opt/plumbline"
    nvidia = [
        path.name for path in packages.rglob("*") if "nvidia" in path.name.lower() or "libcud" in path.name.lower()
    ]
    libraries = [name for name in nvidia if not name.endswith((".py", ".pyc", ".h"))]
    told("NVIDIA libraries", bool(libraries) == (target == "cuda"), libraries[:3])
    torch = list(packages.glob("lib/python*/site-packages/torch/__init__.py"))
    told("PyTorch", bool(torch) == (target != "slim"))


def examine_service(root: Path, configuration: Any, target: str) -> None:
    process = started(root, configuration, configuration["Entrypoint"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        told("started", "listens" in line, line.strip())
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=120) as client:
            told("health", client.get("/health/ready").status_code == 200)
            answer = client.post("/analyze", json=tutorial(5, 2048)).json()
            told("analyse", answer["issues"][0]["fixes"][0]["valid"], answer["totals"])
            large = client.post("/analyze", json={"input": [1, 8], "layers": [{"type": "ReLU", "repeat": 5000}]})
            told("analyse, large", large.status_code == 200, f"{len(large.content):,} bytes")
            verified = client.post("/analyze", json={**tutorial(5, 1568), "verify": True}).json()["verification"]
            told("verify", verified["status"] == ("unavailable" if target == "slim" else "verified"), verified)
        status = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        told("not root", set(status["Uid"].split()) == {configuration["User"]}, status["Uid"])
        told("no capabilities", int(status["CapEff"], 16) == 0 == int(status["CapBnd"], 16))
        told("no new privileges", status["NoNewPrivs"] == "1")
        with started(
            root, configuration, ["sh", "-c", "touch /opt/plumbline/x /x"], stderr=subprocess.DEVNULL
        ) as write:
            told("read-only", write.wait() != 0)
        check = configuration["Healthcheck"]["Test"]
        with started(root, configuration, [word.replace("8000", str(PORT)) for word in check[1:]]) as healthy:
            told("HEALTHCHECK", healthy.wait() == 0)
        memory = sum(each.memory_info().rss for each in [psutil.Process(process.pid)])
        told("memory", memory < 2**28, f"{memory >> 20} MB")
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        told("SIGTERM", process.wait(timeout=30) == 0, f"exit 0 after {time.monotonic() - begun:.1f} s")
    finally:
        process.kill()


def main(target: str) -> None:
    if os.geteuid() != 0:
        sys.exit("This mounts and changes users: run it as root.")
    image = f"plumbline:{target}"
    configuration = json.loads(buildah("inspect", "--type", "image", image))["Docker"]["config"]
    told("user", configuration["User"] == "10001", configuration["User"])
    with mounted(image) as root:
        examine_files(root, target)
        examine_service(root, configuration, target)


if __name__ == "__main__":
    main(sys.argv[1])
