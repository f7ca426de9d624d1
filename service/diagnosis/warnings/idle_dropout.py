"""A recurrent layer with dropout and a single layer: there is nothing between which it could stand.

PyTorch warns of it too, when the layer is built:
https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

from collections.abc import Iterator
from typing import Any

from service.core.issues import Operation
from service.diagnosis.edits import setting
from service.diagnosis.place import Proposal
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """A dropout that is never applied."""
    layer: Any = view.readings[node].node.layer
    if not layer.dropout or layer.num_layers != 1:
        return None
    return Finding(
        f"{{layer}} is a {layer.type} with dropout = {layer.dropout}, which is applied between stacked layers only, "
        "and num_layers is 1",
        "dropout", _meant(view, node), 0, layer.dropout,
    )  # fmt: skip


def _meant(view: View, node: int) -> Iterator[Proposal]:
    place = view.place(node)
    yield Proposal(f"Leave dropout of {place.name} out.", (Operation("remove", f"{place.pointer}/dropout"),))
    yield Proposal(f"Set num_layers of {place.name} to 2.", (setting(view.ground, place.pointer, "num_layers", 2),))


RULE = Rule("idle-dropout", frozenset({"RNN", "LSTM", "GRU"}), find, alone=True)
