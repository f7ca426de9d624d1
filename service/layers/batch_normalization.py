"""Normalization of every channel apart over a batch: BatchNorm1d–3d, SyncBatchNorm and their lazy forms.

Sources: https://docs.pytorch.org/docs/stable/nn.html#normalization-layers, and
``aten/src/ATen/native/Normalization.cpp`` for what they refuse. The method is that of Ioffe & Szegedy,
https://arxiv.org/abs/1502.03167.
"""

from collections.abc import Mapping
from math import inf
from typing import Annotated, ClassVar

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.layouts import CHANNELS_LAST, laid_out, like, runs
from service.core.sizes import UNKNOWN, Size, product
from service.core.tensors import Tensor, Value, is_contiguous
from service.layers.arguments import Bias, Bool, Device, Eps, Float, Int, WeightDType, inferred
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.normalization import Affine, expect_normalizable, expect_several, scale_and_shift
from service.layers.notebook import PRESERVED
from service.layers.spatial import LAYOUTS
from service.layers.weights import Weight, Weights

NumFeatures = Annotated[Int, Field(description="Channels of what arrives.")]
Momentum = Annotated[
    Float | None,
    Field(description="How much of a running statistic each batch replaces; the average of all batches if null."),
]
Tracking = Annotated[
    Bool, Field(description="Whether running statistics are kept, which then normalize outside training.")
]


class ChannelNorm(Layer):
    """What normalizations of channels by batch and by sample share."""

    num_features: NumFeatures
    eps: Eps
    momentum: Momentum
    affine: Affine
    track_running_stats: Tracking
    bias: Bias

    def check_arguments(self, call: Call) -> None:
        if self.affine or self.track_running_stats:
            call.expect_at_least("num_features", self.num_features, 0)

    def weights(self) -> Weights:
        shape, dtype = (self.num_features,), self.weight_dtype
        if self.affine:
            yield from scale_and_shift(shape, dtype, bias=self.bias)
        if self.track_running_stats:
            for name in ("running_mean", "running_var"):
                yield Weight(name, shape, (), dtype, trainable=False, buffer=True)
            yield Weight("num_batches_tracked", (), (), "int64", trainable=False, buffer=True)

    def declares(self, *inputs: Value) -> Value:
        return inputs[0] if inputs else UNKNOWN

    def takes_statistics(self, call: Call) -> bool:
        """Whether it normalizes by what arrives rather than by the running statistics."""
        return call.training or not self.track_running_stats

    def handed_on(self, call: Call, input: Tensor, scales: Size) -> Tensor:
        """An empty input, which PyTorch merely multiplies by the first weight."""
        if self.affine and scales == 0:
            call.disagree(
                f"{{layer}} is a {self.type} and scales an empty input by its first weight, but {input} leaves none",
                input,
            )
        return input._replace(dtype=result_type(input, Tensor((), self.weight_dtype))) if self.affine else input


def expect_positive_eps(call: Call, eps: float, *, taking_statistics: bool) -> None:
    """What is added to a variance is positive, or at least not negative where the variance is given."""
    if eps < 0 or (eps == 0 and taking_statistics):
        call.refuse(
            "eps", f"{{layer}} is a {call.type} with eps = {eps}; it has to be positive",
            argument="eps", expected="a positive number", received=eps, bounds=(0, inf),
        )  # fmt: skip


class BatchNorm(ChannelNorm):
    """Normalization by the statistics of each channel over a batch."""

    family = "batch-norm"
    ranks: ClassVar[tuple[int, ...]]
    layout: ClassVar[str]

    num_features: NumFeatures = inferred("Channels of what arrives; inferred if left out.")
    eps: Eps = 1e-5
    momentum: Momentum = 0.1
    affine: Affine = True
    track_running_stats: Tracking = True
    device: Device = None
    dtype: WeightDType = None
    bias: Bias = True

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        return {"num_features": input.shape[1]} if input.rank > 1 else {}

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        expect_positive_eps(call, self.eps, taking_statistics=self.takes_statistics(call))

    def expect_rank(self, call: Call, input: Tensor) -> None:
        """There are as many axes as the layer is for."""
        call.require_rank(input, *self.ranks, layout=self.layout, channels=self.num_features, channel_axis=1)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        self.expect_rank(call, input)
        if self.takes_statistics(call):
            expect_several(call, input, product((input.shape[0], *input.shape[2:])), "channel")
        if 0 in input.shape:
            return self.handed_on(call, input, self.num_features)
        owns = self.affine or self.track_running_stats
        if owns:
            call.expect_size("num_features", self.num_features, input, 1, "channels")
        expect_normalizable(call, input, self.weight_dtype if owns else None)
        return normalized(input)


def is_compact(input: Tensor) -> bool:
    """Whether a batch is contiguous or ``channels_last``."""
    order = CHANNELS_LAST.get(input.rank) if input.rank > 3 else None
    return is_contiguous(input) or (order is not None and runs(input, order))


def normalized(input: Tensor) -> Tensor:
    """What is returned for a batch: contiguous if it is, else ``channels_last`` if it is that."""
    if is_contiguous(input):
        return input.reshaped(*input.shape)
    if is_compact(input):
        return laid_out(input.shape, input.dtype, CHANNELS_LAST[input.rank])
    return like(input, input.shape)


class BatchNorm1d(BatchNorm):
    """Brings every channel of a batch of vectors or sequences to mean 0 and variance 1."""

    ranks = (2, 3)
    layout = "[N, C] or [N, C, L]"
    examples = (
        example((20, 100), num_features=100),
        example((20, 16, 35), num_features=16, affine=False, momentum=None),
        example(Tensor((20, 16, 35), "bfloat16"), num_features=16, bias=False),
    )


class BatchNorm2d(BatchNorm):
    """Brings every channel of a batch of images to mean 0 and variance 1."""

    ranks = (4,)
    layout = LAYOUTS[2]
    examples = (
        example((4, 16, 8, 8), num_features=16),
        example((4, 16, 8, 8), num_features=16, track_running_stats=False),
        example((4, 16, 8, 8), num_features=16, affine=False, track_running_stats=False),
    )


class BatchNorm3d(BatchNorm):
    """Brings every channel of a batch of volumes to mean 0 and variance 1."""

    ranks = (5,)
    layout = LAYOUTS[3]
    examples = (
        example((2, 16, 4, 8, 8), num_features=16),
        example((2, 16, 4, 8, 8), num_features=16, track_running_stats=False),
    )


class SyncBatchNorm(BatchNorm):
    """Normalizes as BatchNorm does, over the batches of all processes of a group."""

    process_group: Annotated[
        None, Field(description="The processes that are synchronized; a document can only leave it to be all.")
    ] = None

    examples = (
        example((4, 16, 8, 8), num_features=16),
        example((4, 16), num_features=16, affine=False),
        example((4, 16, 3), num_features=16, track_running_stats=False),
    )

    def expect_rank(self, call: Call, input: Tensor) -> None:
        call.require_axes(input, 2, "[N, C, …]")
        if input.shape[1] == 0:
            call.disagree(f"{{layer}} is a SyncBatchNorm and needs channels, but {input} has none", input, axis=1)


class LazyBatchNorm1d(BatchNorm1d, lazy=True):
    """A BatchNorm1d that takes num_features from what arrives."""


class LazyBatchNorm2d(BatchNorm2d, lazy=True):
    """A BatchNorm2d that takes num_features from what arrives."""


class LazyBatchNorm3d(BatchNorm3d, lazy=True):
    """A BatchNorm3d that takes num_features from what arrives."""
