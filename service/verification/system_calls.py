"""A filter of system calls, as Linux's kernel takes it (seccomp): what a process may still ask of the system.

It is put together here since no binding of libseccomp installs without that library. A process cannot take it off, and
whatever it starts inherits it. Calls that it does not let through fail with ``EPERM``.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EPERM
_NOT_THERE: Final = 0x00050000 | errno.ENOSYS
_LOAD, _JUMP_EQUAL, _JUMP_ANY_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
"""Where they stand in what the filter is shown of a call."""
_X32: Final = 0x40000000
"""Marks the calls of a second set that some kernels have on x86-64."""
_CLONE_THREAD: Final = 0x10000
_AF_UNIX: Final = 1


class _Machine(NamedTuple):
    """How a kind of processor names the calls."""

    architecture: int
    column: int


_MACHINES: Final = {"x86_64": _Machine(0xC000003E, 0), "aarch64": _Machine(0xC00000B7, 1)}

_NUMBERS: Final[dict[str, tuple[int, int]]] = {
    "brk": (12, 214), "clock_getres": (229, 114), "clock_gettime": (228, 113), "clock_nanosleep": (230, 115),
    "clone": (56, 220), "clone3": (435, 435), "close": (3, 57), "execve": (59, 221), "execveat": (322, 281),
    "exit": (60, 93), "exit_group": (231, 94), "fork": (57, -1), "fstat": (5, 80), "futex": (202, 98),
    "getcpu": (309, 168), "getpid": (39, 172), "getrandom": (318, 278), "getrusage": (98, 165), "gettid": (186, 178),
    "gettimeofday": (96, 169), "lseek": (8, 62), "madvise": (28, 233), "membarrier": (324, 283), "mmap": (9, 222),
    "mprotect": (10, 226), "mremap": (25, 216), "munmap": (11, 215), "nanosleep": (35, 101), "poll": (7, -1),
    "ppoll": (271, 73), "pread64": (17, 67), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "ptrace": (101, 117), "read": (0, 63), "recvfrom": (45, 207), "rseq": (334, 293), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sched_getaffinity": (204, 123), "sched_yield": (24, 124),
    "sendto": (44, 206), "set_robust_list": (273, 99), "sigaltstack": (131, 132), "socket": (41, 198),
    "sysinfo": (99, 179), "tgkill": (234, 131), "uname": (63, 160), "vfork": (58, -1), "write": (1, 64),
    "writev": (20, 66),
}  # fmt: skip

COMPUTING: Final = (
    "brk", "clock_getres", "clock_gettime", "clock_nanosleep", "close", "exit", "exit_group", "fstat", "futex",
    "getcpu", "getpid", "getrandom", "getrusage", "gettid", "gettimeofday", "lseek", "madvise", "membarrier", "mmap",
    "mprotect", "mremap", "munmap", "nanosleep", "poll", "ppoll", "pread64", "read", "recvfrom", "rseq", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield", "sendto", "set_robust_list", "sigaltstack",
    "sysinfo", "uname", "write", "writev",
)  # fmt: skip
"""Memory, time, and what is open already: all that is needed to compute."""
STARTING: Final = ("execve", "execveat", "fork", "vfork", "process_vm_readv", "process_vm_writev", "ptrace")
"""Ways to start programs and to reach into others."""


def only_computing() -> bool:
    """Lets this process do nothing any more but compute; false where the system has no such filter.

    It may still end itself by a signal, so that ``abort`` tells what happened.
    """
    machine = _machine()
    if machine is None:
        return False
    own = [_if_equal(_number(machine, "tgkill"), [*_argument(0), *_if_equal(os.getpid(), [_returns(_ALLOW)])])]
    allowed = [_if_equal(number, [_returns(_ALLOW)]) for number in _numbers(machine, COMPUTING)]
    return _installed(machine, [*_flat(allowed), *_flat(own), _returns(_DENY)])


def no_programs_and_no_network() -> bool:
    """Lets this process neither start programs nor reach a network; false where the system has no such filter.

    What else a driver of a device may need is let through.
    """
    machine = _machine()
    if machine is None:
        return False
    denied = [_if_equal(number, [_returns(_DENY)]) for number in _numbers(machine, STARTING)]
    is_thread = [*_argument(0), (_JUMP_ANY_SET, 0, 1, _CLONE_THREAD), _returns(_ALLOW), _returns(_DENY)]
    is_local = [*_argument(0), *_if_equal(_AF_UNIX, [_returns(_ALLOW)]), _returns(_DENY)]
    special = [
        _if_equal(_number(machine, "clone"), is_thread),
        # Its flags lie in memory, where a filter cannot look; threads are then started by clone.
        _if_equal(_number(machine, "clone3"), [_returns(_NOT_THERE)]),
        _if_equal(_number(machine, "socket"), is_local),
    ]
    return _installed(machine, [*_flat(denied), *_flat(special), _returns(_ALLOW)])


_Instruction = tuple[int, int, int, int]


def _machine() -> _Machine | None:
    return _MACHINES.get(platform.machine()) if platform.system() == "Linux" else None


def _number(machine: _Machine, name: str) -> int:
    return _NUMBERS[name][machine.column]


def _numbers(machine: _Machine, names: Iterable[str]) -> list[int]:
    return [number for name in names if (number := _number(machine, name)) >= 0]


def _returns(what: int) -> _Instruction:
    return _RETURN, 0, 0, what


def _argument(index: int) -> list[_Instruction]:
    """Loads the lower half of an argument."""
    return [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index)]


def _if_equal(value: int, then: list[_Instruction]) -> list[_Instruction]:
    """Does what follows only if what was loaded is ``value``."""
    return [(_JUMP_EQUAL, 0, len(then), value), *then]


def _flat(parts: Iterable[list[_Instruction]]) -> list[_Instruction]:
    return [instruction for part in parts for instruction in part]


def _installed(machine: _Machine, judging: list[_Instruction]) -> bool:
    """Puts a filter in place that judges calls by their number."""
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 1, 0, machine.architecture),
        _returns(_DENY),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_ANY_SET, 0, 1, _X32),
        _returns(_DENY),
        *judging,
    ]
    instructions = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    described = struct.pack("@HP", len(program), ctypes.addressof(kept))
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(system.prctl(_PR_SET_SECCOMP, _FILTER, described, 0, 0) == 0)
