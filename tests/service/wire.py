"""Bytes on a connection, as no client library would send them."""

import socket
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit


def connected(address: str) -> socket.socket:
    target = urlsplit(address)
    assert target.hostname is not None
    return socket.create_connection((target.hostname, target.port or 80), timeout=30)


def exchanged(address: str, pieces: Iterable[bytes]) -> bytes:
    """What comes back until the service closes the connection; it may do so while we still send."""
    with connected(address) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            pass
        return rest(connection)


def rest(connection: socket.socket) -> bytes:
    found = b""
    try:
        while piece := connection.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def seconds_until_closed(address: str, first: bytes, dribble: bytes, most: float) -> tuple[float, bytes]:
    """How long a connection stays open that gets ``first`` and then a piece of ``dribble`` every 0.2 s."""
    begun = time.monotonic()
    with connected(address) as connection:
        connection.sendall(first)
        connection.settimeout(0.2)
        found = b""
        while time.monotonic() - begun < most:
            try:
                piece = connection.recv(65_536)
            except TimeoutError:
                try:
                    connection.settimeout(30)
                    connection.sendall(dribble)
                    connection.settimeout(0.2)
                except OSError:
                    found += rest(connection)
                    break
            except OSError:
                break
            else:
                if not piece:
                    break
                found += piece
    return time.monotonic() - begun, found


def waited_for(found: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found():
            return True
        time.sleep(0.02)
    return False
