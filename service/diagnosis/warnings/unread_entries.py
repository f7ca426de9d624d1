"""A strided window stops short of the end of an axis, or skips entries between two steps.

What it never reads takes no part in the model. A kernel of 1 with a stride, as the shortcuts of residual networks have
it, skips on purpose and is not reported; nor are the last few entries of a sequence, which may be of any length.
"""

from collections.abc import Iterator
from typing import Any, cast

from service.core.sizes import Size, is_known
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal
from service.diagnosis.warnings.families import STRIDED
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

AXES = ("depth", "rows", "columns")
MOST_OF_SEQUENCE = 8
"""One entry of so many of a sequence has to be unread."""


def find(view: View, node: int) -> Finding | None:
    """A convolution or pool that leaves entries of its input unread."""
    reading = view.readings[node]
    windows, layer = reading.outcome.field, cast("Any", reading.node.layer)
    if not windows or layer.stride == 1:
        return None
    for axis, window in enumerate(windows, -len(windows)):
        stride, extent = window.stride, window.extent
        if stride == 1 or extent == 1 or not is_known(stride):
            continue
        size = view.shape(reading)[axis]
        if not is_known(size):
            continue
        left = (size + 2 * window.padding - extent) % stride
        unread = left - window.padding
        what = AXES[axis] if len(windows) > 1 else "entries"
        if unread > 0 and _counts(layer, unread, size, len(windows)):
            return Finding(
                f"{{layer}} never reads the last {unread} of {size} {what}: a window of {extent} with stride {stride} "
                "stops before them",
                None, _reaching(view.place(node), window.padding, extent, left),
            )  # fmt: skip
        if stride > extent:
            return Finding(
                f"{{layer}} reads only {extent} of every {stride} {what}, since its stride is larger than its window",
                "stride", _narrower(view.place(node), extent), f"at most {extent}", stride,
            )  # fmt: skip
    return None


def _counts(layer: Any, unread: Size, size: Size, axes: int) -> bool:
    """Whether entries are lost that nobody means to lose."""
    return not getattr(layer, "ceil_mode", False) and (axes > 1 or unread * MOST_OF_SEQUENCE >= size)


def _reaching(place: Place, padding: Size, extent: Size, left: Size) -> Iterator[Proposal]:
    layer: Any = place.reading.node.layer
    if "ceil_mode" in type(layer).model_fields:
        yield Proposal(
            f"Set ceil_mode of {place.name} to true.", (setting(place.ground, place.pointer, "ceil_mode", value=True),)
        )
    if isinstance(getattr(layer, "padding", None), int):
        for wider in range(padding + 1, min(extent, padding + left) + 1):
            yield Proposal(
                f"Set padding of {place.name} to {wider}.", (setting(place.ground, place.pointer, "padding", wider),)
            )


def _narrower(place: Place, extent: Size) -> Iterator[Proposal]:
    yield Proposal(
        f"Set stride of {place.name} to {extent}.", (setting(place.ground, place.pointer, "stride", extent),)
    )


RULE = Rule("unread-entries", STRIDED, find, alone=True)
