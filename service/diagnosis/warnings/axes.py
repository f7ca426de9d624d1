"""What an operation does along a single axis: reduces it, or takes one entry of it."""

from typing import Any, Final

REDUCING: Final = frozenset({
    "amax", "amin", "logsumexp", "max", "mean", "median", "min", "nanmean", "nanmedian", "nansum", "norm", "prod",
    "std", "sum", "var",
})  # fmt: skip
TAKING: Final = frozenset({"getitem", "select"})


def along_first(layer: Any) -> bool:
    """Whether the one axis that a layer is told can be the first of several."""
    dim = _single(layer.dim)
    return dim is not None and (dim == 0 or dim < -1)


def _single(dim: Any) -> int | None:
    """An axis, if it is a single one and said to be."""
    if isinstance(dim, tuple):
        dim = dim[0] if len(dim) == 1 else None
    return dim if isinstance(dim, int) else None


def reduced_axis(layer: Any, rank: int) -> int | None:
    """The axis that a layer reduces, if it is a single one and said to be."""
    dim = _single(layer.dim) if layer.type in REDUCING else None
    return None if dim is None or not rank else dim % rank


def entry_taken(layer: Any, rank: int, axis: int) -> int | None:
    """Which entry a layer takes along an axis, if it takes only one of it."""
    if layer.type == "select":
        entry: int | None = layer.index if rank and layer.dim % rank == axis else None
        return entry
    if layer.type != "getitem":
        return None
    items = layer.index if isinstance(layer.index, tuple) else (layer.index,)
    if None in items or "tensor" in items:
        return None
    if "..." in items:
        dots = items.index("...")
        items = (*items[:dots], *(":",) * (rank - len(items) + 1), *items[dots + 1 :])
    item = items[axis] if axis < len(items) else None
    return item if isinstance(item, int) else None
