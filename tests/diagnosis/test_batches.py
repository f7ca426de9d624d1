"""Inputs of a model in batches of two sizes: each is fed in the other's, with its own sizes otherwise."""

from typing import Any

import pytest

from tests.diagnosis.architectures import layer
from tests.documents import examined

ATTENTION: dict[str, Any] = {"embed_dim": 64, "num_heads": 4}


@pytest.mark.parametrize(
    ("inputs", "layers", "first", "second"),
    [
        ({"a": [4, 10, 64], "b": [3, 64, 10]}, [layer("bmm", inputs=["a", "b"])],
         {"b": [4, 64, 10]}, {"a": [3, 10, 64]}),
        ({"image": [4, 3, 9, 9], "more": [8, 10]},
         [layer("Flatten", "flat", inputs=["image"]), layer("cat", dim=1, inputs=["flat", "more"])],
         {"more": [4, 10]}, {"image": [8, 3, 9, 9]}),
        ({"a": [4, 10], "b": [8, 12]},
         [layer("Linear", "one", in_features=10, out_features=6, inputs=["a"]),
          layer("Linear", "two", in_features=12, out_features=6, inputs=["b"]),
          layer("cat", dim=1, inputs=["one", "two"])],
         {"b": [4, 12]}, {"a": [8, 10]}),
        ({"q": [2, 10, 64], "k": [3, 20, 64], "v": [3, 20, 64]},
         [layer("MultiheadAttention", batch_first=True, inputs=["q", "k", "v"], **ATTENTION)],
         {"q": [3, 10, 64]}, {"k": [2, 20, 64], "v": [2, 20, 64]}),
        ({"q": [10, 2, 64], "k": [20, 3, 64]}, [layer("MultiheadAttention", inputs=["q", "k", "k"], **ATTENTION)],
         {"k": [20, 2, 64]}, {"q": [10, 3, 64]}),
        ({"a": [2, 5], "b": [3, 6]},
         [layer("Bilinear", in1_features=5, in2_features=6, out_features=3, inputs=["a", "b"])],
         {"b": [2, 6]}, {"a": [3, 5]}),
    ],
)  # fmt: skip
def test_one_batch(
    inputs: dict[str, Any], layers: list[Any], first: dict[str, list[int]], second: dict[str, list[int]]
) -> None:
    (issue,) = [one for one in examined({"inputs": inputs, "layers": layers}).issues if one.severity == "error"]
    fed = [{operation.path.rpartition("/")[2]: operation.value for operation in fix.patch} for fix in issue.fixes]
    assert fed[:2] == [first, second]
    assert all(fix.valid for fix in issue.fixes[:2])
