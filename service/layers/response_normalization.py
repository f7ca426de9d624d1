"""Normalization of each entry by its neighbours in nearby channels: LocalResponseNorm and CrossMapLRN2d.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html; the method is that of
Krizhevsky et al., *ImageNet Classification with Deep Convolutional Neural Networks*.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core import faults
from service.core.dtypes import INEXACT, inexact
from service.core.layouts import elementwise_layout, like
from service.core.sizes import UNKNOWN, above, product, written
from service.core.tensors import Tensor, Value
from service.core.views import selected, viewed
from service.layers.arguments import Int, Number
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.elementwise import common_type, expect_exponent, expect_exponent_fits
from service.layers.notebook import PRESERVED

POOLED_1D: Final = frozenset({"float32", "float64", "float16", "bfloat16", "int64"})
POOLED: Final = frozenset({"float32", "float64", "int64"})
"""What the CPU's average pooling takes, by which PyTorch sums over channels."""


class ResponseNorm(Layer):
    """What both forms share."""

    size: Annotated[Int, Field(description="How many neighbouring channels each entry is normalized by.")]
    alpha: Annotated[Number, Field(description="Factor of the sum of squares.")] = 1e-4
    beta: Annotated[Number, Field(description="Exponent.")] = 0.75
    k: Annotated[Number, Field(description="Added to the sum.")] = 1.0

    def declares(self, *inputs: Value) -> Value:
        return inputs[0] if inputs else UNKNOWN


class LocalResponseNorm(ResponseNorm):
    """Divides each entry by the strength of nearby channels at its place."""

    examples = (
        example((4, 16, 24, 24), size=2),
        example((4, 16, 24), size=5, alpha=1e-3, k=2.0),
        example((2, 8, 4, 6, 6), size=3),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.require_axes(input, 3, "[N, C, …]")
        if 0 in input.shape:
            return input
        call.expect_at_least("size", self.size, 1)
        call.expect_dtype(input, POOLED_1D if input.rank == 3 else POOLED)
        # Sums of integers stay integers unless a number with a point comes in.
        expect_exponent(call, "beta", self.beta, common_type(input, self.alpha, self.k, self.beta))
        return elementwise_layout(input.shape, inexact(input.dtype), input, self.sums(call, input))

    def sums(self, call: Call, input: Tensor) -> Tensor:
        """The squares summed over nearby channels, which PyTorch pools as if channels were a spatial axis."""
        squares = elementwise_layout(input.shape, input.dtype, input)
        samples, channels, *sizes = input.shape
        rest = sizes if input.rank == 3 else [sizes[0], product(sizes[1:])]
        folded = viewed(squares, (samples, 1, channels, *rest))
        if folded is None:
            call.reject(
                faults.NotViewable(
                    code="not-viewable",
                    message=f"{{layer}} is a LocalResponseNorm and views {input} as "
                    f"{written((samples, channels, *rest))}, for which its memory is not laid out",
                    input=0,
                )
            )
        padded = like(folded, (samples, 1, channels + self.size - 1, *rest))
        return viewed(selected(like(padded, folded.shape), 1), input.shape) or Tensor(input.shape)


class CrossMapLRN2d(ResponseNorm):
    """Divides each entry of an image by the strength of nearby channels at its place."""

    page = "generated/torch.nn.LocalResponseNorm.html"
    examples = (example((4, 16, 24, 24), size=5), example((4, 16, 24, 24), size=2, alpha=1e-3, beta=0.5, k=2))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.require_rank(input, 4, layout="[N, C, H, W]")
        channels = input.shape[1]
        if channels == 0:
            call.disagree(f"{{layer}} is a CrossMapLRN2d and needs channels, but {input} has none", input, axis=1)
        # A window that reaches back is stumbled over only on the way to the next channel.
        if self.size == 0 or (self.size < -2 and above(channels, 1)):
            call.expect_at_least("size", self.size, 1)
        call.expect_dtype(input, INEXACT)
        expect_exponent_fits(call, "beta", self.beta, input.dtype)
        return input.reshaped(*input.shape)
