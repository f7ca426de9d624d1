"""The models that the tests export."""

from tests.export.models import handwritten

SAMPLES = handwritten.SAMPLES
