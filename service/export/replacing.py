"""Parts of PyTorch, replaced for a while."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pkgutil import resolve_name
from typing import Any


@contextmanager
def put_in(replacements: Mapping[str, Any]) -> Iterator[None]:
    """Within, other objects stand under names such as ``torch.autograd.grad``.

    There are some at every export, and ``unittest.mock`` takes longer for them than small models take to run.
    """
    before: list[tuple[Any, str, Any]] = []
    try:
        for name, replacement in replacements.items():
            owner, attribute = _place(name)
            before.append((owner, attribute, vars(owner)[attribute]))
            setattr(owner, attribute, replacement)
        yield
    finally:
        for owner, attribute, former in reversed(before):
            setattr(owner, attribute, former)


@cache
def _place(name: str) -> tuple[Any, str]:
    owner, _, attribute = name.rpartition(".")
    return resolve_name(owner), attribute
