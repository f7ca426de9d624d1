"""What PyTorch runs and a reviewer would ask about: a file a rule."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from service.diagnosis.warnings import (
    activation_twice,
    batch_first,
    batch_mixed,
    batch_reduced,
    bias_before_norm,
    cat_over_batch,
    dropout_before_norm,
    dropout_last,
    few_values,
    idle_dropout,
    inplace_overwrites,
    linear_on_width,
    no_nonlinearity,
    norm_of_one,
    sees_padding,
    softmax_inside,
    softmax_of_one,
    softmax_over_batch,
    unpooled_size,
    unread_entries,
    unused_input,
    unused_result,
)  # fmt: skip
from service.diagnosis.warnings.rule import Rule
from service.layers.base import Layer, type_name

RULE_MODULES: Final = (
    linear_on_width, batch_first, batch_mixed, batch_reduced, cat_over_batch, softmax_over_batch, bias_before_norm,
    no_nonlinearity, activation_twice, softmax_inside, softmax_of_one, norm_of_one, few_values, unread_entries,
    unpooled_size, sees_padding, dropout_last, dropout_before_norm, idle_dropout, inplace_overwrites, unused_result,
    unused_input,
)  # fmt: skip
RULES: Final = tuple(module.RULE for module in RULE_MODULES)
"""Every rule; those of a layer are asked in this order."""

Rules = tuple[Rule, ...]


class Concerned(NamedTuple):
    """The rules that look at layers of a type."""

    anywhere: Rules
    behind: Mapping[str, Rules]
    """Those that look only where a layer of a certain type stands straight before, by that type."""


@cache
def concern_of(layer: type[Layer]) -> Concerned:
    """The rules for layers of a type."""
    rules = [rule for rule in RULES if type_name(layer) in rule.types]
    behind: dict[str, Rules] = defaultdict(tuple)
    for rule in rules:
        for name in rule.behind or ():
            behind[name] += (rule,)
    return Concerned(tuple(rule for rule in rules if rule.behind is None), dict(behind))
