"""Further factors of matrices: lu, lu_factor, cholesky_ex, and the eigenvalues of any square matrices.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu.html and its neighbours.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import ANY, COMPLEX, FLOATING
from service.core.sizes import above, smallest
from service.core.tensors import Tensor
from service.layers.arguments import Bool
from service.layers.base import example
from service.layers.call import Call
from service.layers.decompositions import OfMatrices, by_columns
from service.layers.fourier import complex_of


class CholeskyAndInfo(OfMatrices, type="linalg_cholesky_ex"):
    """Takes the triangular factor of matrices and says for each whether it is positive definite: a tuple."""

    function = "torch.linalg.cholesky_ex"
    takes_empty = FLOATING | COMPLEX
    examples = (example((3, 3)), example((2, 4, 4), upper=True))

    upper: Annotated[Bool, Field(description="Whether the factor lies above the diagonal.")] = False
    check_errors: Annotated[Bool, Field(description="Whether PyTorch refuses matrices that have no factor.")] = False

    def forward(self, call: Call, input: Tensor) -> tuple[Tensor, Tensor]:
        self.require_squares(call, input)
        return by_columns(input.shape, input.dtype), Tensor(input.shape[:-2], "int32")


class OfPivots(OfMatrices):
    """What takes matrices apart into two triangles, by rows that are put in order first."""

    takes_empty = ANY

    pivot: Annotated[Bool, Field(description="Whether rows are put in order; on a CPU PyTorch always does.")] = True

    def require_matrices(self, call: Call, input: Tensor) -> None:
        super().require_matrices(call, input)
        if above(input.elements, 0):
            call.expect_one_of("pivot", self.pivot, (True,))


class LUFactor(OfPivots, type="linalg_lu_factor"):
    """Takes matrices apart into two triangles, which lie in one matrix, and says how rows were put in order."""

    function = "torch.linalg.lu_factor"
    examples = (example((3, 3)), example((2, 4, 3)), example(Tensor((3, 4), "complex64")))

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        self.require_matrices(call, A)
        *batch, rows, columns = A.shape
        return by_columns(A.shape, A.dtype), Tensor((*batch, smallest(rows, columns)), "int32")


class LU(OfPivots, type="linalg_lu"):
    """Takes matrices apart into a permutation and two triangles."""

    function = "torch.linalg.lu"
    examples = (example((3, 3)), example((2, 4, 3)), example(Tensor((3, 4), "complex64")))

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: N803
        self.require_matrices(call, A)
        *batch, rows, columns = A.shape
        inner = smallest(rows, columns)
        return (
            Tensor((*batch, rows, rows) if self.pivot else (0,), A.dtype),
            Tensor((*batch, rows, inner), A.dtype),
            Tensor((*batch, inner, columns), A.dtype),
        )


class Eig(OfMatrices, type="linalg_eig"):
    """Takes the eigenvalues and eigenvectors of square matrices, which are complex."""

    function = "torch.linalg.eig"
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex128")))

    def forward(self, call: Call, A: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        self.require_squares(call, A)
        dtype = complex_of(A.dtype)
        return Tensor(A.shape[:-1], dtype), by_columns(A.shape, dtype)


class Eigenvalues(OfMatrices, type="linalg_eigvals"):
    """Takes the eigenvalues of square matrices, which are complex."""

    function = "torch.linalg.eigvals"
    examples = (example((3, 3)), example(Tensor((2, 4, 4), "complex128")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_squares(call, input)
        return Tensor(input.shape[:-1], complex_of(input.dtype))
