"""The models that the tests export."""

from tests.export.models import handwritten, pretrained_images, pretrained_others, pretrained_text

SAMPLES = handwritten.SAMPLES + pretrained_text.SAMPLES + pretrained_images.SAMPLES + pretrained_others.SAMPLES
