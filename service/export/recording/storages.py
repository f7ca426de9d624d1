"""Tensors that share memory: a write to one is seen by all, so each is made anew out of what was written.

Every tensor is the memory's first tensor behind a chain of views. A write to a view is carried back along the chain,
and whoever reads another view later has the chain applied again.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import torch

from service.export.problems import InexpressibleError
from service.export.recording.expressing import Expression, operation, subscript
from service.export.recording.restriding import restrided, steps
from service.export.recording.views import Cut, cut, is_reshaped
from service.export.trace import Applied, Given, Value, at
from service.layers.subscript import GetItem
from service.verification.modules import function_of

Apply = Callable[[Expression], Value]

_PERMUTING: Final = frozenset(
    {"permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT", "adjoint"}
)


class Step(NamedTuple):
    """A view: what was applied to the tensor at ``position`` of its inputs; ``made`` is none if nothing is to say."""

    made: Applied | None
    position: int
    path: tuple[int, ...]
    before: torch.Tensor
    after: torch.Tensor

    def again(self, apply: Apply, base: Value) -> Value:
        """The view of what was written."""
        if self.made is None or self.made.module is not None:
            return base if self.before.shape == self.after.shape else reshaped(apply, base, self.after)
        inputs = (*self.made.inputs[: self.position], base, *self.made.inputs[self.position + 1 :])
        whole = apply(Expression(self.made.layer, inputs, self.made.keywords))  # type: ignore[arg-type]
        return Value(whole.node, self.path)

    def written_back(self, apply: Apply, base: Callable[[], Value], new: Value) -> Value:
        """What was viewed, with ``new`` in the view's place; ``base`` is what it was."""
        before, after = self.before, self.after
        if _geometry(before) == _geometry(after):
            return new
        layer = None if self.made is None else self.made.layer
        if isinstance(layer, GetItem):
            return _written_at(apply, layer, base, new)
        if layer is not None and layer.type in _PERMUTING:
            order = _order(layer, before.dim())
            return apply(operation("permute", new, dims=[order.index(axis) for axis in range(len(order))]))
        part = cut(before, after)
        if part is not None:
            return _scattered(apply, part, base(), new)
        if is_reshaped(before, after):
            return reshaped(apply, new, before)
        return self.written_anyhow(apply, base, new)

    def written_anyhow(self, apply: Apply, base: Callable[[], Value], new: Value) -> Value:
        """What was viewed, as it lies in memory, with ``new`` where the view's elements lie."""
        if self.made is None or self.made.module is not None:
            raise InexpressibleError("it writes to a view of which only PyTorch knows what it shows")
        whole = torch.empty_like(self.before, memory_format=torch.contiguous_format)
        inputs = [value.tensor for value in self.made.inputs]
        arguments, given = self.made.layer.called_with(*inputs[: self.position], whole, *inputs[self.position + 1 :])  # type: ignore[attr-defined]
        view = at(function_of(self.made.layer)(*arguments, **given), self.path)  # type: ignore[arg-type]
        where = {"size": tuple(view.shape), "stride": view.stride(), "storage_offset": view.storage_offset()}
        viewed = base()
        if not viewed.tensor.is_contiguous():
            viewed = apply(operation("contiguous", viewed))
        return apply(operation("as_strided_scatter", viewed, new, **where))


class Storage:
    """A stretch of memory, by the tensor that stands at the root of all its views."""

    def __init__(self, root: Value) -> None:
        self.root = root
        self.generation = 0
        """How often it was written to."""


class Handle:
    """A tensor of the run."""

    __slots__ = ("generation", "steps", "storage", "tensor", "value")

    def __init__(self, tensor: torch.Tensor, storage: Storage, steps: tuple[Step, ...], value: Value) -> None:
        self.tensor, self.storage, self.steps, self.value = tensor, storage, steps, value
        self.generation = storage.generation


class Storages:
    """All tensors of a run by their identity, which they keep since they are held here."""

    def __init__(self, apply: Apply) -> None:
        self.apply = apply
        self.handles: dict[int, Handle] = {}
        self.by_memory: dict[int, Storage] = {}
        self.closed = False
        """Whether nothing may be written, since what happens is only tried."""

    def knows(self, tensor: torch.Tensor) -> bool:
        """Whether it was seen before."""
        return id(tensor) in self.handles

    def add(self, tensor: torch.Tensor, value: Value) -> None:
        """A tensor with memory of its own."""
        storage = self.by_memory[_memory(tensor)] = Storage(value)
        self.handles[id(tensor)] = Handle(tensor, storage, (), value)

    def add_given(self, given: Given) -> None:
        """An input of the model."""
        self.add(given.result, Value(given))

    def add_result(self, tensor: torch.Tensor, value: Value, takes: tuple[torch.Tensor, ...]) -> None:
        """What a node returned for tensors, of which it may be a view."""
        storage = self.by_memory.get(_memory(tensor))
        if storage is None:
            self.add(tensor, value)
            return
        for position, taken in enumerate(takes):
            handle = self.handles.get(id(taken))
            if handle is not None and handle.storage is storage:
                made = value.node if isinstance(value.node, Applied) else None
                step = Step(made, position, value.path, taken, tensor)
                self.handles[id(tensor)] = Handle(tensor, storage, (*handle.steps, step), value)
                return
        self.add(tensor, value)

    def add_alias(self, tensor: torch.Tensor, of: torch.Tensor) -> None:
        """The same tensor once more, possibly with other axes."""
        handle = self.handles[id(of)]
        step = Step(None, 0, (), of, tensor)
        alias = Handle(tensor, handle.storage, (*handle.steps, step), handle.value)
        alias.generation = handle.generation
        self.handles[id(tensor)] = alias

    def found_by_memory(self, tensor: torch.Tensor) -> torch.Tensor | None:
        """A known tensor that is the same in all but Python's identity."""
        storage = self.by_memory.get(_memory(tensor))
        if storage is None:
            return None
        shared = [handle.tensor for handle in self.handles.values() if handle.storage is storage]
        same = (known for known in shared if _geometry(known) == _geometry(tensor))
        found = next(same, None)
        return self._restrided(shared, tensor) if found is None else found

    def _restrided(self, shared: list[torch.Tensor], tensor: torch.Tensor) -> torch.Tensor | None:
        """A view that shows what ``tensor`` shows of its memory, made of a known one."""
        for known in reversed(shared):
            order = restrided(known, tensor)
            if order is not None:
                view = known
                for name, arguments in steps(order, known, tensor):
                    value = self.apply(operation(name, self.read(view), **arguments))
                    self.add_result(value.tensor, value, (view,))
                    view = value.tensor
                return view
        return None

    def read(self, tensor: torch.Tensor) -> Value:
        """What a tensor is by now."""
        handle = self.handles[id(tensor)]
        if handle.generation != handle.storage.generation:
            value = handle.storage.root
            for step in handle.steps:
                value = step.again(self.apply, value)
            handle.value, handle.generation = value, handle.storage.generation
        return handle.value

    def write(self, tensor: torch.Tensor, value: Value) -> None:
        """From now on, the tensor and all that share its memory are what ``value`` makes them."""
        if self.closed:
            raise InexpressibleError("it writes while it is only tried")
        handle = self.handles[id(tensor)]
        new = value
        for count in reversed(range(len(handle.steps))):
            new = handle.steps[count].written_back(self.apply, lambda: self._prefix(handle, count), new)  # noqa: B023
        storage = handle.storage
        storage.root = new
        storage.generation += 1
        handle.value, handle.generation = value, storage.generation

    def was_written(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor's memory was written to since it was made."""
        handle = self.handles.get(id(tensor))
        return handle is not None and handle.storage.generation > 0

    def _prefix(self, handle: Handle, count: int) -> Value:
        value = handle.storage.root
        for step in handle.steps[:count]:
            value = step.again(self.apply, value)
        return value


def reshaped(apply: Apply, value: Value, like: torch.Tensor) -> Value:
    """The same elements in another shape."""
    return value if value.tensor.shape == like.shape else apply(operation("reshape", value, shape=tuple(like.shape)))


def _memory(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001


def _geometry(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype


def _order(layer: Any, rank: int) -> list[int]:
    """Which axis a permutation puts at each place."""
    arguments, given = layer.called_with(torch.empty(tuple(range(1, rank + 1)), device="meta"))
    return [size - 1 for size in function_of(layer)(*arguments, **given).shape]


def _scattered(apply: Apply, part: Cut, base: Value, new: Value) -> Value:
    axis, entries = part
    if isinstance(entries, int):
        return apply(operation("select_scatter", base, new, dim=axis, index=entries))
    fields: Mapping[str, Any] = {"dim": axis, "start": entries.start, "end": entries.stop, "step": entries.step}
    return apply(operation("slice_scatter", base, new, **fields))


def _written_at(apply: Apply, layer: GetItem, base: Callable[[], Value], new: Value) -> Value:
    """``base`` with ``new`` where the brackets point: along one axis after the other."""
    parts: list[tuple[Value, Value]] = []
    view = base()
    for index in _single_indices(layer, view.tensor.dim()):
        part = apply(subscript(view, index))
        parts.append((view, part))
        view = part
    for whole, part in reversed(parts):
        if whole.tensor.shape == part.tensor.shape:
            continue
        taken = cut(whole.tensor, part.tensor)
        new = reshaped(apply, new, whole.tensor) if taken is None else _scattered(apply, taken, whole, new)
    return new


def _single_indices(layer: GetItem, rank: int) -> Iterator[tuple[Any, ...]]:
    """The brackets as several, each of which does one thing."""
    items = layer.meant
    named = sum(isinstance(item, (int, slice)) for item in items)
    axis = 0
    for item in items:
        if item is ...:
            axis += rank - named
        elif isinstance(item, int):
            yield (*(slice(None),) * axis, item)
        else:
            if item != slice(None):
                yield (*(slice(None),) * axis, item)
            axis += 1
