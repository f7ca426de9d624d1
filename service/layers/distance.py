"""How near two vectors are: CosineSimilarity and PairwiseDistance; and vectors brought to length 1.

Sources: https://docs.pytorch.org/docs/stable/nn.html#distance-functions,
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html and
``aten/src/ATen/native/Distance.cpp``.
"""

from typing import Annotated

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import FLOATING, NUMERIC, inexact, promote
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN
from service.core.tensors import Tensor, Value
from service.core.views import expanded
from service.layers.arguments import Dim, Eps, Float, Infinite, Number
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.elementwise import expect_number_fits
from service.layers.norm import Norm
from service.layers.operation import Operation
from service.layers.reduction import KeepDim, ReducedDims


class CosineSimilarity(Layer):
    """Computes the cosine of the angle between vectors along an axis."""

    dim: Dim = 1
    eps: Eps = 1e-8

    examples = (
        example((100, 128), (100, 128)),
        example((2, 5, 16), (5, 1), dim=-1),
        example((16,), (16,), dim=0),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("eps", self.eps, 0)

    def forward(self, call: Call, x1: Tensor, x2: Tensor) -> Tensor:
        shape = call.require_broadcast(x1, x2)
        dim = call.require_dim("dim", self.dim, len(shape))
        dtype = promote(x1.dtype, x2.dtype)
        if dtype not in FLOATING:
            call.expect_dtype(x1, FLOATING)
            call.expect_dtype(x2, FLOATING, input=1)
        return Tensor(shape[:dim] + shape[dim + 1 :], dtype)


class PairwiseDistance(Layer):
    """Computes the length of the difference of vectors along the last axis."""

    p: Annotated[Float, Field(description="Which norm the length is measured by: 2 is Euclidean.")] = 2.0
    eps: Eps = 1e-6
    keepdim: KeepDim = False

    examples = (
        example((100, 128), (100, 128)),
        example((2, 5, 16), (5, 1), p=1.0, keepdim=True),
        example((16,), (16,), p=-1.0),
    )

    def forward(self, call: Call, x1: Tensor, x2: Tensor) -> Tensor:
        call.expect_dtype(x1, NUMERIC)
        call.expect_dtype(x2, NUMERIC, input=1)
        difference = Tensor(call.require_broadcast(x1, x2), inexact(result_type(x1, x2)))
        norm = Norm.model_construct(type="norm", p=self.p, dim=-1, keepdim=self.keepdim)
        result: Tensor = norm.forward(call, difference)
        return result


class Normalize(Operation, type="normalize"):
    """Divides vectors along an axis by their length."""

    function = "torch.nn.functional.normalize"

    p: Annotated[Number | Infinite, Field(description="Which norm the length is measured by: 2 is Euclidean.")] = 2.0
    dim: ReducedDims = 1
    eps: Annotated[Float, Field(description="The least that is divided by.")] = 1e-12

    examples = (
        example((100, 128)),
        example((2, 5, 16), p=1, dim=-1),
        example((2, 5, 16), p="inf", dim=[0, 2]),
        example(Tensor((2, 5), "complex64"), dim=0),
    )

    def declares(self, *inputs: Value) -> Value:
        return inputs[0] if inputs else UNKNOWN

    def forward(self, call: Call, input: Tensor) -> Tensor:
        lengths: Tensor = Norm.model_construct(type="norm", p=self.p, dim=self.dim, keepdim=True).forward(call, input)
        expect_number_fits(call, "eps", self.eps, lengths.dtype)
        return elementwise_layout(input.shape, input.dtype, input, expanded(lengths, input.shape))
