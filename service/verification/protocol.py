"""What passes between the service and the processes that run PyTorch: JSON, each piece with its length before it."""

import json
import os
import socket
from typing import Any, Final

Json = dict[str, Any]

LENGTH: Final = 8
"""Bytes of the length before each piece."""
ORDER: Final = 4096
"""Bytes of the longest order."""
MOST_ANSWERED: Final = 2**20
"""Bytes of a job's answer: few enough to be read without keeping others waiting."""

LONGEST_ERROR: Final = 2000
"""Characters of PyTorch's own words."""


def packed(message: Json) -> bytes:
    """A message with its length before it."""
    return framed(json.dumps(message).encode())


def framed(data: bytes) -> bytes:
    """Bytes with their length before them."""
    return len(data).to_bytes(LENGTH, "big") + data


def answered(answer: Json, *, usable: bool = True) -> bytes:
    """A job's answer, or that there is too much of it; ``usable`` says whether another job may follow."""
    message = packed({"answer": answer, "usable": usable})
    if len(message) <= MOST_ANSWERED:
        return message
    error = f"What there is to say takes more than {MOST_ANSWERED:,} bytes."
    return packed({"answer": {"status": "crashed", "error": error, "discrepancies": []}, "usable": usable})


def received(stream: socket.socket) -> bytes:
    """What was sent with its length before it; ends the process if whoever sends is gone."""
    length = int.from_bytes(_exactly(stream, LENGTH), "big")
    return _exactly(stream, length)


def _exactly(stream: socket.socket, count: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < count:
        piece = stream.recv(min(count - len(pieces), 2**16))
        if not piece:
            os._exit(0)
        pieces += piece
    return bytes(pieces)


def crashed(error: BaseException) -> Json:
    """What is said of what an exception ended."""
    return {"status": "crashed", "error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR], "discrepancies": []}
