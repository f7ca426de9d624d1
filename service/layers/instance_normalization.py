"""Normalization of every channel apart within a sample: InstanceNorm1d–3d and their lazy forms.

Sources: https://docs.pytorch.org/docs/stable/nn.html#normalization-layers, and
``aten/src/ATen/native/Normalization.cpp`` for what they refuse. The method is that of Ulyanov et al.,
https://arxiv.org/abs/1607.08022.
"""

from collections.abc import Mapping
from typing import ClassVar

from service.core.dtypes import INEXACT
from service.core.sizes import Size, product
from service.core.tensors import Tensor
from service.layers.arguments import Bias, Device, Eps, WeightDType, inferred
from service.layers.base import example
from service.layers.batch_normalization import ChannelNorm, Momentum, NumFeatures, Tracking
from service.layers.call import Call
from service.layers.normalization import Affine, expect_normalizable, expect_several
from service.layers.notebook import PRESERVED
from service.layers.spatial import LAYOUTS


class InstanceNorm(ChannelNorm):
    """Normalization by the statistics of each channel of each sample."""

    family = "instance-norm"
    axes: ClassVar[int]
    infers_from: ClassVar[int | None] = None
    """The axis that ``num_features`` is inferred from, if it isn't that of the channels."""

    num_features: NumFeatures = inferred("Channels of what arrives; inferred if left out.")
    eps: Eps = 1e-5
    momentum: Momentum = 0.1
    affine: Affine = False
    track_running_stats: Tracking = False
    device: Device = None
    dtype: WeightDType = None
    bias: Bias = True

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        axis = self.infers_from or input.rank - self.axes - 1
        return {"num_features": input.shape[axis]} if 0 <= axis < input.rank else {}

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.require_rank(
            input, self.axes + 1, self.axes + 2, layout=f"{LAYOUTS[self.axes]} or without N",
            channels=self.num_features, channel_axis=-self.axes - 1,
        )  # fmt: skip
        if self.takes_statistics(call):
            expect_several(call, input, product(input.shape[-self.axes :]), "channel of a sample")
        samples = product(input.shape[: -self.axes - 1])
        empty = 0 in input.shape
        # Statistics of no samples still are averaged into the running ones, and broadcast where they can be.
        updates = call.training and not (samples == 0 and input.shape[-self.axes - 1] == 1)
        if self.affine or (self.track_running_stats and (updates or not empty)):
            call.expect_size("num_features", self.num_features, input, -self.axes - 1, "channels")
        if empty:
            if self.track_running_stats and call.training and not self.affine:
                # Without weights, running statistics are averaged in the element type of what arrives.
                call.expect_dtype(input, INEXACT)
            return self.handed_on(call, input, samples * self.num_features)
        expect_normalizable(call, input, self.weight_dtype if self.affine else None)
        return input.reshaped(*input.shape)


class InstanceNorm1d(InstanceNorm):
    """Brings every channel of each sequence to mean 0 and variance 1."""

    axes = 1
    examples = (
        example((20, 16, 35), num_features=16, affine=True),
        example((16, 35), num_features=16),
        example((20, 16, 35), num_features=16, affine=True, bias=False, track_running_stats=True),
    )


class InstanceNorm2d(InstanceNorm):
    """Brings every channel of each image to mean 0 and variance 1."""

    axes = 2
    examples = (
        example((4, 16, 8, 8), num_features=16),
        example((16, 8, 8), num_features=16),
        example((4, 16, 8, 8), num_features=16, track_running_stats=True),
        example((4, 16, 8, 8), num_features=16, affine=True, bias=False),
    )


class InstanceNorm3d(InstanceNorm):
    """Brings every channel of each volume to mean 0 and variance 1."""

    axes = 3
    examples = (
        example((2, 16, 4, 8, 8), num_features=16),
        example((2, 16, 4, 8, 8), num_features=16, affine=True, track_running_stats=True),
    )


class LazyInstanceNorm(InstanceNorm):
    """What the lazy forms share: axis 1 is taken for the channels even where there is no batch axis."""

    infers_from = 1

    affine: Affine = True
    track_running_stats: Tracking = True


class LazyInstanceNorm1d(LazyInstanceNorm, InstanceNorm1d, lazy=True):
    """An InstanceNorm1d that takes num_features from what arrives."""

    examples = (
        example((20, 16, 35)),
        example((20, 16, 35), affine=False),
        example((16, 35), affine=False, track_running_stats=False),
    )


class LazyInstanceNorm2d(LazyInstanceNorm, InstanceNorm2d, lazy=True):
    """An InstanceNorm2d that takes num_features from what arrives."""

    examples = (
        example((4, 16, 8, 8)),
        example((4, 16, 8, 8), track_running_stats=False, bias=False),
        example((4, 16, 8, 8), affine=False),
        example((16, 8, 8), affine=False, track_running_stats=False),
    )


class LazyInstanceNorm3d(LazyInstanceNorm, InstanceNorm3d, lazy=True):
    """An InstanceNorm3d that takes num_features from what arrives."""

    examples = (example((2, 16, 4, 8, 8)), example((2, 16, 4, 8, 8), affine=False))
