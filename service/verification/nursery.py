"""``python -m service.verification.nursery``: a process that has PyTorch loaded and gives every job one of its own.

It is told of a job by a message on its standard input, a socket, with the job's own socket attached. The job falls to a
process that was forked before and waits for one, which reads its document from that socket and answers there; another
is forked meanwhile, and rehearses a job while nobody asks for one. Once a job's process has ended, however that came
about, the nursery says so on the job's socket.
Nothing but JSON passes, each piece with its length before it.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from service.layers.catalogue import CATALOGUE
from service.verification.confinement import Footprint, called, confine, end_with_parent, only
from service.verification.pages import in_large_pages
from service.verification.protocol import LONGEST_ERROR, ORDER, Json, answered, crashed, packed, received

COMMON: Final[tuple[Json, ...]] = (
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3}, {"type": "BatchNorm2d"}, {"type": "ReLU"},
    {"type": "Flatten", "start_dim": 2}, {"type": "Linear", "out_features": 4, "name": "features"},
)  # fmt: skip
"""Layers that most models have."""
USUAL: Final[tuple[Json, ...]] = (
    {"type": "Sequential", "name": "block", "inputs": ["features"], "layers": [
        {"type": "LayerNorm", "normalized_shape": 4},
        {"type": "MultiheadAttention", "embed_dim": 4, "num_heads": 2, "inputs": ["0", "0", "0"], "name": "attention"},
        {"type": "Dropout", "inputs": ["attention[0]"], "name": "drop"}, {"type": "add", "inputs": ["drop", "input"]},
        {"type": "GELU"}, {"type": "SiLU"}, {"type": "Tanh"}, {"type": "Sigmoid"}, {"type": "LeakyReLU"},
        {"type": "Identity"}, {"type": "Softmax", "dim": -1}, {"type": "cat", "inputs": ["drop", "input"], "dim": -1},
    ]},
    {"type": "view", "shape": [1, -1, 4]}, {"type": "transpose", "dim0": 1, "dim1": 2}, {"type": "relu"},
    {"type": "mean", "dim": -1}, {"type": "flatten"}, {"type": "softmax", "dim": -1}, {"type": "mul", "other": 2},
    {"type": "Unflatten", "dim": 0, "unflattened_size": [1, 4, 1, 1]}, {"type": "ReLU6"},
    {"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 4}, {"type": "MaxPool2d", "kernel_size": 2},
    {"type": "AvgPool2d", "kernel_size": 2}, {"type": "AdaptiveAvgPool2d", "output_size": 1},
    {"type": "zeros", "size": [2, 2], "dtype": "int64", "inputs": []},
    {"type": "Embedding", "num_embeddings": 2, "embedding_dim": 2}, {"type": "GRU", "hidden_size": 2},
)  # fmt: skip
"""Layers that many models have: what reads and runs them is worked out once, and not in each job that meets them."""
RARE: Final[tuple[Json, ...]] = (
    {"type": "LSTM", "hidden_size": 4, "name": "lstm"},
    {"type": "TransformerEncoderLayer", "d_model": 4, "nhead": 2, "inputs": ["features"]},
    # Sums of embeddings look up which processor this is.
    {"type": "zeros", "size": [2, 2], "dtype": "int64", "inputs": []},
    {"type": "EmbeddingBag", "num_embeddings": 2, "embedding_dim": 2},
)
"""Layers for which PyTorch looks something up that no others need."""
SPARES: Final = 2
"""Processes that wait for a job: one gets ready while a job runs in what was another."""
IDLE_SECONDS: Final = 0.01
"""How long nobody asks for anything before a process rehearses a job."""
REHEARSAL: Final = b"{}"
"""The order for it."""


class Child(NamedTuple):
    """A process that does a job, and the way to whoever waits for it."""

    number: int
    """Of the job, as the service counts them."""
    waiting: socket.socket
    is_over: bool = False
    """Whether it was told to end, which takes a while."""


class Spare(NamedTuple):
    """A process that waits for a job, and the way to tell it of one."""

    process: int
    orders: socket.socket
    is_ready: bool = False
    """Whether it was told to rehearse."""


class Verify(Protocol):
    """What does a job."""

    def __call__(self, body: bytes, footprint: Footprint, *, seconds: float) -> Json: ...


def main() -> None:
    """Loads PyTorch, says so, and serves until the service is gone."""
    control = standing_input()
    verify = loaded()
    # What is there is never looked through again, since a job would copy the memory that it lies in.
    gc.collect()
    gc.freeze()
    in_large_pages()
    control.sendall(b"{}")
    Nursery(control, verify).serve()


class Nursery:
    """The jobs that run, by their processes."""

    def __init__(self, control: socket.socket, verify: Verify) -> None:
        self.control, self.verify = control, verify
        self.children: dict[int, Child] = {}
        self.spares: list[Spare] = []
        """Those that wait longest come first."""
        self.wakeup, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def serve(self) -> NoReturn:
        """Starts and ends jobs until nobody asks any more, and gets ready for others meanwhile."""
        control = self.control.fileno()
        while True:
            missing = len(self.spares) < SPARES
            ready, _, _ = select.select([control, self.wakeup], [], [], 0 if missing else self.patience)
            if self.wakeup in ready:
                os.read(self.wakeup, ORDER)
                self.reap()
            if control in ready and not self.obey():
                for process in (*(spare.process for spare in self.spares), *self.children):
                    os.kill(process, signal.SIGKILL)
                # Taking PyTorch down in good order takes longer than anybody would wait.
                os._exit(0)
            if not ready and missing:
                self.spares.append(self.forked())
            elif not ready:
                self.rehearse()

    @property
    def patience(self) -> float | None:
        """Seconds until a process should rehearse; none if all have, or there is no processor for it."""
        busy = sum(not child.is_over for child in self.children.values())
        is_of_use = not all(spare.is_ready for spare in self.spares)
        return IDLE_SECONDS if is_of_use and busy < len(os.sched_getaffinity(0)) else None

    def rehearse(self) -> None:
        """Has the next process that waits rehearse, and so copy the pages of memory that every job writes to."""
        for index, spare in enumerate(self.spares):
            if not spare.is_ready:
                self.spares[index] = spare._replace(is_ready=True)
                with contextlib.suppress(OSError):  # It has ended; that is found out in its turn.
                    spare.orders.send(REHEARSAL)
                return

    def obey(self) -> bool:
        """Starts a job, or ends one; false once nobody asks any more."""
        message, descriptors, _, _ = socket.recv_fds(self.control, ORDER, 1)
        if not message:
            return False
        order = json.loads(message)
        if "end" in order:
            for process, child in self.children.items():
                if child.number == order["end"]:
                    self.children[process] = child._replace(is_over=True)
                    os.kill(process, signal.SIGKILL)
            return True
        job = socket.socket(fileno=descriptors[0])
        self.children[self.handed(message, job)] = Child(order["job"], job)
        return True

    def handed(self, message: bytes, job: socket.socket) -> int:
        """Gives a job to a process that waits for one, or to a new one if those have ended; says which took it."""
        while True:
            spare = self.spares.pop(0) if self.spares else self.forked()
            with spare.orders:
                try:
                    socket.send_fds(spare.orders, [message], [job.fileno()])
                except OSError:
                    os.waitpid(spare.process, 0)
                else:
                    return spare.process

    def forked(self) -> Spare:
        """A new process that waits for a job."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            end_with_parent(parent)
            wait(theirs, self.verify)
        theirs.close()
        return Spare(process, ours)

    def reap(self) -> None:
        """Says of children that ended how they did."""
        for spare in list(self.spares):
            if os.waitpid(spare.process, os.WNOHANG)[0]:
                spare.orders.close()
                self.spares.remove(spare)
        for process in list(self.children):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                with self.children.pop(process).waiting as waiting, contextlib.suppress(OSError):
                    waiting.sendall(packed({"exit": os.waitstatus_to_exitcode(status)}))


def standing_input() -> socket.socket:
    """The socket that standard input is. What PyTorch or a library reads or prints belongs nowhere from here on."""
    stream = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "r+b", buffering=0) as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    return stream


def loaded() -> Verify:
    """Imports all that a job needs, as it can open no file: also what PyTorch imports or looks up only when it is first
    used."""
    import torch  # noqa: PLC0415
    import torch._subclasses.schema_check_mode  # noqa: PLC0415 (some functions ask for it when they are first called)

    from service.verification.job import verified  # noqa: PLC0415

    # Threads would not survive the fork.
    torch.set_num_threads(1)
    CATALOGUE.load()
    footprint = Footprint()
    for device in ("meta", "cpu"):
        for others in (USUAL, RARE):
            verified(rehearsal(*COMMON, *others, device=device), footprint, seconds=60)
    os.close(footprint.sizes)
    return verified


def rehearsal(*layers: Json, device: str = "cpu") -> bytes:
    """A document of no account."""
    return json.dumps({"input": [1, 3, 4, 4], "layers": layers, "verify": {"device": device}}).encode()


def wait(orders: socket.socket, verify: Verify) -> NoReturn:
    """Gets ready for a job, waits until there is one, and does it."""
    called("spare")
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    footprint = Footprint()
    only({0, 1, 2, orders.fileno(), footprint.sizes})
    while (order := socket.recv_fds(orders, ORDER, 1))[0] == REHEARSAL:
        verify(rehearsal(*COMMON), footprint, seconds=60)
        called("ready")
    message, descriptors, _, _ = order
    if not message:
        os._exit(0)
    called("job")
    orders.close()
    work(socket.socket(fileno=descriptors[0]), json.loads(message), footprint, verify)


def work(job: socket.socket, limits: dict[str, Any], footprint: Footprint, verify: Verify) -> NoReturn:
    """A job, from the document to the answer."""
    body = received(job)
    confine(footprint, memory=limits["memory"], seconds=limits["seconds"])
    message = answered(outcome(body, footprint, limits["seconds"], verify))
    with contextlib.suppress(OSError):
        job.sendall(message)
    os._exit(0)


def outcome(body: bytes, footprint: Footprint, seconds: float, verify: Verify) -> Json:
    """What comes of a job, whatever it raises."""
    try:
        return verify(body, footprint, seconds=seconds)
    except MemoryError as error:
        said = str(error)[:LONGEST_ERROR] or "It took more memory than a job may take."
        return {"status": "out_of_memory", "error": said, "discrepancies": []}
    except BaseException as error:
        return crashed(error)


if __name__ == "__main__":
    main()
