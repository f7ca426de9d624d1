"""Axes that are not merged, not moved back or too many are told as that, whatever else is wrong."""

from typing import Any

import pytest

from tests.diagnosis.architectures import layer, linear
from tests.documents import examined

CONV = layer("Conv2d", "conv", in_channels=3, out_channels=64, kernel_size=3)
POOL = layer("AdaptiveAvgPool2d", output_size=1)


@pytest.mark.parametrize("features", [64, 512])
@pytest.mark.parametrize(
    "between",
    [
        [POOL],
        [layer("mean", dim=[2, 3], keepdim=True)],
        [layer("add", "sum", inputs=["conv", "input"]), POOL],
        [layer("BatchNorm2d", num_features=32), POOL],
    ],
    ids=["pool", "mean", "behind a sum", "behind a normalization"],
)
def test_a_flatten_is_missing(between: list[dict[str, Any]], features: int) -> None:
    raw = {"input": [1, 3, 32, 32], "layers": [CONV, *between, linear(features, 10)]}
    issue = examined(raw).issues[-1]
    assert issue.code == "linear-in-features"
    assert "A Flatten is missing" in issue.message
    first = issue.fixes[0]
    assert (first.patch[-1].op, first.patch[-1].value) == ("add", {"type": "Flatten"})


def test_true_is_no_size() -> None:
    """Though 1 equals it."""
    raw = {"input": [4, 8, 16], "layers": [layer("mean", "average", dim=1, keepdim=True), layer("flatten", start_dim=0),
                                           linear(8, 10)]}  # fmt: skip
    told = " ".join(issue.message for issue in examined(raw).issues)
    assert "keepdim" not in told


def test_too_many_axes_are_no_remedy() -> None:
    raw = {"input": [1, 27, 100], "layers": [layer("Fold", output_size=[10, 10], kernel_size=3)]}
    (issue,) = examined(raw).issues
    assert "batch axis" not in issue.message
    assert not any("[1, 1, 27, 100]" in fix.description for fix in issue.fixes)


def test_channels_are_moved_back() -> None:
    """As ConvNeXt has it: last for a LayerNorm, and first again."""
    convolve: dict[str, Any] = {"in_channels": 96, "out_channels": 96, "kernel_size": 3}
    last = layer("permute", dims=[0, 2, 3, 1])
    layers = [layer("Conv2d", **convolve), last, layer("LayerNorm", normalized_shape=96), layer("Conv2d", **convolve)]
    raw = {"input": [2, 96, 32, 32], "layers": layers}
    (issue,) = examined(raw).issues
    assert "96 channels in the last axis" in issue.message
    assert issue.fixes[0].valid
    assert issue.fixes[0].patch[0].value == {"type": "permute", "dims": [0, 3, 1, 2]}
