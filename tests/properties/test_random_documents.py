"""Random documents of several layers: every layer of the real model returns what we say, in memory as well, or PyTorch
refuses the layer that we name first."""

import json
import os
import random

import pytest
import torch

from tests.oracle.documents import document_disagreement
from tests.oracle.random_documents import random_document

PARTS = 8
CASES = int(os.environ.get("PLUMBLINE_TEST_CASES", "20")) * 2


@pytest.mark.parametrize("part", range(PARTS))
def test_pytorch_agrees(part: int, seed: int) -> None:
    torch.set_num_threads(1)
    for case in range(CASES):
        document = random_document(random.Random(f"{seed} {part} {case}"))
        assert document_disagreement(document) is None, f"seed {seed}: {json.dumps(document)}"
