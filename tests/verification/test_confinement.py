"""What a job may not do, tried from within one."""

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from service.verification import system_calls

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="processes are confined by Linux's means")

ATTEMPTS: Final = {
    "read a file": "open('/etc/passwd').read()",
    "read what another process was started with": "open(f'/proc/{os.getppid()}/environ').read()",
    "read its own memory map": "open('/proc/self/maps').read()",
    "list files": "os.listdir('/')",
    "write a file": "open('/tmp/written', 'w')",
    "write to shared memory": "open('/dev/shm/written', 'w')",
    "make a file without a name": "os.memfd_create('written')",
    "remove a file": "os.unlink('/tmp/anything')",
    "make a folder": "os.mkdir('/tmp/made')",
    "open a socket": "socket.socket()",
    "open a local socket": "socket.socketpair()",
    "reach the network": "socket.create_connection(('127.0.0.1', 80), 1)",
    "make a pipe": "os.pipe()",
    "start a program": "os.execv('/bin/true', ['true'])",
    "start a program beside itself": "os.posix_spawn('/bin/true', ['true'], {})",
    "run a shell": "subprocess.run('true', shell=True)",
    "fork": "os.fork()",
    "start a thread": "threading.Thread(target=print).start()",
    "start a process": "multiprocessing.get_context('fork').Process(target=print).start()",
    "signal its parent": "os.kill(os.getppid(), signal.SIGTERM)",
    "signal everybody": "os.kill(-1, signal.SIGKILL)",
    "look into its parent": "checked(libc.ptrace(16, os.getppid(), 0, 0))",
    "change its user": "os.setuid(1)",
    "raise its limits": "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "load a library": "ctypes.CDLL('libresolv.so.2')",
    "take more memory": "bytearray(2**31)",
    "import a module": "__import__('sqlite3')",
    "stay behind": "os.setsid()",
    "make a thread of many": "checked(libc.syscall(56, 0x10f00, 0, 0, 0, 0))",
    "let the kernel work for it": "checked(libc.syscall(425, 8, 0))",
    "take the filter off": "checked(libc.prctl(22, 0, 0))",
}
PROGRAM: Final = """
import ctypes, multiprocessing, os, resource, signal, socket, subprocess, sys, threading
from service.verification.confinement import Footprint, confine
libc = ctypes.CDLL(None, use_errno=True)
def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
confine(Footprint(), memory=2**28, seconds=60)
try:
    eval(sys.argv[1])
except (OSError, RuntimeError, ImportError, LookupError, MemoryError, ValueError) as error:
    os.write(1, type(error).__name__.encode())
else:
    os.write(1, b"done")
os._exit(0)
"""


def confined(attempt: str) -> str:
    """How an attempt ends that a confined process makes."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, attempt], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout, run.stderr
    return run.stdout


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_cannot(attempt: str) -> None:
    assert confined(ATTEMPTS[attempt]) != "done"


def test_it_can_compute() -> None:
    assert confined("sum(range(1000))") == "done"


def test_how_it_ends_is_told() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM, "os.abort()"], capture_output=True, timeout=120, check=False)
    assert run.returncode == -6


@pytest.mark.parametrize(
    ("attempt", "allowed"),
    [
        ("subprocess.run('true', shell=True)", False),
        ("os.fork()", False),
        ("os.posix_spawn('/bin/true', ['true'], {})", False),
        ("socket.socket()", False),
        ("socket.socket(socket.AF_INET6)", False),
        ("open('/tmp/written-beside-driver', 'w').write('x' * 10**6)", False),
        ("socket.socketpair()", True),
        ("threading.Thread(target=int).start()", True),
        ("open('/proc/self/maps').read()", True),
        ("open('/dev/null', 'r+b', buffering=0).write(b'x')", True),
    ],
)
def test_beside_a_driver(attempt: str, allowed: bool) -> None:
    confining = "confine_beside_driver"
    program = PROGRAM.replace("Footprint, confine", confining).replace(
        "confine(Footprint(), memory=2**28, seconds=60)", f"{confining}()"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, attempt], capture_output=True, text=True, timeout=120, check=False
    )
    Path("/tmp/written-beside-driver").unlink(missing_ok=True)
    assert (run.stdout == "done") == allowed, run


def test_this_machine_has_filters() -> None:
    """Where it has none, the limits alone hold, which a superuser can raise."""
    process = os.fork()
    if process == 0:
        os._exit(0 if system_calls.only_computing() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def test_large_pages_hold_what_was_there() -> None:
    program = """
import os
from service.verification.pages import in_large_pages
kept = [bytearray(os.urandom(2**22)) for _ in range(4)]
before = [hash(bytes(each)) for each in kept]
in_large_pages()
print([hash(bytes(each)) for each in kept] == before)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout == "True\n", run
