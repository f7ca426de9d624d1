"""What is run to get ready for jobs runs from its first layer to its last: what is refused gets nothing ready."""

import os

import pytest

from service.verification.confinement import Footprint
from service.verification.job import verified
from service.verification.nursery import COMMON, RARE, USUAL, rehearsal
from service.verification.protocol import Json


@pytest.mark.parametrize("others", [(), USUAL, RARE])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_every_rehearsal_runs_to_its_end(others: tuple[Json, ...], device: str) -> None:
    footprint = Footprint()
    found = verified(rehearsal(*COMMON, *others, device=device), footprint, seconds=60)
    os.close(footprint.sizes)
    assert found["status"] == "verified", found
