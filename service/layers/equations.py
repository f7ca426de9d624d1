"""Systems of linear equations solved: linalg_solve, linalg_solve_triangular, linalg_lu_solve and cholesky_solve.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve.html and its neighbour.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from service.core.dtypes import ANY, COMPLEX, FLOATING
from service.core.sizes import Shape, above, differ, is_known, product
from service.core.tensors import Tensor
from service.layers.arguments import Bool
from service.layers.base import example
from service.layers.call import Call
from service.layers.decompositions import LAPACK, OfMatrices, by_columns, require_axes


class Equations(OfMatrices):
    """What the ways of solving share."""

    family = "equations"

    right_sides: ClassVar[frozenset[str] | None] = None
    """The element types of B; none for that of A."""

    left: Annotated[Bool, Field(description="Whether A stands on the left, as in AX = B, or as in XA = B.")] = True

    def solved(self, call: Call, A: Tensor, B: Tensor, *, position: int = 1) -> Shape:  # noqa: N803
        """The shape of X, if A and B, which stands at ``position`` among the inputs, fit each other."""
        self.require_squares(call, A)
        require_axes(call, B)
        call.expect_dtype(B, self.right_sides or frozenset({A.dtype}), input=position)
        axis = -2 if self.left else -1
        if differ(A.shape[-1], B.shape[axis]):
            what = "rows" if self.left else "columns"
            call.disagree(
                f"{{layer}} is a {self.type} of {A} and {B}; {A.shape[-1]} unknowns do not meet {B.shape[axis]} {what}",
                B,
                A,
                axis=B.rank + axis,
            )
        batch = call.require_broadcast(Tensor(A.shape[:-2], A.dtype), Tensor(B.shape[:-2], B.dtype))
        return (*batch, *B.shape[-2:])


class Solve(Equations, type="linalg_solve"):
    """Solves systems of linear equations with as many equations as unknowns."""

    function = "torch.linalg.solve"
    takes_empty = FLOATING | COMPLEX
    examples = (
        example((3, 3), (3, 4)),
        example((3, 3), (3,)),
        example((2, 3, 3), (2, 3)),
        example((2, 3, 3), (4, 3), left=False),
    )

    def forward(self, call: Call, A: Tensor, B: Tensor) -> Tensor:  # noqa: N803
        is_told = self.left or all(map(is_known, (*A.shape, *B.shape)))
        fits = B.rank + 1 == A.rank and not any(map(differ, B.shape, A.shape[:-1]))
        is_vector = B.rank == 1 or (fits and is_told)
        if is_vector and not self.left:
            call.refuse(
                "vector",
                f"{{layer}} is a {self.type} with left = false, which takes no vector, but {B} arrives",
                argument="left",
                expected=True,
                received=False,
            )
        if is_vector:
            self.require_squares(call, A)
            found = self.solved(call, A, Tensor((*B.shape, 1), B.dtype))[:-1]
            return by_columns(found, A.dtype) if len(found) > 1 else Tensor(found, A.dtype)
        shape = self.solved(call, A, B)
        return by_columns(shape, A.dtype) if self.left else Tensor(shape, A.dtype)


class SolveTriangular(Equations, type="linalg_solve_triangular"):
    """Solves systems of linear equations whose matrix is a triangle."""

    function = "torch.linalg.solve_triangular"
    # What it returns has A's, and B is copied into it.
    right_sides = ANY
    examples = (
        example((3, 3), (3, 4), upper=True),
        example((2, 3, 3), (3, 4), upper=False, unitriangular=True),
        example((3, 3), (4, 3), upper=True, left=False),
    )

    upper: Annotated[Bool, Field(description="Whether the triangle lies above the diagonal.")]
    unitriangular: Annotated[Bool, Field(description="Whether the diagonal is taken for ones.")] = False

    def forward(self, call: Call, A: Tensor, B: Tensor) -> Tensor:  # noqa: N803
        return by_columns(self.solved(call, A, B), A.dtype)


class LUSolve(Equations, type="linalg_lu_solve"):
    """Solves systems of linear equations whose matrix arrives as linalg_lu_factor takes it apart."""

    function = "torch.linalg.lu_solve"
    takes = takes_empty = FLOATING | COMPLEX
    typical_integer = 1
    examples = (
        example((3, 3), Tensor((3,), "int32"), (3, 4)),
        example((2, 3, 3), Tensor((2, 3), "int32"), (3, 4), adjoint=True),
        example((3, 3), Tensor((3,), "int32"), (2, 4, 3), left=False),
    )

    adjoint: Annotated[Bool, Field(description="Whether the matrix is transposed, and conjugated.")] = False

    def forward(self, call: Call, LU: Tensor, pivots: Tensor, B: Tensor) -> Tensor:  # noqa: N803
        shape = self.solved(call, LU, B, position=2)
        if above(product(shape), 0):
            call.expect_dtype(LU, LAPACK)
        call.expect_dtype(pivots, frozenset({"int32"}), input=1)
        if pivots.rank != LU.rank - 1 or any(map(differ, pivots.shape, LU.shape)):
            call.disagree(
                f"{{layer}} is a {self.type} of {LU}, which needs a pivot for each row, but {pivots} arrives",
                pivots,
                LU,
            )
        return by_columns(shape, LU.dtype) if self.left else Tensor(shape, LU.dtype)


class CholeskySolve(OfMatrices, type="cholesky_solve"):
    """Solves systems of linear equations of whose matrix the triangular factor arrives."""

    function = "torch.cholesky_solve"
    family = "equations"
    examples = (example((3, 2), (3, 3)), example((2, 3, 4), (3, 3), upper=True))

    upper: Annotated[Bool, Field(description="Whether the factor lies above the diagonal.")] = False

    def forward(self, call: Call, input: Tensor, input2: Tensor) -> Tensor:
        self.require_matrices(call, input)
        require_axes(call, input2)
        call.expect_dtype(input2, frozenset({input.dtype}), input=1)
        rows, unknowns = input.shape[-2], input2.shape[-1]
        if differ(input2.shape[-2], unknowns) or differ(rows, unknowns):
            call.disagree(
                f"{{layer}} is a {self.type} of {input} by {input2}, a square of as many rows",
                input,
                input2,
                axis=input.rank - 2,
            )
        batch = call.require_broadcast(Tensor(input.shape[:-2]), Tensor(input2.shape[:-2]))
        return by_columns((*batch, *input.shape[-2:]), input.dtype)
