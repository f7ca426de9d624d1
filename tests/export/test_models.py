"""What the engine says of an exported document is what PyTorch says of the model."""

import pytest

from tests.export.comparing import Sample, compared
from tests.export.models import SAMPLES, descending, handwritten, mechanisms, sharing
from tests.export.numbers import SETTLED, verdict

QUICK = handwritten.SAMPLES + mechanisms.SAMPLES + descending.SAMPLES + sharing.SAMPLES


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_document_says_what_the_model_is(sample: Sample) -> None:
    comparison = compared(sample)
    assert not comparison.differences


@pytest.mark.parametrize("sample", QUICK, ids=[sample.name for sample in QUICK])
def test_document_computes_what_the_model_does(sample: Sample) -> None:
    assert verdict(sample) in SETTLED
