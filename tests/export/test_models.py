"""What the engine says of an exported document is what PyTorch says of the model."""

import pytest

from tests.export.comparing import Sample, compared
from tests.export.models import SAMPLES


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_document_says_what_the_model_is(sample: Sample) -> None:
    comparison = compared(sample)
    assert not comparison.differences
