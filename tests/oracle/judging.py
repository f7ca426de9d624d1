"""Random cases of an entry, judged: every disagreement with what reproduces it."""

import torch

from service.layers.applying import apply
from service.layers.catalogue import CATALOGUE
from service.layers.structure import Structure
from tests.oracle.macs import macs_disagreement, multiplies
from tests.oracle.random_cases import Case, cases
from tests.oracle.run import disagreement

APPLIED = [name for name, entry in CATALOGUE.items() if not issubclass(entry, Structure)]
"""What can be run, unlike what stands for other layers."""


def disagreements(name: str, seed: int, count: int) -> list[str]:
    """What was found about one entry."""
    torch.set_num_threads(1)
    judged = ((case, judgement(case)) for case in cases(CATALOGUE[name], seed, count))
    return [f"{case}\n    {difference}" for case, difference in judged if difference]


def judgement(case: Case) -> str | None:
    """How we and PyTorch differ about a case, or none if we agree."""
    difference = disagreement(*case)
    if difference or not multiplies(type(case.layer)):
        return difference
    outcome = apply(*case)
    return None if outcome.faults else macs_disagreement(case.layer, outcome, *case[1:])
