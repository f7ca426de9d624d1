"""A model input that no layer takes.

Whatever is fed there changes nothing, which mostly means that a layer takes another input by default.
"""

from collections.abc import Iterator

from service.architecture.graph import Source
from service.core.issues import Operation
from service.diagnosis.place import ModelInput, Proposal
from service.diagnosis.warnings.rule import Finding, Rule
from service.diagnosis.warnings.view import View


def find(view: View, node: int) -> Finding | None:
    """An input that leads nowhere."""
    given = view.place(0).input_of(Source(node)) if view.readings else None
    if given is None or not view.idle(node):
        return None
    return Finding(
        f"Nobody takes {given.called}, {given.tensor}, and the model does not return it",
        proposals=_left_out(view, given), pointer=given.whole,
    )  # fmt: skip


def _left_out(view: View, given: ModelInput) -> Iterator[Proposal]:
    if len(view.ground.analysis.graph.inputs) > 1:
        yield Proposal(f"Leave the input {given.name} out.", (Operation("remove", given.whole),))


RULE = Rule("unused-input", frozenset(), find)
