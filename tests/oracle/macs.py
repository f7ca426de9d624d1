"""Multiply-accumulates by PyTorch's own counter, beside what the catalogue says."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

import torch
from torch.utils.flop_counter import FlopCounterMode

from service.core.dtypes import FLOATING
from service.core.sizes import is_known, is_unknown
from service.core.tensors import NOTHING, Tensor, Value, tensors_in
from service.layers.applying import Outcome, apply
from service.layers.base import Layer, type_name
from service.layers.operation import Operation
from service.verification.modules import function_of, module_of, real
from tests.oracle.run import REFUSALS, made, quiet, sample

WITHOUT_A_RULE: Final = frozenset({"Bilinear", "bilinear", "addbmm", "grouped_mm"})
"""What the counter passes over though it multiplies matrices."""
ELSEWHERE_ONLY: Final = frozenset({"istft", "grouped_mm", "cov", "corrcoef", "combinations"})
"""What does not run on ``meta``, where most of them find no values to compare, and grouped_mm takes less."""


@cache
def multiplies(entry: type[Layer]) -> bool:
    """Whether an entry multiplies matrices in any of its examples."""
    layers = [(entry.model_validate({"type": type_name(entry), **given.arguments}), given) for given in entry.examples]
    return any(apply(layer, given.inputs, given.keywords, False).macs != 0 for layer, given in layers)


def counted(
    layer: Layer, outcome: Outcome, inputs: tuple[Value, ...], keywords: Mapping[str, Value], training: bool
) -> float:
    """Half of what the counter counts while the layer runs, on ``meta`` where it can run there."""
    sizes = [size for tensor in tensors_in(outcome.output) if isinstance(tensor, Tensor) for size in tensor.shape]
    # Only values tell a size that shapes do not.
    on_meta = all(map(is_known, sizes)) and layer.type not in ELSEWHERE_ONLY
    device = torch.device("meta" if on_meta else "cpu")
    with device, torch.no_grad(), quiet(), FlopCounterMode(display=False) as counter:
        tensors, named = made(partial(typical, integer=layer.typical_integer), inputs, keywords)
        if isinstance(layer, Operation):
            arguments, given = layer.called_with(*tensors, named=named)
            given = {name: real(value, name) for name, value in given.items()}
            function_of(layer)(*arguments, **given, **named)
        else:
            chosen = {name: getattr(layer, name) for name in layer.forward_arguments & layer.model_fields_set}
            module_of(layer, outcome.inferred).train(training)(*layer.grouped(tensors), **chosen, **named)
    return float(counter.get_total_flops()) / 2


def typical(value: Any, integer: int) -> Any:
    """Values that anything runs on; all integers are ``integer``."""
    if isinstance(value, Tensor):
        return sample(value).fill_(1 if value.dtype in FLOATING else integer)
    return None if value is NOTHING else tuple(typical(part, integer) for part in value)


def macs_disagreement(
    layer: Layer, outcome: Outcome, inputs: tuple[Value, ...], keywords: Mapping[str, Value], training: bool
) -> str | None:
    """How we and the counter differ about a layer that both accept, or none if we agree."""
    if is_unknown(outcome.macs) or layer.type in WITHOUT_A_RULE:
        return None
    try:
        theirs = counted(layer, outcome, inputs, keywords, training)
    except REFUSALS:
        return None  # Not everything that runs on a CPU runs on meta.
    return None if outcome.macs == theirs else f"we count {outcome.macs} multiply-accumulates, PyTorch {theirs}"
