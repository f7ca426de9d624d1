"""A normalization over a single value, which is 0 whatever arrives.

The value is its own mean. Only the layer's shift is left, the same for every input, so that nothing before it counts.
(A batch or instance normalization over a single value is refused by PyTorch.)
"""

from collections.abc import Iterator
from typing import Any, Final

from service.core.sizes import is_known, product
from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

GROUPED: Final = frozenset({"GroupNorm", "group_norm"})
TRAILING: Final = frozenset({"LayerNorm", "layer_norm"})


def find(view: View, node: int) -> Finding | None:
    """A normalization of groups of one value."""
    reading = view.readings[node]
    layer: Any = reading.node.layer
    shape = view.shape(reading)
    if len(shape) < 2 or not all(map(is_known, shape)):
        return None
    if layer.type in GROUPED:
        values, what = product(shape[1:]) // layer.num_groups, f"each of {layer.num_groups} groups of channels"
    else:
        axes = len(layer.normalized_shape) if isinstance(layer.normalized_shape, tuple) else 1
        values, what = product(shape[-axes:]), f"a normalized_shape of {list(shape[-axes:])}"
    if values != 1 or 0 in shape:
        return None
    return Finding(
        f"{{layer}} normalizes {list(shape)} over {what}, which is a single value, so that nothing of it is left",
        "num_groups" if layer.type in GROUPED else "normalized_shape", _meant(view, node, shape), "more than one value",
        1,
    )  # fmt: skip


def _meant(view: View, node: int, shape: tuple[int, ...]) -> Iterator[Proposal]:
    place = view.place(node)
    channels = shape[1]
    if place.reading.node.layer.type in GROUPED:
        groups = next((groups for groups in (32, 16, 8, 4, 2, 1) if channels % groups == 0 and groups < channels), None)
        if groups is not None:
            change = setting(view.ground, place.pointer, "num_groups", groups)
            yield Proposal(f"Set num_groups of {place.name} to {groups}.", (change,))
    yield from without(view, node)


RULE = Rule("norm-of-one", GROUPED | TRAILING, find, alone=True)
