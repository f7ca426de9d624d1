"""A max unpooling that returns another size than was pooled, whose indices count on the size that was.

An index counts the entries of the whole image, row after row. In rows of another length it leads elsewhere, or beyond
the end, where PyTorch refuses it as soon as such a maximum arrives; ``output_size`` is there for this:
https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html, the note on sizes that pool alike.
"""

from collections.abc import Iterator
from typing import Final

from service.core.sizes import Shape, is_known, written
from service.core.tensors import Tensor
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

INDICES: Final = 1
"""The place of the indices among what max pooling returns, and among what unpooling takes."""


def find(view: View, node: int) -> Finding | None:
    """An unpooling whose indices come from the pooling of something larger or smaller."""
    reading = view.readings[node]
    source = view.place(node)._replace(input=INDICES).source
    if source is None or source.node < 0 or source.path != (INDICES,):
        return None
    pooling, output = view.readings[source.node], reading.outcome.output
    if pooling.node.layer.type != reading.node.layer.type.replace("Unpool", "Pool") or not isinstance(output, Tensor):
        return None
    axes = int(pooling.node.layer.type[-2])
    pooled, returned = view.shape(pooling)[-axes:], output.shape[-axes:]
    if pooled == returned or not all(map(is_known, (*pooled, *returned))):
        return None
    return Finding(
        f"{{layer}} returns {_sizes(returned)}, but its indices are places in the {_sizes(pooled)} that "
        f"{called(pooling)} pooled, so that the maxima come to stand elsewhere or nowhere",
        "output_size", _as_large(view.place(node), pooled), list(pooled), list(returned),
    )  # fmt: skip


def _sizes(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} entries"


def _as_large(place: Place, pooled: Shape) -> Iterator[Proposal]:
    yield Proposal(
        f"Set output_size of {place.name} to {written(pooled)}.",
        (setting(place.ground, place.pointer, "output_size", list(pooled)),),
    )


RULE = Rule("unpooled-size", frozenset(f"MaxUnpool{axes}d" for axes in (1, 2, 3)), find)
