"""``python -m service.verification.nursery``: a process that has PyTorch loaded and gives every job one of its own.

It is told of a job by a message on its standard input, a socket, with the job's own socket attached; it forks, and the
child reads its document there and answers. Once a child has ended, however that came about, the nursery says so on
the child's socket. Nothing but JSON passes, each piece with its length before it.
"""

import contextlib
import json
import os
import resource
import select
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

LENGTH: Final = 8
"""Bytes of the length before each piece."""
MESSAGE: Final = 4096


def main() -> None:
    """Loads PyTorch, says so, and serves until the service is gone."""
    control = socket.socket(fileno=os.dup(0))
    # What PyTorch or a library prints belongs nowhere.
    with open(os.devnull, "r+b", buffering=0) as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    verified = _loaded()
    control.sendall(b"{}")
    wakeup, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, MESSAGE)
            _reap(children)
        if control.fileno() in ready and not _serve(control, children, verified, (control.fileno(), wakeup, waker)):
            for child in children:
                os.kill(child, signal.SIGKILL)
            return


def _loaded() -> Callable[[bytes], Any]:
    """Imports all that a job needs, also what PyTorch imports only when it is first used."""
    import torch  # noqa: PLC0415

    from service.verification.job import verified  # noqa: PLC0415

    # Threads would not survive the fork.
    torch.set_num_threads(1)
    layers = [
        {"type": "Conv2d", "out_channels": 4, "kernel_size": 3}, {"type": "BatchNorm2d"},
        {"type": "Flatten", "start_dim": 2}, {"type": "LSTM", "hidden_size": 4, "name": "lstm"},
        {"type": "Linear", "out_features": 4, "inputs": ["lstm[0]"]},
        {"type": "TransformerEncoderLayer", "d_model": 4, "nhead": 2},
        # Sums of embeddings look up which processor this is.
        {"type": "zeros", "size": [2, 2], "dtype": "int64", "inputs": []},
        {"type": "EmbeddingBag", "num_embeddings": 2, "embedding_dim": 2},
    ]  # fmt: skip
    for device in ("meta", "cpu"):
        verified(json.dumps({"input": [1, 3, 4, 4], "layers": layers, "verify": {"device": device}}).encode())
    return verified


def _serve(
    control: socket.socket, children: dict[int, socket.socket], verified: Callable[[bytes], Any], own: tuple[int, ...]
) -> bool:
    """Starts a job, or ends one; false once nobody asks any more."""
    message, descriptors, _, _ = socket.recv_fds(control, MESSAGE, 1)
    if not message:
        return False
    order = json.loads(message)
    if "kill" in order:
        if order["kill"] in children:
            os.kill(order["kill"], signal.SIGKILL)
        return True
    job = socket.socket(fileno=descriptors[0])
    child = os.fork()
    if child == 0:
        for descriptor in own:
            os.close(descriptor)
        _work(job, order, verified)
    children[child] = job
    send(job, {"pid": child})
    return True


def _reap(children: dict[int, socket.socket]) -> None:
    """Says of children that ended how they did."""
    for child in list(children):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            with children.pop(child) as job, contextlib.suppress(OSError):
                send(job, {"exit": os.waitstatus_to_exitcode(status)})


def _work(job: socket.socket, limits: dict[str, int], verified: Callable[[bytes], Any]) -> None:
    """A job, from the document to the answer; never returns."""
    signal.set_wakeup_fd(-1)
    os.setsid()
    body = received(job)
    _confine(limits)
    try:
        answer = verified(body)
    except MemoryError as error:
        answer = {"status": "out_of_memory", "error": str(error)[:500], "discrepancies": []}
    except BaseException as error:
        answer = {"status": "crashed", "error": f"{type(error).__name__}: {error}"[:500], "discrepancies": []}
    with contextlib.suppress(OSError):
        send(job, {"answer": answer})
    os._exit(0)


def _confine(limits: dict[str, int]) -> None:
    """What a job may take. The address space is limited above what PyTorch takes by being there."""
    with open("/proc/self/statm") as sizes:  # noqa: PTH123
        there = int(sizes.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"] + 1, limits["seconds"] + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits["device"]:
        return
    resource.setrlimit(resource.RLIMIT_AS, (there + limits["memory"],) * 2)
    # No file is written, and none opened any more, nor any socket, nor a process started.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def send(stream: socket.socket, message: Any) -> None:
    """A piece of JSON, with its length before it."""
    data = json.dumps(message).encode()
    stream.sendall(len(data).to_bytes(LENGTH, "big") + data)


def received(stream: socket.socket) -> bytes:
    """What was sent with its length before it."""
    length = int.from_bytes(_exactly(stream, LENGTH), "big")
    return _exactly(stream, length)


def _exactly(stream: socket.socket, count: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < count:
        piece = stream.recv(min(count - len(pieces), 2**16))
        if not piece:
            os._exit(0)  # Whoever asked is gone.
        pieces += piece
    return bytes(pieces)


if __name__ == "__main__":
    main()
