"""The memory of this process in large pages, as far as the system has them."""

import ctypes
from pathlib import Path
from typing import Final

_LARGE: Final = 2**21
"""Bytes of a large page; of no other size on x86-64, and of the usual one on ARM64."""
_COLLAPSE: Final = 25
"""``MADV_COLLAPSE``. Source: https://man7.org/linux/man-pages/man2/madvise.2.html"""


def in_large_pages() -> None:
    """Has what is in memory put into large pages, so that the system has less to copy when this process forks and less
    to take down when the child ends; without effect where it has none.
    """
    try:
        areas = Path("/proc/self/maps").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for area in areas:
        addresses, access, _, _, _, *backing = area.split()
        start, end = (int(address, 16) for address in addresses.split("-"))
        if access == "rw-p" and backing in ([], ["[heap]"]) and end - start >= _LARGE:
            madvise(start, end - start, _COLLAPSE)
