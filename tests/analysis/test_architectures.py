"""Well-known models, with the counts that their papers and libraries publish."""

import pytest

from benchmarks.models import resnet50_document, vgg16_bn_document, vit_b16_document
from tests.documents import Json, answered

PUBLISHED = [
    (resnet50_document(), 25_557_032, 4_089_184_256),
    (vgg16_bn_document(), 138_365_992, 15_470_264_320),
    (vit_b16_document(), 86_567_656, 17_563_828_224),
]


@pytest.mark.parametrize(("document", "parameters", "macs"), PUBLISHED, ids=lambda value: str(value)[:20])
def test_counts_are_the_published_ones(document: Json, parameters: int, macs: int) -> None:
    answer = answered(document)
    assert answer["valid"], answer["issues"]
    assert answer["totals"]["parameters"] == parameters
    assert answer["totals"]["macs"] == macs
    assert answer["outputs"][0]["shape"] == [1, 1000]
