"""Operations that overwrite a tensor, as operations that make another one, which takes its place."""

from typing import Any, Final

import torch

from service.export.problems import InexpressibleError, UnknownValuesError
from service.export.recording.expressing import Expression, operation
from service.export.recording.functions import Function, described
from service.export.recording.run import Run
from service.export.recording.storages import Handle, Step, reshaped
from service.export.trace import Applied, Value

_OF_AXES: Final = frozenset({"unsqueeze", "squeeze", "t", "transpose", "swapaxes", "swapdims"})
"""What changes the axes of a tensor in place, and no element."""


def recorded(run: Run, func: Any, function: Function, args: Any, kwargs: dict[str, Any]) -> Any:
    """A call that overwrites a tensor, with what it returns; ``NotImplemented`` if it is not known what it writes."""
    if not args:
        # Methods have their tensor in front; functions of PyTorch that have it by name are written in Python.
        return NotImplemented
    written = target = args[0]
    if function.name in _OF_AXES:
        return _turned(run, func, function, args, kwargs)
    if function.name == "__setitem__":
        _set(run, *args)
        return None
    if function.name == "fill_diagonal" and target.dim() == 2:
        target, function = _diagonal(run, target), described(torch.Tensor.fill_)
        args = (target, *args[1:])
    try:
        value = _written(run, function, args, kwargs)
    except InexpressibleError as reason:
        if function.source is not None:
            return NotImplemented
        run.problem(func, str(reason))
        return target
    _replaced(run, target, value)
    return written


def overwritten(run: Run, target: torch.Tensor, expression: Expression) -> torch.Tensor:
    """``target``, which is what ``expression`` makes from now on."""
    layer = expression.layer
    plain = layer.model_copy()
    object.__setattr__(plain, "__pydantic_fields_set__", layer.model_fields_set - {"inplace"})
    object.__setattr__(plain, "__dict__", {**layer.__dict__, "inplace": False})
    return _replaced(run, target, run.apply(expression._replace(layer=plain)))


def _replaced(run: Run, target: torch.Tensor, value: Value) -> torch.Tensor:
    known = run.known(target)
    try:
        run.storages.write(known, fitted(run, value, known))
    except InexpressibleError as reason:
        run.problem(torch.Tensor.copy_, str(reason))
    return target


def fitted(run: Run, value: Value, target: torch.Tensor) -> Value:
    """What a tensor is after ``value`` was copied into it: it keeps its shape and element type."""
    if value.tensor.dtype != target.dtype:
        value = run.apply(operation("to", value, dtype=target.dtype))
    if value.tensor.shape == target.shape:
        return value
    if value.tensor.numel() == target.numel():
        return reshaped(run.apply, value, target)
    while value.tensor.dim() > target.dim():
        value = run.apply(operation("squeeze", value, dim=0))
    return run.apply(operation("expand", value, size=tuple(target.shape)))


def _written(run: Run, function: Function, args: Any, kwargs: Any) -> Value:
    """What the target consists of afterwards."""
    target = run.value(args[0])
    rest = [run.value(arg) if isinstance(arg, torch.Tensor) else arg for arg in args[1:]]
    match function.name:
        case "copy":
            return rest[0] if isinstance(rest[0], Value) else _filled(run, target, rest[0])
        case "fill":
            return _filled(run, target, rest[0] if rest else kwargs["value"])
        case "zero":
            return _filled(run, target, 0)
        case "uniform" | "normal" | "exponential" | "bernoulli":
            return _drawn(run, function.name, target, rest, kwargs)
    return run.apply(run.expression(function, args, kwargs)[0])


def _filled(run: Run, target: Value, filling: Any) -> Value:
    if isinstance(filling, torch.Tensor):
        filling = run.value(filling)
    if isinstance(filling, Value):
        return filling
    if filling == 0:
        return run.apply(operation("zeros_like", target))
    return run.apply(operation("full_like", target, fill_value=filling))


def _drawn(run: Run, name: str, target: Value, rest: list[Any], kwargs: Any) -> Value:
    """Numbers drawn at random, out of those from 0 to 1 and those of the standard normal distribution."""
    apply = run.apply
    arguments = iter(rest)

    def given(key: str, default: float) -> Any:
        return next(arguments, kwargs.get(key, default))

    if name == "uniform":
        low, high = given("from", 0.0), given("to", 1.0)
        spread = apply(operation("mul", apply(operation("rand_like", target)), other=high - low))
        return apply(operation("add", spread, other=low))
    if name == "normal":
        mean, deviation = given("mean", 0.0), given("std", 1.0)
        spread = apply(operation("mul", apply(operation("randn_like", target)), other=deviation))
        return apply(operation("add", spread, other=mean))
    if name == "exponential":
        logarithm = apply(operation("log", apply(operation("rand_like", target))))
        return apply(operation("mul", logarithm, other=-1 / given("lambd", 1.0)))
    probability = given("p", 0.5)
    if isinstance(probability, Value):
        return apply(operation("bernoulli", probability))
    return apply(operation("bernoulli", target, p=probability))


def into(run: Run, out: Any, result: Any) -> Any:
    """What a call with ``out=`` returns: the tensors there, which are what ``result`` is from now on."""
    if isinstance(out, torch.Tensor):
        return _replaced(run, out, run.value(result))
    return type(result)(_replaced(run, *pair) for pair in zip(out, map(run.value, result), strict=True))


def _turned(run: Run, func: Any, function: Function, args: Any, kwargs: Any) -> torch.Tensor:
    """The tensor gets other axes, and so becomes a view of what it was."""
    target = run.known(args[0])
    expression, args, kwargs = run.expression(function, args, kwargs)
    before = target.detach()
    run.storages.add_alias(before, target)
    func(target, *args[1:], **kwargs)
    made = Applied(expression.layer, expression.inputs, {}, target.detach(), None)  # type: ignore[arg-type]
    run.frame.items.append(made)
    handle = run.storages.handles[id(target)]
    step = Step(made, 0, (), before, target.detach())
    run.storages.handles[id(target)] = Handle(target, handle.storage, (*handle.steps, step), Value(made))
    return args[0]  # type: ignore[no-any-return]


def _set(run: Run, target: torch.Tensor, index: Any, source: Any) -> None:
    """``target[index] = source``."""
    items = list(index) if isinstance(index, tuple) else [index]
    items = [torch.tensor(item) if isinstance(item, (list, bool)) else item for item in items]
    indexing = [item for item in items if isinstance(item, torch.Tensor)]
    if not indexing:
        view = _viewed(run, target, index)
        _replaced(run, view, _source(run, source, view))
        return
    items = _spelled_out(items, target.dim())
    if len(indexing) == 1 and _is_mask(indexing[0]) and indexing[0].dim():
        spread = [part for item in items for part in ([slice(None)] * item.dim() if _is_mask(item) else [item])]
        view = target if all(part == slice(None) for part in spread) else _viewed(run, target, tuple(spread))
        axis = sum(not isinstance(item, int) for item in items[: [_is_mask(item) for item in items].index(True)])
        _masked(run, view, indexing[0], source, axis)
        return
    if any(map(_is_mask, indexing)):
        try:
            items = [part for item in items for part in (_places(run, item) if _is_mask(item) else [item])]
        except UnknownValuesError as unknown:
            run.problem(torch.Tensor.__setitem__, f"it is indexed by a mask and another tensor, and {unknown}")
            return
    # Among tensors, a number is one, too.
    items = [torch.tensor(item) if isinstance(item, int) else item for item in items]
    basic = tuple(slice(None) if isinstance(item, torch.Tensor) else item for item in items)
    plain = all(item == slice(None) for item in basic)
    view = target if plain else _viewed(run, target, basic)
    _put(run, view, [item if isinstance(item, torch.Tensor) else None for item in items], source)


def _is_mask(item: Any) -> bool:
    return isinstance(item, torch.Tensor) and item.dtype in (torch.bool, torch.uint8)


def _places(run: Run, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """An index for each axis of a mask in its place; raises :class:`UnknownValuesError`."""
    return run.number(mask).nonzero(as_tuple=True)


def _spelled_out(items: list[Any], rank: int) -> list[Any]:
    """The same brackets with colons in place of dots."""
    taken = sum(item.dim() if _is_mask(item) else item is not None and item is not ... for item in items)
    return [part for item in items for part in ([slice(None)] * (rank - taken) if item is ... else [item])]


def _diagonal(run: Run, target: torch.Tensor) -> torch.Tensor:
    function = described(torch.Tensor.diagonal)
    return run.known(run.carried_out(torch.Tensor.diagonal, function, *run.expression(function, (target,), {})))


def _viewed(run: Run, target: torch.Tensor, index: Any) -> torch.Tensor:
    subscribing = torch.Tensor.__getitem__
    function = described(subscribing)
    return run.known(run.carried_out(subscribing, function, *run.expression(function, (target, index), {})))


def _source(run: Run, source: Any, view: torch.Tensor) -> Value:
    if isinstance(source, torch.Tensor):
        return run.value(source)
    if isinstance(source, (int, float)):
        return _filled(run, run.value(view), source)
    return run.value(torch.as_tensor(source))


def _masked(run: Run, target: torch.Tensor, mask: torch.Tensor, source: Any, axis: int) -> None:
    """``target[…, mask] = source``, with the mask's axes from ``axis`` on."""
    apply, known = run.apply, run.known(target)
    condition = run.value(mask)
    if mask.dtype != torch.bool:
        condition = apply(operation("to", condition, dtype=torch.bool))
    behind = known.dim() - mask.dim() - axis
    if behind:
        condition = apply(operation("reshape", condition, shape=(*mask.shape, *(1,) * behind)))
    old = run.value(known)
    if isinstance(source, (int, float)):
        new = apply(operation("masked_fill", old, condition, value=source))
    else:
        new = _chosen(run, condition, source, old, range(axis, axis + mask.dim()))
    _replaced(run, target, new)


def _chosen(run: Run, condition: Value, source: Any, old: Value, axes: range) -> Value:
    """``old`` with what a tensor has where the condition holds, for whose ``axes`` the tensor has a single one."""
    apply, sizes = run.apply, old.tensor.shape
    axis, behind = axes.start, len(sizes) - axes.stop
    given = run.value(source if isinstance(source, torch.Tensor) else torch.as_tensor(source))
    if given.tensor.dtype != old.tensor.dtype:
        given = apply(operation("to", given, dtype=old.tensor.dtype))
    if given.tensor.dim() <= behind:
        return apply(operation("where", condition, given, old))
    shape = (*(1,) * (axis + 1 + behind - given.tensor.dim()), *given.tensor.shape)
    before, picked, after = shape[:axis], shape[axis], shape[axis + 1 :]
    if picked == 1:
        spread = (*before, *(1,) * len(axes), *after)
        return apply(operation("where", condition, apply(operation("reshape", given, shape=spread)), old))
    full = (*sizes[:axis], picked, *sizes[axes.stop :])
    if tuple(given.tensor.shape) != full:
        given = apply(operation("expand", given, size=full))
    return apply(operation("masked_scatter", old, condition, given))


def _put(run: Run, target: torch.Tensor, indices: list[torch.Tensor | None], source: Any) -> None:
    """``target[…, indices, …] = source``, with the axes that are indexed brought to the front."""
    apply, known = run.apply, run.known(target)
    axes = [axis for axis, index in enumerate(indices) if index is not None]
    values = [run.value(index) for index in indices if index is not None]
    picked = torch.broadcast_shapes(
        *(  # type: ignore[no-untyped-call]
            value.tensor.shape for value in values
        )
    )
    rest = [axis for axis in range(known.dim()) if axis not in axes]
    together = axes == list(range(axes[0], axes[-1] + 1))
    given = run.value(source if isinstance(source, torch.Tensor) else torch.as_tensor(source, dtype=known.dtype))
    old = run.value(known)
    if axes[0] > 0:
        old = apply(operation("permute", old, dims=(*axes, *rest)))
        if together and given.tensor.dim() > known.dim() - axes[-1] - 1 + len(picked):
            given = _to_the_front(run, given, known, axes, picked)
    if given.tensor.dtype != known.dtype:
        given = apply(operation("to", given, dtype=known.dtype))
    new = apply(operation("index_put", old, *values, given))
    if axes[0] > 0:
        order = [*axes, *rest]
        new = apply(operation("permute", new, dims=tuple(order.index(axis) for axis in range(len(order)))))
    _replaced(run, target, new)


def _to_the_front(run: Run, given: Value, known: torch.Tensor, axes: list[int], picked: Any) -> Value:
    """The values with the axes of what is picked before those that stand before it in the target."""
    before, count = axes[0], len(picked)
    full = (*known.shape[:before], *picked, *known.shape[axes[-1] + 1 :])
    if tuple(given.tensor.shape) != full:
        given = run.apply(operation("expand", given, size=full))
    order = (*range(before, before + count), *range(before), *range(before + count, len(full)))
    return run.apply(operation("permute", given, dims=order))
