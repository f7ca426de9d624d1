"""Normalization of each entry by its neighbours in nearby channels: LocalResponseNorm and CrossMapLRN2d.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html; the method is that of
Krizhevsky et al., *ImageNet Classification with Deep Convolutional Neural Networks*.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core import faults
from service.core.dtypes import INEXACT, inexact
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN, above, product
from service.core.tensors import Tensor, Value
from service.core.views import viewed
from service.layers.arguments import Float, Int
from service.layers.base import Layer, example
from service.layers.call import PRESERVED, Call

POOLED_1D: Final = frozenset({"float32", "float64", "float16", "bfloat16", "int64"})
POOLED: Final = frozenset({"float32", "float64", "int64"})
"""What the CPU's average pooling takes, by which PyTorch sums over channels."""


class ResponseNorm(Layer):
    """What both forms share."""

    size: Annotated[Int, Field(description="How many neighbouring channels each entry is normalized by.")]
    alpha: Annotated[Float, Field(description="Factor of the sum of squares.")] = 1e-4
    beta: Annotated[Float, Field(description="Exponent.")] = 0.75
    k: Annotated[Float, Field(description="Added to the sum.")] = 1.0

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
        squares = elementwise_layout(input.shape, input.dtype, input)
        folded = (*input.shape[:3], product(input.shape[3:]))
        if input.rank > 3 and viewed(squares, folded) is None:
            call.note(
                faults.NotViewable(
                    code="not-viewable",
                    message=f"{{layer}} is a LocalResponseNorm and views {input} as {Tensor(folded)}, for which its "
                    "memory is not laid out",
                    input=0,
                )
            )
        return elementwise_layout(input.shape, inexact(input.dtype), input)


class CrossMapLRN2d(ResponseNorm):
    """Divides each entry of an image by the strength of nearby channels at its place."""

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
        return input.reshaped(*input.shape)
