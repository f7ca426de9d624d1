"""Every kind of issue by its code, for the catalogue of issues and for whoever matches on codes."""

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple, get_args

from service.core.faults import Detail
from service.core.issues import Severity
from service.diagnosis.cures import REMEDIES
from service.diagnosis.diagnose import MORE_MISTAKES, MOST_TOLD
from service.diagnosis.warnings import RULE_MODULES
from service.layers.base import key_of
from service.layers.catalogue import CATALOGUE


class Kind(NamedTuple):
    """What issues of one code have in common."""

    code: str
    """``<…>`` stands for what differs by layer: ``<family>-<argument>`` for ``linear-in-features``."""
    severity: Severity
    meaning: str
    """In one line."""
    about: str
    """Why it is likely wrong, and who says so; empty where PyTorch refuses."""


def _kinds() -> tuple[Kind, ...]:
    errors = [Kind(code, "error", line, "") for remedy in REMEDIES.values() for code, line in remedy.codes.items()]
    errors.append(Kind(MORE_MISTAKES, "error", f"There are more than {MOST_TOLD:,} mistakes; tells how many more.", ""))
    warnings = []
    for module in RULE_MODULES:
        meaning, _, about = inspect.cleandoc(module.__doc__ or "").partition("\n\n")
        warnings.append(Kind(module.RULE.code, "warning", " ".join(meaning.split()).replace("``", "`"), about))
    return (*errors, *warnings)


KINDS: Final = _kinds()
"""Errors as PyTorch raises them, then warnings."""


@cache
def codes() -> frozenset[str]:
    """Every code that an issue may have, each layer's own among them. All layers are looked at for it."""
    return frozenset(_codes())


def _codes() -> Iterator[str]:
    yield from (kind.code for kind in KINDS if "<" not in kind.code)
    for layer in CATALOGUE.values():
        for argument in map(key_of, layer.model_fields, layer.model_fields.values()):
            yield f"{layer.family}-{argument.replace('_', '-')}"
    for family in {layer.family for layer in CATALOGUE.values()}:
        yield from (f"{family}-{detail}" for detail in get_args(Detail))
