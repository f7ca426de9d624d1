"""What happens more than once in a run: calls of a module that do the same, and results that nobody uses."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from service.export.trace import Applied, Constant, Frame, Node, Owned, Trace, Value, tensors_in


class Repetition(NamedTuple):
    """A call that does what an earlier one did."""

    first: Frame
    inner: Mapping[Node, Node]
    """What was applied within, and what that was the first time."""
    outer: Mapping[Value, Value]
    """What the first call took from outside, and what is in its place."""


class Again:
    """The repetitions of a trace, and what of it is worth a place in a document."""

    def __init__(self, trace: Trace) -> None:
        calls = _Calls(trace.model)
        self.repetitions: dict[Frame, Repetition] = {}
        for name, frames in calls.frames.items():
            if len(frames) > 1 and calls.is_whole(name):
                self.compare(frames)
        self.kept = self.find_kept(trace)
        computed = (node for node in trace.model.applied() if node not in self.kept and _is_computed(node))
        self.unused = dict(Counter(node.layer.type for node in computed))
        """Calls that have no place in a document, since no output comes from them and they took no work; by type."""

    def compare(self, frames: list[Frame]) -> None:
        """Finds the calls of one module that do what its first one did."""
        first, *later = map(_described, frames)
        for frame, description in zip(frames[1:], later, strict=True):
            if description.entries == first.entries:
                inner = dict(zip(description.inner, first.inner, strict=True))
                outer = dict(zip(first.outer, description.outer, strict=True))
                self.repetitions[frame] = Repetition(frames[0], inner, outer)

    def find_kept(self, trace: Trace) -> set[Node]:
        """Everything that the outputs rest on, every module, and results that took work to compute."""
        alike: dict[Node, list[Node]] = {}
        for repetition in self.repetitions.values():
            for now, before in repetition.inner.items():
                alike.setdefault(now, []).append(before)
                alike.setdefault(before, []).append(now)
        kept: set[Node] = set()
        waiting = [value.node for value in trace.outputs]
        waiting += [node for node in trace.model.applied() if _is_worth_keeping(node)]
        while waiting:
            node = waiting.pop()
            if node not in kept:
                kept.add(node)
                waiting += alike.get(node, ())
                if isinstance(node, Applied):
                    waiting += [value.node for value in node.takes]
        return kept


class _Calls:
    """When each named module was called first, counted in calls, and which calls lie within which."""

    def __init__(self, model: Frame) -> None:
        self.frames: dict[str, list[Frame]] = {}
        self.first: dict[str, int] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        """The calls within the first call of a module."""
        self.count = 0
        self.walk(model)
        self.by_name = sorted(self.first)
        self.by_time = list(self.first)

    def walk(self, frame: Frame) -> None:
        """Notes the calls within one."""
        for item in frame.items:
            unit = item.unit if isinstance(item, Frame) else item.module
            if unit is None:
                continue
            start, self.count = self.count, self.count + 1
            name = unit.name or ""
            if name:
                self.first.setdefault(name, start)
            if isinstance(item, Frame):
                self.walk(item)
                if name:
                    self.frames.setdefault(name, []).append(item)
                    self.spans.setdefault(name, (start, self.count))

    def is_whole(self, name: str) -> bool:
        """Whether what stands in the module's block is what its first call did, and nothing else."""
        start, end = self.spans[name]
        # A dot comes right before a slash, so these are the names that begin with the module's and a dot.
        inside = self.by_name[bisect_left(self.by_name, f"{name}.") : bisect_left(self.by_name, f"{name}/")]
        times = [self.first[each] for each in inside]
        begun = bisect_left(self.by_time, start + 1, key=self.first.__getitem__)
        ended = bisect_left(self.by_time, end, key=self.first.__getitem__)
        return all(start < time < end for time in times) and ended - begun == len(times)


def _is_worth_keeping(node: Applied) -> bool:
    """Whether a result that is not used says something: it took work to compute."""
    if node.module is not None:
        return True
    is_work = any(tensor.is_floating_point() for _, tensor in tensors_in(node.result))
    return bool(node.takes) and is_work and not _is_view(node)


def _is_computed(node: Applied) -> bool:
    """Whether there is more to it than a constant, or than what it takes seen otherwise."""
    return not isinstance(node, Constant) and not _is_view(node)


def _is_view(node: Applied) -> bool:
    memory = {value.tensor.untyped_storage()._cdata for value in node.takes}  # noqa: SLF001
    return any(tensor.untyped_storage()._cdata in memory for _, tensor in tensors_in(node.result))  # noqa: SLF001


class _Description(NamedTuple):
    entries: list[Hashable]
    inner: list[Node]
    outer: list[Value]


def _described(frame: Frame) -> _Description:
    """What a call did, in words that are the same for a call that did the same with something else."""
    inner: dict[Node, int] = {}
    outer: dict[Value, int] = {}

    def reference(value: Value) -> Hashable:
        if isinstance(value.node, Owned):
            return value.node.name
        if value.node in inner:
            return inner[value.node], value.path
        return -1 - outer.setdefault(value, len(outer))

    def entries(of: Frame) -> Iterator[Hashable]:
        for item in of.items:
            if isinstance(item, Frame):
                yield item.unit.name
                yield from entries(item)
                yield "end"
            else:
                takes = tuple(map(reference, item.takes))
                inner[item] = len(inner)
                number = item.number if isinstance(item, Constant) else None
                told = None if number is None else tuple(number.reshape(-1)[:1].tolist())
                yield item.module and item.module.name, item.layer, takes, tuple(item.keywords), told

    return _Description(list(entries(frame)), list(inner), list(outer))
