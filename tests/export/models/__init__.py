"""The models that the tests export."""

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
