"""What a model keeps from one run to the next: put back after one without numbers.

Attributes of modules are put back whatever they were changed to. What lies around them, in objects, containers, classes
and files, others may write to as well, so that it is put back only where something without numbers was left in it.
"""

import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from operator import is_
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any, Final, NamedTuple, TypeAlias, cast

import torch
from torch.nn import Module

from service.export.surroundings.remembered import spaces_of

MOST: Final = 10_000
"""Containers around a model that are looked at, the nearest first: somewhere behind a file's names is all there is."""

Container: TypeAlias = dict[Any, Any] | list[Any] | set[Any]

_CONTAINERS: Final = (dict, OrderedDict, defaultdict, list, set)
_PLAIN: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
_CLOSED: Final = (torch.Tensor, Module, type, ModuleType, FunctionType, MethodType)


class Kept(NamedTuple):
    """A container, and what was in it."""

    container: Container
    content: Container

    def is_as_before(self) -> bool:
        """Whether it holds the very objects that it held."""
        return _is_same(self.container, self.content)

    def added(self) -> list[Any]:
        """What it holds and did not hold before."""
        before = {id(part) for part in _parts(self.content)}
        return [part for part in _parts(self.container) if id(part) not in before]

    def put_back(self) -> None:
        """Has it hold them again. Some containers refuse to be written to, and so are what they were."""
        if self.is_as_before():
            return
        if isinstance(self.container, list):
            self.container[:] = self.content
        else:
            self.container.clear()
            self.container.update(self.content)


@contextmanager
def as_before(model: Module) -> Iterator[None]:
    """Afterwards the model keeps what it kept."""
    own = [Kept(each, each.copy()) for module in model.modules() for each in _own(module)]
    spaces = [(space, dict(vars(space))) for space in spaces_of(model)]
    held = [part for kept in own for part in _parts(kept.content)]
    named = [value for _, names in spaces for value in names.values()]
    seen = {id(kept.container) for kept in own}
    around = [Kept(each, each.copy()) for starts in (held, named) for each in _around(starts, seen)]
    try:
        yield
    finally:
        for kept in own:
            kept.put_back()
        for kept in around:
            if not kept.is_as_before() and _lacks_numbers(kept.added()):
                kept.put_back()
        for space, names in spaces:
            _put_back(space, names)


def _put_back(space: Any, names: dict[str, Any]) -> None:
    """Has the names of a class or a file that stand for something without numbers stand for what they stood for."""
    for name, value in list(vars(space).items()):
        if names.get(name, names) is not value and _lacks_numbers([value]):
            if name in names:
                setattr(space, name, names[name])
            else:
                delattr(space, name)


def _own(module: Module) -> Iterator[Container]:
    """A module's attributes, and the containers among them."""
    yield vars(module)
    yield from (value for value in vars(module).values() if isinstance(value, (dict, list, set)))


def _lacks_numbers(parts: list[Any]) -> bool:
    """Whether there is a tensor without numbers among these, or in what they hold."""
    held = (part for each in _around(parts, set()) for part in _parts(each))
    return any(isinstance(part, torch.Tensor) and part.is_meta for part in chain(parts, held))


def _around(starts: Iterable[Any], seen: set[int]) -> Iterator[Container]:
    """The containers that can be reached, attributes of objects among them, but for those that were ``seen``."""
    waiting, found = deque(starts), list[Any]()
    while waiting and len(found) < MOST:
        value = waiting.popleft()
        container = value if isinstance(value, tuple) else _container(value)
        if container is None or id(container) in seen:
            continue
        parts = _parts(container)
        if isinstance(container, tuple) and not parts:
            continue
        seen.add(id(container))
        found.append(container)  # What is seen lives on, so that nothing else has its identity.
        waiting += parts
        if not isinstance(container, tuple):
            yield container


def _container(value: Any) -> Container | None:
    """What holds an object's parts, as far as it is a model's business. Nothing is called that is not Python's own."""
    kind = type(value)
    if kind in _CONTAINERS:
        return cast("Container", value)
    if isinstance(value, _CLOSED) or _is_elsewhere(kind):
        return None
    try:
        return cast("Container", object.__getattribute__(value, "__dict__"))
    except AttributeError:
        return None


def _parts(container: Any) -> list[Any]:
    """What is in a container, but for what holds nothing: vocabularies have hundreds of thousands of words."""
    parts = dict.values(container) if isinstance(container, dict) else container
    return [part for part in parts if type(part) not in _PLAIN]


def _is_elsewhere(kind: type) -> bool:
    """Whether a class is Python's or PyTorch's, whose objects are left alone."""
    package = kind.__module__.partition(".")[0]
    return kind is not SimpleNamespace and (package == torch.__name__ or package in sys.stdlib_module_names)


def _is_same(container: Container, content: Container) -> bool:
    if len(container) != len(content):
        return False
    if (
        isinstance(container, dict)
        and isinstance(content, dict)
        and not all(map(is_, container.values(), content.values()))
    ):
        return False
    return all(map(is_, container, content))
