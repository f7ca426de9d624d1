"""Values drawn by probabilities or rates that arrive: bernoulli, poisson, multinomial and gumbel_softmax.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.bernoulli.html and
https://docs.pytorch.org/docs/stable/generated/torch.multinomial.html
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import BOOLEAN, FLOATING, REAL, inexact
from service.core.sizes import above, product
from service.core.tensors import Tensor
from service.layers.activation_functions import ActivationFunction
from service.layers.arguments import Bool, Dim, Float, Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.operation import Operation


class Bernoulli(Operation, type="bernoulli"):
    """Draws 0 or 1 for each element, by the probability that it is or that is given."""

    function = "torch.bernoulli"
    null_is_absent = True

    p: Annotated[Float | None, Field(description="The probability of 1; each element's own if left out.")] = None

    examples = (example((2, 3), p=0.5), example(Tensor((2, 3), "int64"), p=0.1))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        if above(input.elements, 0):
            call.expect_dtype(input, FLOATING if self.p is None else REAL)
        if self.p is not None:
            call.expect_between("p", self.p, 0, 1)
        return input.reshaped(*input.shape)


class Poisson(Operation, type="poisson"):
    """Draws a count for each element, by the rate that it is."""

    function = "torch.poisson"
    examples = (example((2, 3)), example(Tensor((2, 3), "float16")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.expect_dtype(input, FLOATING)
        return input.reshaped(*input.shape)


class Multinomial(Operation, type="multinomial"):
    """Draws places along the last axis by the weights that stand there."""

    function = "torch.multinomial"
    family = "multinomial"

    num_samples: Annotated[Int, Field(description="How many are drawn.")]
    replacement: Annotated[Bool, Field(description="Whether a place may be drawn more than once.")] = False

    examples = (example((3,), num_samples=2), example((2, 3), num_samples=5, replacement=True))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 1, 2, layout="[N, weights] or without N")
        call.expect_dtype(input, FLOATING)
        call.expect_at_least("num_samples", self.num_samples, 1)
        if above(product(input.shape[:-1]), 0):
            call.expect_filled(input, -1)
        if not self.replacement and above(self.num_samples, input.shape[-1]):
            call.refuse(
                "num-samples",
                f"{{layer}} draws num_samples = {self.num_samples} of {input.shape[-1]} places without replacement",
                argument="num_samples",
                expected=f"at most {input.shape[-1]}",
                received=self.num_samples,
            )
        return Tensor((*input.shape[:-1], self.num_samples), "int64")


class GumbelSoftmax(ActivationFunction, type="gumbel_softmax"):
    """Draws along an axis by scores, softly enough to learn from."""

    function = "torch.nn.functional.gumbel_softmax"

    tau: Annotated[Float, Field(description="The temperature: the lower, the nearer to a single choice.")] = 1.0
    hard: Annotated[Bool, Field(description="Whether to return a single 1, with the gradient of the soft choice.")] = (
        False
    )
    eps: Annotated[Float, Field(description="No longer used.")] = 1e-10
    dim: Dim = -1

    examples = (example((8, 10)), example((2, 5, 10), hard=True, dim=1), example((8, 10), tau=0.5))

    def forward(self, call: Call, logits: Tensor) -> Tensor:
        axis = call.require_dim("dim", self.dim, logits.rank)
        if self.hard and logits.rank:
            call.expect_filled(logits, axis)
        if above(logits.elements, 0):
            call.expect_dtype(logits, FLOATING)
        elif self.hard:
            call.expect_dtype(logits, REAL - BOOLEAN)
        return Tensor(logits.shape, inexact(logits.dtype))
