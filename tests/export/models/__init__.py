"""The models that the tests export."""

from collections.abc import Sequence

from tests.export.comparing import Sample
from tests.export.models import (
    descending,
    families,
    handwritten,
    mechanisms,
    pretrained_images,
    pretrained_others,
    pretrained_text,
    sharing,
)

SAMPLES = (
    handwritten.SAMPLES
    + families.SAMPLES
    + mechanisms.SAMPLES
    + descending.SAMPLES
    + sharing.SAMPLES
    + pretrained_text.SAMPLES
    + pretrained_images.SAMPLES
    + pretrained_others.SAMPLES
)


def chosen(words: Sequence[str]) -> list[Sample]:
    """Those whose names contain one of the words; all if there are none."""
    return [sample for sample in SAMPLES if not words or any(word.lower() in sample.name.lower() for word in words)]
