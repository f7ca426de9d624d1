"""What is called at the moment: where in the user's code, and under which name."""

import sys
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any, Final

import torch

from service.export.problems import is_ours, is_users

_PUBLIC: Final = {"torch._functorch": "torch.func", "torch._tensor": "torch", "torch.functional": "torch"}
"""Where PyTorch shows what it keeps elsewhere."""
_PASSING: Final = ("torch.nn.modules", "torch.overrides", "torch.utils", "torch._ops", "torch._jit", "torch.jit")
"""Modules of PyTorch's that the user's calls only pass through."""


def as_called(func: Any) -> tuple[str, str]:
    """The name of a function as the user called it, and file and line of the innermost call that is the user's.

    Where that is a function of PyTorch written in Python, such as ``torch.vmap``, what it calls is named before it.
    """
    name, entered = _name(func), ""
    for frame in _callers():
        if is_users(frame.f_code.co_filename):
            return _joined(name, entered), f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if not is_ours(frame.f_code.co_filename):
            entered = _shown(frame) or entered
    return name, "unknown place"


def _callers() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None:
        yield frame
        frame = frame.f_back


def _shown(frame: FrameType) -> str:
    """The public name of a function of PyTorch's that is written in Python; empty if it has none."""
    module, name = frame.f_globals["__name__"], frame.f_code.co_qualname.partition(".<locals>")[0]
    if module.startswith(_PASSING) or name.rpartition(".")[2].startswith("_"):
        return ""
    for kept, public in _PUBLIC.items():
        if module.startswith(kept):
            module = public
    return "" if "._" in module else f"{module}.{name}"


def _joined(name: str, entered: str) -> str:
    bare, outer = (each.rpartition(".")[2].strip("_") for each in (name, entered))
    if not entered or not name or bare == outer or name.rpartition(".")[2].startswith("_"):
        return entered or name
    return f"{name} in {entered}"


def _name(func: Any) -> str:
    """What PyTorch calls a function."""
    if isinstance(func, str):
        return func
    if isinstance(func, torch._ops.OpOverload):  # noqa: SLF001
        return _of_kernel(func)
    known = None if isinstance(func, type) else torch.overrides.resolve_name(func)
    name = getattr(func, "__qualname__", None) or str(func)
    name = name.replace("_VariableFunctionsClass", "torch")
    return known or (f"{func.__module__}.{name}" if isinstance(func, FunctionType) else name)


def _of_kernel(kernel: Any) -> str:
    """The function that is called like a kernel, if there is one."""
    space, _, name = kernel._schema.name.partition("::")  # noqa: SLF001
    prefix, _, rest = name.partition("_")
    if space in ("aten", "prims"):
        inner = getattr(torch, prefix, None)
        for home, bare in ((inner, rest), (torch, name), (torch.nn.functional, name), (torch.special, name)):
            if bare and not bare.startswith("_") and callable(getattr(home, bare, None)):
                return f"{home.__name__}.{bare}"  # type: ignore[union-attr]
    return f"{space}.{name}"
