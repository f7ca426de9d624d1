"""An activation straight behind another.

The second either does nothing, as a ReLU behind a ReLU, or undoes the first's work, as a Softmax behind a Softmax,
which makes all classes nearly equal, or a Sigmoid behind a ReLU, which says 0.5 or more of everything.
"""

from service.diagnosis.warnings.rule import Finding, Rule, without
from service.diagnosis.warnings.view import View

ACTIVATIONS = frozenset({
    "ReLU", "ReLU6", "LeakyReLU", "PReLU", "RReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Softplus",
    "Softsign", "Sigmoid", "Hardsigmoid", "LogSigmoid", "Tanh", "Hardtanh", "Hardswish", "Softmax", "LogSoftmax",
    "Softmax2d", "Softmin", "relu", "leaky_relu", "gelu", "silu", "sigmoid", "tanh", "softmax", "log_softmax",
})  # fmt: skip


def find(view: View, node: int) -> Finding | None:
    """An activation that takes what another returns."""
    before = view.behind(node)
    if before is None or view.readings[before].node.layer.type not in ACTIVATIONS:
        return None
    return Finding(
        f"{{layer}} is an activation straight behind another, {view.place(before).name}",
        None, without(view, node, before),
    )  # fmt: skip


RULE = Rule("activation-twice", ACTIVATIONS, find)
