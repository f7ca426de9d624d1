"""How near two vectors are: CosineSimilarity and PairwiseDistance; and vectors brought to length 1.

Sources: https://docs.pytorch.org/docs/stable/nn.html#distance-functions,
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html and
``aten/src/ATen/native/Distance.cpp``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import FLOATING, NUMERIC, inexact, promote
from service.core.formulas import Formula
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN, Size, above, below, differ, product
from service.core.tensors import Tensor, Value
from service.core.views import expanded
from service.layers.arguments import Dim, Eps, Float, Infinite, Number, Str, number
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.elementwise import expect_number_fits
from service.layers.norm import Norm
from service.layers.operation import Operation
from service.layers.reduction import KeepDim, ReducedDims

MANY_VECTORS: Final = 25
PAIRS: Final = Formula("floor(vectors × (vectors − 1) / 2)")
COMPUTE_MODES: Final = (
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)


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


class CDist(Operation, type="cdist"):
    """Computes the distance of every vector to every other of a second input."""

    function = "torch.cdist"
    family = "distance"

    p: Annotated[
        Number | Infinite,
        Field(description="Which norm the distance is measured by: 2 is Euclidean.", examples=[1, "inf"]),
    ] = 2.0
    compute_mode: Annotated[
        Str,
        Field(
            description="When Euclidean distances are computed by a product of matrices.",
            examples=list(COMPUTE_MODES),
        ),
    ] = COMPUTE_MODES[0]

    examples = (
        example((5, 3), (6, 3)),
        example((2, 5, 3), (6, 3), p=1.0),
        example((40, 3), (60, 3)),
        example((2, 1, 5, 3), (4, 60, 3), p="inf"),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("p", number(self.p), 0)
        call.expect_one_of("compute_mode", self.compute_mode, COMPUTE_MODES)

    def computes_with(self, *vectors: Size) -> frozenset[str]:
        """The element types that are taken: by a product of matrices, which computes distances to many, more."""
        if self.compute_mode == COMPUTE_MODES[0]:
            multiplies = any(above(count, MANY_VECTORS) for count in vectors)
        else:
            multiplies = self.compute_mode == COMPUTE_MODES[1]
        return FLOATING if multiplies and number(self.p) == 2 else frozenset({"float32", "float64"})

    def forward(self, call: Call, x1: Tensor, x2: Tensor) -> Tensor:
        for position, tensor in enumerate((x1, x2)):
            call.require_axes(tensor, 2, "[…, vectors, features]", input=position)
        if differ(x1.shape[-1], x2.shape[-1]):
            call.disagree(
                f"{{layer}} measures between {x1} and {x2}, vectors of {x1.shape[-1]} and of {x2.shape[-1]} entries",
                x1,
                x2,
                axis=x1.rank - 1,
            )
        batch = call.require_broadcast(Tensor(x1.shape[:-2]), Tensor(x2.shape[:-2]))
        shape = (*batch, x1.shape[-2], x2.shape[-2])
        for position, tensor in enumerate((x1, x2)):
            call.expect_dtype(tensor, FLOATING, input=position)
            if above(product((*shape, x1.shape[-1])), 0):
                call.expect_dtype(tensor, self.computes_with(*shape[-2:]), input=position)
        if above(product((*shape, x1.shape[-1])), 0):
            call.expect_dtype(x2, frozenset({x1.dtype}), input=1)
        return Tensor(shape, x1.dtype)


class PDist(Operation, type="pdist"):
    """Computes the distance of every vector to each of those behind it."""

    function = "torch.nn.functional.pdist"
    family = "distance"

    p: Annotated[
        Number | Infinite,
        Field(description="Which norm the distance is measured by: 2 is Euclidean.", examples=[1, "inf"]),
    ] = 2.0

    examples = (example((5, 3)), example(Tensor((4, 3), "float64"), p=1.0), example((4, 3), p="inf"))

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("p", number(self.p), 0)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 2, layout="[vectors, features]")
        vectors, features = input.shape
        idle = features == 0 or below(vectors, 2)
        call.expect_dtype(input, FLOATING if idle else frozenset({"float32", "float64"}))
        return Tensor((call.size(0, PAIRS, vectors=vectors),), input.dtype)


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
