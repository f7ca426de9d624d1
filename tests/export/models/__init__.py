"""The models that the tests export."""

from tests.export.models import handwritten, pretrained_text

SAMPLES = handwritten.SAMPLES + pretrained_text.SAMPLES
