"""Diagonals of matrices, taken or filled: diagonal, diag, diag_embed, diagflat, trace, and indices of triangles.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.diagonal.html and
https://docs.pytorch.org/docs/stable/generated/torch.tril_indices.html
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, INDICES, DType
from service.core.sizes import Size, largest, smallest
from service.core.tensors import Tensor, strided, strides_of
from service.layers.arguments import Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation
from service.layers.reduction import summed

Offset = Annotated[Int, Field(description="Which diagonal: 0 the main one, positive ones above, negative ones below.")]
FirstDim = Annotated[Int, Field(description="The axis of the rows.")]
SecondDim = Annotated[Int, Field(description="The axis of the columns.")]


def length(rows: Size, columns: Size, offset: int) -> Size:
    """How many entries a diagonal has."""
    return largest(smallest(rows + min(offset, 0), columns - max(offset, 0)), 0)


class AcrossAxes(Operation):
    """What lies across two axes."""

    family = "diagonal"

    offset: Offset
    dim1: Int
    dim2: Int

    def require_plane(self, call: Call, rank: int) -> tuple[int, int]:
        """The two axes, which are not the same."""
        rows, columns = call.require_dim("dim1", self.dim1, rank), call.require_dim("dim2", self.dim2, rank)
        if rows == columns:
            call.refuse(
                "axes",
                f"{{layer}} is a {self.type} with dim1 = {self.dim1} and dim2 = {self.dim2}, which are the same axis",
                argument="dim2",
                received=self.dim2,
            )
            raise Rejection
        return rows, columns


class Diagonal(AcrossAxes, type="diagonal"):
    """Takes the diagonal of matrices, as a view."""

    function = "torch.diagonal"

    offset: Offset = 0
    dim1: FirstDim = 0
    dim2: SecondDim = 1

    examples = (example((3, 4)), example((2, 3, 4), offset=1, dim1=-2, dim2=-1), example((2, 3, 4), offset=-1))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        rows, columns = self.require_plane(call, input.rank)
        strides = strides_of(input)
        kept = [axis for axis in range(input.rank) if axis not in (rows, columns)]
        count = length(input.shape[rows], input.shape[columns], self.offset)
        return strided(
            (*(input.shape[axis] for axis in kept), count),
            input.dtype,
            (*(strides[axis] for axis in kept), strides[rows] + strides[columns]),
        )


class DiagEmbed(AcrossAxes, type="diag_embed"):
    """Puts the last axis onto the diagonal of matrices of zeros."""

    function = "torch.diag_embed"

    offset: Offset = 0
    dim1: FirstDim = -2
    dim2: SecondDim = -1

    examples = (example((2, 3)), example((2, 3), offset=1, dim1=0, dim2=2))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        rows, columns = self.require_plane(call, input.rank + 1)
        call.require_axes(input, 1, "the last of which becomes a diagonal")
        side = input.shape[-1] + abs(self.offset)
        others = iter(input.shape[:-1])
        return input.reshaped(*(side if axis in (rows, columns) else next(others) for axis in range(input.rank + 1)))


class Diag(Operation, type="diag"):
    """Makes a matrix of a vector on its diagonal, or takes the diagonal of a matrix."""

    function = "torch.diag"

    diagonal: Offset = 0

    examples = (example((3,)), example((3,), diagonal=-2), example((3, 4), diagonal=1))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 1, 2)
        if input.rank == 2:
            rows, columns = input.shape
            return input.reshaped(length(rows, columns, self.diagonal))
        return input.reshaped(*(input.shape[0] + abs(self.diagonal),) * 2)


class DiagFlat(Operation, type="diagflat"):
    """Makes a matrix of all entries on its diagonal."""

    function = "torch.diagflat"

    offset: Offset = 0

    examples = (example((3,)), example((2, 3), offset=1))

    def forward(self, call: Call, input: Tensor) -> Tensor:  # noqa: ARG002
        return input.reshaped(*(input.elements + abs(self.offset),) * 2)


class Trace(Operation, type="trace"):
    """Adds up the diagonal of a matrix."""

    function = "torch.trace"
    examples = (example((3, 3)), example(Tensor((3, 4), "int32")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 2, layout="[rows, columns]")
        call.expect_dtype(input, ANY - BOOLEAN)
        return Tensor((), summed(input.dtype))


class TriangleIndices(Operation):
    """What tril_indices and triu_indices share."""

    family = "creation"

    row: Annotated[Int, Field(description="How many rows.")]
    col: Annotated[Int, Field(description="How many columns.")]
    offset: Offset = 0
    dtype: Annotated[DType | None, Field(description="Element type; int64 if left out.")] = None

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("row", self.row, 0)
        call.expect_at_least("col", self.col, 0)
        call.expect_one_of("dtype", self.dtype, (None, *sorted(INDICES)))

    def below(self, offset: int) -> Size:
        """How many entries stand on a diagonal or below it."""
        rows, columns = self.row, self.col
        full = min(max(rows - max(columns - 1 - offset, 0), 0), rows)
        start = max(-offset, 0)
        partial = max(rows - full - start, 0)
        first = start + offset + 1
        return full * columns + partial * first + partial * (partial - 1) // 2

    def indices(self, count: Size) -> Tensor:
        """Row and column of each of them."""
        return Tensor((2, count), self.dtype or "int64")


class TrilIndices(TriangleIndices, type="tril_indices"):
    """Lists rows and columns of the lower triangle of a matrix."""

    function = "torch.tril_indices"
    examples = (example(row=3, col=4), example(row=4, col=3, offset=-1, dtype="int32"))

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return self.indices(self.below(self.offset))


class TriuIndices(TriangleIndices, type="triu_indices"):
    """Lists rows and columns of the upper triangle of a matrix."""

    function = "torch.triu_indices"
    examples = (example(row=3, col=4), example(row=4, col=3, offset=-1, dtype="int32"))

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return self.indices(self.row * self.col - self.below(self.offset - 1))
