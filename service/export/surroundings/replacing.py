"""Parts of PyTorch, replaced for a while, by one thread at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pkgutil import resolve_name
from threading import Lock, get_ident
from types import FunctionType
from typing import Any

from service.export.problems import ExportError


class Turn:
    """Whose turn it is to replace parts of PyTorch, which all threads of a process share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Waits for the other threads; raises :class:`ExportError` where this one would wait for itself."""
        if self._owner == get_ident():
            raise ExportError("A model that is being exported cannot export another one meanwhile.")
        with self._lock:
            self._owner = get_ident()
            try:
                yield
            finally:
                self._owner = None


@contextmanager
def put_in(replacements: Mapping[str, Any]) -> Iterator[None]:
    """Within, other objects stand under names such as ``torch.autograd.grad``.

    Other threads call what stood there before. There are some at every export, and ``unittest.mock`` takes longer for
    them than small models take to run.
    """
    before: list[tuple[Any, str, Any]] = []
    try:
        for name, replacement in replacements.items():
            owner, attribute = _place(name)
            former = vars(owner)[attribute]
            before.append((owner, attribute, former))
            setattr(owner, attribute, _here(replacement, former))
        yield
    finally:
        for owner, attribute, former in reversed(before):
            setattr(owner, attribute, former)


def _here(replacement: Any, former: Any) -> Any:
    """What stands in for a function, but only in this thread; anything else does so in all of them."""
    if not isinstance(replacement, FunctionType):
        return replacement
    thread = get_ident()

    def chosen(*args: Any, **kwargs: Any) -> Any:
        return (replacement if get_ident() == thread else former)(*args, **kwargs)

    return chosen


@cache
def _place(name: str) -> tuple[Any, str]:
    owner, _, attribute = name.rpartition(".")
    return resolve_name(owner), attribute
