"""Further ways to replace entries of a tensor: index_reduce, put and diagonal_scatter.

Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_reduce_.html and its neighbours.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, INDICES, NUMERIC, REAL
from service.core.layouts import copied, preserved
from service.core.sizes import above, differ
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Dim, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.diagonals import Diagonal
from service.layers.operation import Operation
from service.layers.scattering import ByList, expect_replacement

REDUCTIONS: Final = {"prod": ANY, "mean": NUMERIC, "amax": REAL, "amin": REAL}
"""The ways in which slices for one place meet, and the element types that they take."""


class IndexReduce(ByList, type="index_reduce"):
    """Reduces slices into those along an axis that a list names."""

    function = "torch.index_reduce"
    page = "generated/torch.Tensor.index_reduce_.html"
    indices = INDICES
    examples = (
        example((3, 4), Tensor((2,), "int64"), (2, 4), dim=0, reduce="amax"),
        example((3, 4, 5), Tensor((2,), "int32"), (3, 2, 5), dim=-2, reduce="mean", include_self=False),
    )

    dim: Dim
    reduce: Annotated[
        Str, Field(description="How slices meet: `prod`, `mean`, `amax` or `amin`.", examples=list(REDUCTIONS))
    ]
    include_self: Annotated[Bool, Field(description="Whether the slice itself enters, too.")] = True

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("reduce", self.reduce, tuple(REDUCTIONS))

    def forward(self, call: Call, input: Tensor, index: Tensor, source: Tensor) -> Tensor:
        axis = self.expect_list(call, input, index)
        self.expect_slices(call, input, index, source, axis)
        self.expect_entries(call, input, index, axis)
        if not self.include_self or input.rank < 2:
            # What is written first, and what is reduced number by number, has been made for real numbers alone.
            call.expect_dtype(input, REAL - BOOLEAN)
        if above(index.elements, 0) and not call.faults:
            call.expect_dtype(input, REDUCTIONS[self.reduce])
        return input.reshaped(*input.shape)


class Put(Operation, type="put"):
    """Replaces elements by their places in the tensor as if it were flat."""

    function = "torch.put"
    page = "generated/torch.Tensor.put_.html"
    family = "index"
    examples = (
        example((3, 4), Tensor((2, 2), "int64"), (4,)),
        example(Tensor((3, 4), "int64"), Tensor((5,), "int64"), Tensor((5,), "int64"), accumulate=True),
    )

    accumulate: Annotated[Bool, Field(description="Whether values are added to what is there.")] = False

    def forward(self, call: Call, input: Tensor, index: Tensor, source: Tensor) -> Tensor:
        call.expect_dtype(index, frozenset({"int64"}), input=1)
        call.expect_dtype(source, frozenset({input.dtype}), input=2)
        if differ(index.elements, source.elements):
            call.disagree(
                f"{{layer}} is a put of {source} at {index}; there are {source.elements} values for {index.elements} "
                "places",
                index,
                source,
            )
        if input.elements == 0 and above(index.elements, 0):
            call.disagree(f"{{layer}} is a put into {input}, which has no elements to replace", input, index)
        return preserved(input)


class DiagonalScatter(Diagonal, type="diagonal_scatter"):
    """Replaces the diagonal of matrices by a tensor."""

    function = "torch.diagonal_scatter"
    examples = (
        example((3, 4), (3,)),
        example((2, 3, 4), (2, 3), offset=1, dim1=-2, dim2=-1),
        example((2, 3, 4), Tensor((4, 1), "int64"), offset=-1),
    )

    def forward(self, call: Call, input: Tensor, src: Tensor) -> Tensor:  # type: ignore[override]
        expect_replacement(call, src, super().forward(call, input).shape)
        return copied(input)
