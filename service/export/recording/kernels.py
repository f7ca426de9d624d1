"""Looks into compiled functions: records the operations of PyTorch's core library that they consist of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch._decomp import decomposition_table
from torch.utils._python_dispatch import TorchDispatchMode

from service.export.problems import InexpressibleError
from service.export.recording import writes
from service.export.recording.functions import described
from service.export.recording.run import Run
from service.export.surroundings.replacing import put_in
from service.export.trace import tensors_in


class KernelRecorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation of the core library and notes what it is in a document."""

    def __init__(self, run: Run, reason: str) -> None:
        """``reason`` says why the function itself could not be expressed."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.run, self.reason = run, reason

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        run, function = self.run, described(func)
        if function.in_place:
            return writes.recorded(run, func, function, args, kwargs)
        try:
            expression, args, kwargs = run.expression(function, args, kwargs)
        except InexpressibleError as reason:
            with self:
                known = decomposition_table.get(func, func.decompose)
                result = known(*args, **kwargs)
            if result is not NotImplemented:
                return result
            result = run.guessed(func, args, kwargs)
            if not any(tensors_in(result)):
                return result
            return run.unknown(func, self.reason or str(reason), result)
        return run.carried_out(func, function, expression, args, kwargs)


def looked_into(run: Run, func: Any, args: Any, kwargs: Any, reason: str) -> Any:
    """A call of compiled code, as the operations that it consists of."""
    outer, run.looked_into = run.looked_into, run.looked_into or (None if isinstance(func, partial) else func)
    try:
        with KernelRecorder(run, reason):
            return run.perform(func, args, kwargs)
    finally:
        run.looked_into = outer


@contextmanager
def scripts_looked_into(run: Run) -> Iterator[None]:
    """Within, what TorchScript compiled is looked into when it is called."""
    kinds = {"torch.jit.ScriptFunction": torch.jit.ScriptFunction, "torch._C.ScriptMethod": torch._C.ScriptMethod}  # noqa: SLF001
    with put_in({f"{name}.__call__": _looking(run, kind.__call__) for name, kind in kinds.items()}):
        yield


def _looking(run: Run, call: Callable[..., Any]) -> Callable[..., Any]:
    def called(script: Any, *args: Any, **kwargs: Any) -> Any:
        if run.quiet:
            return call(script, *args, **kwargs)
        with torch._C.DisableTorchFunction():  # noqa: SLF001
            return looked_into(run, partial(call, script), args, kwargs, "")

    return called
