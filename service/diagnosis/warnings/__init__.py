"""What PyTorch runs and a reviewer would ask about: a file a rule."""

from collections import defaultdict
from typing import Final

from service.diagnosis.warnings import (
    activation_twice,
    batch_first,
    batch_mixed,
    bias_before_norm,
    dropout_before_norm,
    dropout_last,
    few_values,
    idle_dropout,
    inplace_overwrites,
    linear_on_width,
    no_nonlinearity,
    sees_padding,
    softmax_inside,
    softmax_over_batch,
    unread_entries,
    unused_result,
)  # fmt: skip
from service.diagnosis.warnings.rule import Rule
from service.layers.base import Layer
from service.layers.catalogue import CATALOGUE

RULE_MODULES: Final = (
    linear_on_width, batch_first, batch_mixed, bias_before_norm, no_nonlinearity, activation_twice, softmax_inside,
    softmax_over_batch, unread_entries, sees_padding, few_values, dropout_last, dropout_before_norm, idle_dropout,
    inplace_overwrites, unused_result,
)  # fmt: skip
RULES: Final = tuple(module.RULE for module in RULE_MODULES)
"""Every rule; those of a layer are asked in this order."""


def _by_type() -> dict[type[Layer], tuple[Rule, ...]]:
    table: dict[type[Layer], list[Rule]] = defaultdict(list)
    for rule in RULES:
        for name in rule.types & CATALOGUE.keys():
            table[CATALOGUE[name]].append(rule)
    return {entry: tuple(rules) for entry, rules in table.items()}


BY_TYPE: Final = _by_type()
"""The rules that look at a type of layer."""
