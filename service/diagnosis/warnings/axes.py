"""What an operation does along a single axis: reduces it, or takes one entry of it."""

from typing import Any, Final

REDUCING: Final = frozenset({
    "amax", "amin", "logsumexp", "max", "mean", "median", "min", "nanmean", "nanmedian", "nansum", "norm", "prod",
    "std", "sum", "var",
})  # fmt: skip
TAKING: Final = frozenset({"getitem", "select"})


def reduced_axis(layer: Any, rank: int) -> int | None:
    """The axis that a layer reduces, if it is a single one and said to be."""
    dim = getattr(layer, "dim", None) if layer.type in REDUCING else None
    if isinstance(dim, tuple):
        dim = dim[0] if len(dim) == 1 else None
    return dim % rank if isinstance(dim, int) and rank else None


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
