"""Normalization within a sample: LayerNorm, RMSNorm and GroupNorm; and what all normalizations share.

Sources: https://docs.pytorch.org/docs/stable/nn.html#normalization-layers, and ``aten/src/ATen/native/group_norm.cpp``
and ``layer_norm.cpp`` for what they refuse. The methods are those of Ba et al., https://arxiv.org/abs/1607.06450,
Zhang & Sennrich, https://arxiv.org/abs/1910.07467, and Wu & He, https://arxiv.org/abs/1803.08494.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from service.core import faults
from service.core.dtypes import FLOATING, INEXACT, DType
from service.core.layouts import like
from service.core.sizes import UNKNOWN, Shape, Size, differ, indivisible, product, written
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bias, Bool, Device, Eps, Float, Int, Ints, WeightDType, inferred
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.weights import Weight, Weights

Affine = Annotated[Bool, Field(description="Whether the result is scaled and shifted by learned weights.")]
NormalizedShape = Annotated[
    Int | Ints, Field(description="Sizes of the last axes, which are normalized together; or that of the last one.")
]

BESIDE_FLOAT32: Final = frozenset({"float32", "float16", "bfloat16"})
"""What float32 weights can normalize."""


def scale_and_shift(shape: Shape, dtype: DType, *, bias: bool) -> Weights:
    """The weights that follow a normalization."""
    yield Weight("weight", shape, ("scales",), dtype)
    if bias:
        yield Weight("bias", shape, ("biases",), dtype)


def expect_normalizable(call: Call, input: Tensor, weights: DType | None) -> None:
    """The CPU kernels take the element type, beside weights of another, if there are any."""
    if weights is None:
        call.expect_dtype(input, FLOATING)
        return
    call.expect_one_of("dtype", weights, sorted(FLOATING))
    if weights in FLOATING:
        call.expect_dtype(input, BESIDE_FLOAT32 if weights == "float32" else frozenset({weights}))


def expect_several(call: Call, input: Tensor, values: Size, per: str) -> None:
    """A mean and a variance are taken over more than one value."""
    if values == 1:
        call.note(
            faults.TooFewValues(
                code="one-value",
                message=f"{{layer}} is a {call.type} and takes a variance over each {per}, of which {input} has a "
                "single value",
                input=0,
                received=list(input.shape),
                tensor=input,
            )
        )


class TrailingAxesNorm(Layer):
    """Normalizes the last axes together."""

    normalized_shape: NormalizedShape

    @property
    def shape(self) -> Shape:
        """The sizes of the axes that are normalized."""
        return self.normalized_shape if isinstance(self.normalized_shape, tuple) else (self.normalized_shape,)

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        return {"normalized_shape": input.shape[-1]} if input.rank else {}

    def check_arguments(self, call: Call) -> None:
        if not self.shape:
            call.refuse(
                "normalized-shape", f"{{layer}} is a {self.type} whose normalized_shape is empty and names no axis",
                argument="normalized_shape", expected="at least one size", received=[],
            )  # fmt: skip
        call.expect_at_least("normalized_shape", self.normalized_shape, 0)

    def declares(self, *inputs: Value) -> Value:
        return inputs[0] if inputs else UNKNOWN

    def arrives(self, call: Call, input: Tensor) -> None:
        """Checks the axes of what arrives."""
        call.sees(PRESERVED)
        shape = self.shape
        call.require_axes(input, len(shape), f"the last of which are {written(shape)}")
        if len(shape) == 1:
            call.expect_size("normalized_shape", shape[0], input, -1, "features")
            return
        arriving = input.shape[-len(shape) :]
        mismatches = [axis for axis, sizes in enumerate(zip(shape, arriving, strict=True)) if differ(*sizes)]
        if mismatches:
            call.note(
                faults.SizeMismatch(
                    code=f"{self.family}-normalized-shape",
                    message=f"{{layer}} is a {self.type} with normalized_shape = {written(shape)}, "
                    f"but the last axes of what arrives are {written(arriving)}",
                    argument="normalized_shape",
                    input=0,
                    expected=list(shape),
                    received=list(arriving),
                    axis=input.rank - len(shape) + mismatches[0],
                    tensor=input,
                )
            )


class LayerNorm(TrailingAxesNorm):
    """Brings every sample to mean 0 and variance 1 over its last axes."""

    family = "layer-norm"

    normalized_shape: NormalizedShape = inferred("Sizes of the last axes; that of the last one if left out.")
    eps: Eps = 1e-5
    elementwise_affine: Affine = True
    bias: Bias = True
    device: Device = None
    dtype: WeightDType = None

    examples = (
        example((20, 5, 10), normalized_shape=10),
        example((2, 4, 8, 8), normalized_shape=[4, 8, 8], bias=False),
        example((2, 4, 8, 8), normalized_shape=[8, 8], elementwise_affine=False),
        example(Tensor((20, 5, 10), "bfloat16"), normalized_shape=10),
    )

    def weights(self) -> Weights:
        return scale_and_shift(self.shape, self.weight_dtype, bias=self.bias) if self.elementwise_affine else ()

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.arrives(call, input)
        expect_normalizable(call, input, self.weight_dtype if self.elementwise_affine else None)
        return input.reshaped(*input.shape)


class RMSNorm(TrailingAxesNorm):
    """Brings every sample to a root mean square of 1 over its last axes."""

    family = "rms-norm"

    normalized_shape: NormalizedShape = inferred("Sizes of the last axes; that of the last one if left out.")
    eps: Annotated[
        Float | None,
        Field(description="Added to a denominator for numerical stability; the type's smallest step if left out."),
    ] = None
    elementwise_affine: Affine = True
    device: Device = None
    dtype: WeightDType = None

    examples = (
        example((20, 5, 10), normalized_shape=10),
        example((2, 4, 8, 8), normalized_shape=[4, 8, 8], eps=1e-6),
        example((2, 4, 8, 8), normalized_shape=[8, 8], elementwise_affine=False),
        example(Tensor((20, 5, 10), "bfloat16"), normalized_shape=10),
    )

    def weights(self) -> Weights:
        return scale_and_shift(self.shape, self.weight_dtype, bias=False) if self.elementwise_affine else ()

    def forward(self, call: Call, x: Tensor) -> Tensor:
        self.arrives(call, x)
        call.expect_dtype(x, INEXACT)
        return like(x, x.shape)


class GroupNorm(Layer):
    """Brings every group of channels to mean 0 and variance 1 within each sample."""

    family = "group-norm"

    num_groups: Annotated[Int, Field(description="How many groups the channels are parted into.")]
    num_channels: Int = inferred("Channels of what arrives; inferred if left out.")
    eps: Eps = 1e-5
    affine: Affine = True
    device: Device = None
    dtype: WeightDType = None
    bias: Bias = True

    examples = (
        example((20, 6, 10, 10), num_groups=3, num_channels=6),
        example((20, 6), num_groups=1, num_channels=6, affine=False),
        example((4, 6, 10), num_groups=6, num_channels=6, bias=False),
        example(Tensor((4, 6, 10), "bfloat16"), num_groups=2, num_channels=6),
    )

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        return {"num_channels": input.shape[1]} if input.rank > 1 else {}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("num_groups", self.num_groups, 1)
        if self.num_groups > 0:
            call.expect_multiple("num_channels", self.num_channels, "num_groups", self.num_groups)
        if self.affine:
            call.expect_at_least("num_channels", self.num_channels, 0)

    def weights(self) -> Weights:
        return scale_and_shift((self.num_channels,), self.weight_dtype, bias=self.bias) if self.affine else ()

    def declares(self, *inputs: Value) -> Value:
        return inputs[0] if inputs else UNKNOWN

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.require_axes(input, 2, "[N, C, …]")
        channels = input.shape[1]
        if self.affine:
            call.expect_size("num_channels", self.num_channels, input, 1, "channels")
        elif indivisible(channels, self.num_groups):
            # Without weights num_channels is not looked at: only the groups have to come out even.
            call.expect_size("num_channels", self.num_channels, input, 1, "channels")
        expect_several(
            call, input, input.shape[0] * channels // self.num_groups * product(input.shape[2:]), "group of channels"
        )
        expect_normalizable(call, input, self.weight_dtype if self.affine else None)
        return like(input, input.shape)
