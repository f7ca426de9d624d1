"""A view or flatten that mixes the samples of a batch.

``view(-1, n)`` with the wrong ``n`` runs whenever the numbers multiply up, and makes another number of rows than there
are samples; ``torch.flatten`` starts at axis 0 unless it is told otherwise, where ``nn.Flatten`` starts at axis 1.
"""

from collections.abc import Iterator
from typing import Any

from service.core.sizes import differ, product
from service.core.tensors import Tensor
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal, called
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View

VIEWS = frozenset({"view", "reshape"})
FLATTENS = frozenset({"flatten", "Flatten"})


def find(view: View, node: int) -> Finding | None:
    """A batch of images that is no batch any more."""
    reading = view.readings[node]
    shape, output, layer = view.shape(reading), reading.outcome.output, reading.node.layer
    if len(shape) < 4 or not isinstance(output, Tensor) or not _is_batch(view, node):
        return None
    if layer.type in FLATTENS and output.rank == 1:
        return Finding(
            f"{{layer}} flattens {list(shape)} from axis 0 on, the batch included",
            "start_dim", _from_axis_1(view, node, shape), 1, 0,
        )  # fmt: skip
    wanted: Any = getattr(layer, "shape", ())
    if layer.type not in VIEWS or output.rank != 2 or not differ(output.shape[0], shape[0]) or wanted[0] != -1:
        return None
    return Finding(
        f"{{layer}} makes {output.shape[0]} rows of the {shape[0]} samples of {list(shape)}",
        "shape", _by_sample(view, node, shape), shape[0], output.shape[0],
    )  # fmt: skip


def _is_batch(view: View, node: int) -> bool:
    """Whether convolutions or pools have looked at what arrives, for which axis 0 counts the samples."""
    field = next((reading.field for reading in view.place(node).upstream(1)), None)
    return field is not None


def _from_axis_1(view: View, node: int, shape: tuple[int, ...]) -> Iterator[Proposal]:
    yield from _with_next(view.place(node), "start_dim", 1, shape)


def _by_sample(view: View, node: int, shape: tuple[int, ...]) -> Iterator[Proposal]:
    yield from _with_next(view.place(node), "shape", [-1, product(shape[1:])], shape)


def _with_next(place: Place, argument: str, value: Any, shape: tuple[int, ...]) -> Iterator[Proposal]:
    """The argument alone, and with the features that a Linear right behind then takes."""
    change = setting(place.ground, place.pointer, argument, value)
    yield Proposal(f"Set {argument} of {place.name} to {value}.", (change,))
    following, features = place.following(), product(shape[1:])
    if following is not None and following.node.layer.type == "Linear":
        yield Proposal(
            f"Set {argument} of {place.name} to {value}, and in_features of {called(following)} to {features}.",
            (change, setting(place.ground, following.node.pointer, "in_features", features)),
        )


RULE = Rule("batch-mixed", VIEWS | FLATTENS, find)
